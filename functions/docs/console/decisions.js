// A decision as the API takes it, and as people say it.

import { compare } from "./format.js";

/** The reasons to decline, in the order of their numbers on the wire, from 1 on. */
export const REASONS = [
  "This transaction has been tracked successfully",
  "Another marketing channel was credited with the sale",
  "Another marketing channel was credited with the sale, due to a voucher/discount code used",
  "Did not meet terms and conditions set by merchant",
  "Transaction not completed - Order cancelled, changed, or returned",
  "Transaction cannot be traced",
  "Transaction not fully completed online",
  "Enquiry does not provide complete information required for evaluation",
  "Other",
];

const AT_THE_SHOP_S = ["MISMATCH", "PARTLY_UNDONE"];

/** What the shop's order comes to, where that is another amount than the claimed one. */
export function shopAmount(inquiry) {
  const { Amount: amount, Currency: currency } = inquiry.Verification;
  const differs = amount && currency === inquiry.Currency && compare(amount, inquiry.TransactionAmount) !== 0;
  return differs ? amount : "";
}

/** The amount that accepting is paid on unless somebody says otherwise: the shop's, where its order
 * is found and comes to something else.
 */
export function usualAmount(inquiry) {
  const shop = AT_THE_SHOP_S.includes(inquiry.Verification.Verdict) ? shopAmount(inquiry) : "";
  return shop || inquiry.TransactionAmount;
}

/** What accepting may be paid on, by name: what is claimed and, where it is another, what the shop says. */
export function amountsOf(inquiry) {
  const shop = shopAmount(inquiry);
  return { claimed: inquiry.TransactionAmount, ...(shop && { shop }) };
}

/** Which of them it is paid on unless somebody says otherwise. */
export function usualChoice(inquiry) {
  return usualAmount(inquiry) === shopAmount(inquiry) ? "shop" : "claimed";
}

/** The fields of an acceptance; `chosen` has what differs from what is usual. */
export function acceptance(inquiry, campaign, chosen = {}) {
  const amount = chosen.amount ?? usualAmount(inquiry);
  const changed = compare(amount, inquiry.TransactionAmount) !== 0;
  return {
    ResolutionStatus: "VALID",
    ActionTrackerId: chosen.tracker || trackers(campaign)[0]?.id || "",
    Version: inquiry.Version,
    ...(changed && { TransactionAmount: amount }),
    ...(chosen.payout && { FinalPayout: chosen.payout }),
    ...(chosen.notes && { ResolutionNotes: chosen.notes }),
  };
}

export function decline(inquiry, reason, notes = "") {
  return {
    ResolutionStatus: "DECLINED", RejectReason: String(reason), Version: inquiry.Version,
    ...(notes && { ResolutionNotes: notes }),
  };
}

export function question(inquiry, notes) {
  return { ResolutionStatus: "INCOMPLETE", ResolutionNotes: notes, Version: inquiry.Version };
}

/** The event types that a campaign pays for: [{id, name}]. */
export function trackers(campaign) {
  return (campaign?.ActionTrackers ?? []).map((each) => ({ id: each.Id, name: each.Name }));
}

/** The same decision about another inquiry: its version is another, and so is its amount. */
export function again(fields, inquiry, campaign) {
  const { ResolutionStatus: status, RejectReason: reason, ResolutionNotes: notes = "" } = fields;
  if (status === "VALID") return acceptance(inquiry, campaign, { tracker: fields.ActionTrackerId, notes });
  return status === "DECLINED" ? decline(inquiry, reason, notes) : question(inquiry, notes);
}

/** "Accepted", "Declined: …", "Asked for more". */
export function said(fields) {
  if (fields.ResolutionStatus === "VALID") return "Accept";
  if (fields.ResolutionStatus === "DECLINED") return `Decline: ${REASONS[Number(fields.RejectReason) - 1]}`;
  return "Ask for more";
}
