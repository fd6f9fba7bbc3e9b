// The queue's filter, kept in the address, and what it comes to.

import { html, useEffect, useState } from "./preact.js";
import { amount, count } from "./format.js";
import { useLoaded } from "./loading.js";
import { go } from "./router.js";
import { STATES, isOpen } from "./states.js";

const TYPES = [["", "All types"], ["UNTRACKED", "Untracked"], ["INCORRECT", "Incorrect"], ["DECLINED", "Declined"]];
const NAMES = ["ResolutionStatus", "MediaPartnerId", "InquiryType", "OrderId", "CustomerId"];

/** What the API is asked for: the address's filter, with what holds where it says nothing. */
export function asked(query, campaignId) {
  const given = Object.fromEntries(NAMES.filter((name) => query[name]).map((name) => [name, query[name]]));
  const filter = { CampaignId: campaignId, ResolutionStatus: "UNRESOLVED", ...given };
  return isOpen(filter) ? { ...filter, Sort: "Deadline" } : filter;
}

/** The partners to choose from are asked for once all is `ready` that a decision needs. */
export function Filters({ api, place, campaigns, campaign, ready }) {
  const [wanted, setWanted] = useState(false);
  useEffect(() => { if (ready) setWanted(true); }, [ready]);
  const partners = useLoaded(async () => wanted ? api.all("/MediaPartners", "MediaPartners") : [], [api, wanted]);
  const set = (name) => (event) => go({ ...place, screen: "queue", id: "", query: { ...place.query, [name]: event.target.value.trim() } });
  const value = (name, usual = "") => place.query[name] ?? usual;
  const pick = (name, label, options, usual) => html`<select aria-label=${label} value=${value(name, usual)} onChange=${set(name)}>
    ${options.map(([code, text]) => html`<option key=${code} value=${code}>${text}</option>`)}</select>`;
  return html`<form class="filters" role="search" onSubmit=${(event) => { event.preventDefault(); document.activeElement.blur(); }}>
    ${campaigns.length > 1 && pick("CampaignId", "Campaign", campaigns.map((each) => [each.Id, each.Name]), campaign.Id)}
    ${pick("ResolutionStatus", "State", STATES, "UNRESOLVED")}
    ${pick("MediaPartnerId", "Partner", [["", "All partners"], ...(partners.data ?? []).map((each) => [each.Id, each.Name])])}
    ${pick("InquiryType", "Type", TYPES)}
    <input id="search" type="search" placeholder="Order id  /" aria-label="Order id" value=${value("OrderId")} onChange=${set("OrderId")} />
  </form>`;
}

/** How many there are, and what they come to in each currency, of a `list` that was read; null until
 * then. What a decision needs does not wait for that.
 */
export function Totals({ api, filter, list }) {
  const key = JSON.stringify(filter);
  const sums = useLoaded(async () => list && { key, ...(await api.get("/ActionInquiries", { ...filter, PageSize: 1, Totals: "true" })) }, [api, list]);
  if (sums.data?.key !== key) return html`<p class="totals faint" role="status">${list && !sums.error ? "Adding up …" : " "}</p>`;
  const total = sums.data["@total"];
  const told = Object.entries(sums.data["@totals"]).map(([currency, each]) => `${amount(each.TransactionAmount)} ${currency}`).join(" · ");
  return html`<p class="totals" role="status"><strong>${count(total)}</strong> ${total === "1" ? "inquiry" : "inquiries"}${told && ` · orders of ${told}`}</p>`;
}
