// One inquiry: its facts, the shop's order beside the claim, other claims that it may have to do
// with, the thread, the evidence, and why it is as it is.

import { html, useEffect, useState } from "./preact.js";
import { amount, instant, words } from "./format.js";
import { Evidence } from "./evidence.js";
import { Chip, Facts, Failure, Link, Loading, Money, Said, Until, When } from "./parts.js";
import { StateChip } from "./states.js";
import { Thread } from "./thread.js";

export function InquiryPane({ api, session, inquiry, dossier, place, reread }) {
  const parts = dossier?.parts ?? {};
  const { Verification: verified } = inquiry;
  return html`<article>
    <header class="title">
      <${Back} place=${place} />
      <h1><${Said} text=${inquiry.OrderId} /></h1>
      <p>${inquiry.ResolutionStatus !== "UNRESOLVED" && html`<${StateChip} of=${inquiry.ResolutionStatus} />`} <${Chip} of=${verified.Verdict} />
        ${" "}<${Chip} of=${inquiry.InquiryType} tone="" />${inquiry.AppealOf && html` <${Chip} tone="warn">Appeal<//>`}${inquiry.AppealState && html` <${Chip}>Appeal: ${words(inquiry.AppealState)}<//>`}</p>
    </header>
    <${Comparison} inquiry=${inquiry} order=${parts.order} retry=${() => dossier.again("order")} />
    <${Facts} of=${facts(inquiry)} />
    <${Siblings} inquiry=${inquiry} dossier=${dossier} place=${place} />
    <${Thread} api=${api} inquiry=${inquiry} part=${parts.thread} internal=${session.Audience === "ADVERTISER"} onAdded=${reread} />
    <${Failure} error=${parts.thread?.error} again=${() => dossier.again("thread")} />
    <${Evidence} api=${api} inquiry=${inquiry} ready=${Boolean(dossier)} may=${["REVIEWER", "ADMIN"].includes(session.Role)} />
    <${Why} inquiry=${inquiry} dossier=${dossier} />
  </article>`;
}

/** The way back to the list, where a screen has room for one of both. */
export function Back({ place }) {
  return html`<${Link} class="back" to=${{ screen: "queue", query: place.query }}>← Queue<//>`;
}

function facts(inquiry) {
  return [
    ["Partner", html`<${Said} text=${inquiry.MediaPartnerName || inquiry.MediaPartnerId} />`],
    ["Due", inquiry.ResolutionDeadlineDate && html`<${When} at=${inquiry.ResolutionDeadlineDate} /> · <${Until} at=${inquiry.ResolutionDeadlineDate} />`],
    ["Filed", html`<${When} at=${inquiry.CreationDate} />`],
    ["Shopper complained", inquiry.InquiryDate && html`<${When} at=${inquiry.InquiryDate} />`],
    ["Expected payout", inquiry.ExpectedPayout && html`<${Money} of=${inquiry.ExpectedPayout} currency=${inquiry.Currency} />`],
    ["Customer", inquiry.CustomerId && html`<${Said} text=${inquiry.CustomerId} />`],
    ["Partner's reference", inquiry.MediaPartnerInquiryId && html`<${Said} text=${inquiry.MediaPartnerInquiryId} />`],
    ["Link followed", inquiry.TrackingLink && html`<${Said} text=${inquiry.TrackingLink} />`],
    ["A rule approves it", inquiry.AutoApprovalDate && html`<${When} at=${inquiry.AutoApprovalDate} />`],
    ["Inquiry", inquiry.Id],
    ["Campaign", html`<${Said} text=${inquiry.CampaignName} />`],
  ];
}

/** The claim beside the shop's order, line by line; what differs is marked in colour and in words. */
function Comparison({ inquiry, order, retry }) {
  const { Verification: verified } = inquiry;
  const checked = new Map(verified.Checks.map((each) => [each.Field, each]));
  const shop = order?.data;
  const unread = !order || order.busy || order.error;
  const lines = [
    ["Order", inquiry.OrderId, verified.OrderId, ""],
    ["Ordered", inquiry.TransactionDate, shop?.OrderDate ?? "", "date"],
    ["Amount", `${amount(inquiry.TransactionAmount)} ${inquiry.Currency}`, verified.Amount && `${amount(verified.Amount)} ${verified.Currency}`, "amount"],
    ["Refunded", "", shop?.RefundedAmount && Number(shop.RefundedAmount) !== 0 ? `${amount(shop.RefundedAmount)} ${shop.Currency}` : "", ""],
    ["State", "", shop ? [words(shop.Status), shop.ShopStatus].filter(Boolean).join(" · ") : "", ""],
  ];
  return html`<section class="compare" aria-label="Claim and shop">
    <table class="table"><thead><tr><td></td><th scope="col">Claimed</th><th scope="col">The shop's order</th></tr></thead><tbody>
      ${lines.filter(([, claim, theirs]) => claim || theirs).map(([name, claim, theirs, field]) => {
        const differs = differing(checked, field, claim, theirs);
        return html`<tr key=${name} class=${differs ? "differs" : ""}><th scope="row">${name}</th><td><${Side} text=${claim} field=${field} empty="" /></td>
          <td><${Side} text=${theirs} field=${field} empty=${unread ? "…" : "–"} />${differs && html` <span class="mark">differs</span>`}</td></tr>`;
      })}
    </tbody></table>
    <${Failure} error=${order?.error} again=${retry} />
    ${verified.Explanation && html`<p class="verdict"><${Said} text=${verified.Explanation} /></p>`}
    ${verified.Candidates.length > 0 && html`<p>It may be ${verified.Candidates.map((each) => html`<code key=${each}><bdi>${each}</bdi></code> `)}</p>`}
  </section>`;
}

/** What one of both says on a line. */
function Side({ text, field, empty }) {
  return text && field === "date" ? html`<${When} at=${text} />` : html`<${Said} text=${text} empty=${empty} />`;
}

/** Whether a line differs: amounts by what stands there, all else as its check says. */
function differing(checked, field, claim, theirs) {
  if (!field || !theirs) return false;
  return field === "amount" ? claim !== theirs : checked.get(field)?.Agrees === "false";
}

const TABS = [["sameOrder", "Same order"], ["sameCustomer", "Same customer"], ["samePartner", "Same partner"]];

/** Claims that a reviewer wants to have seen: of the same order, customer and partner. */
function Siblings({ inquiry, dossier, place }) {
  const [tab, setTab] = useState("sameOrder");
  useEffect(() => { if (tab !== "sameOrder") dossier?.ask(tab); }, [tab, dossier]);
  const part = dossier?.parts[tab];
  const counted = (name) => {
    const found = dossier?.parts[name]?.data;
    return found && `${found.others.length}${found.more ? "+" : ""}`;
  };
  return html`<section aria-label="Other claims">
    <div class="tabs" role="group" aria-label="Other claims by">${TABS.filter(([name]) => name !== "sameCustomer" || inquiry.CustomerId).map(([name, title]) => html`
      <button type="button" key=${name} aria-pressed=${name === tab} onClick=${() => setTab(name)}>${title}${counted(name) !== undefined && html` <span class="count">${counted(name)}</span>`}</button>`)}</div>
    ${part?.error ? html`<${Failure} error=${part.error} again=${() => dossier.again(tab)} />` : part?.data ? html`<${Others} found=${part.data} campaign=${inquiry.CampaignId} place=${place} />` : html`<${Loading} of="Looking" />`}
  </section>`;
}

function Others({ found, campaign, place }) {
  const { others: of, more, filter } = found;
  if (!of.length) return html`<p class="faint">No other claim.</p>`;
  return html`<div class="scrolls" tabindex="0"><table class="table"><tbody>${of.map((each) => html`<tr key=${each.Id}>
    <td><${Link} to=${{ ...place, screen: "queue", id: each.Id }}><${Said} text=${each.OrderId} /><//></td>
    <td><${When} at=${each.TransactionDate} time=${false} /></td><td class="number"><${Money} of=${each.TransactionAmount} currency=${each.Currency} /></td>
    <td><${Said} text=${each.MediaPartnerName} /></td><td><${StateChip} of=${each.ResolutionStatus} /></td></tr>`)}</tbody></table></div>
    ${more && html`<p class="faint">There are more than these ${of.length}. <${Link} to=${{ screen: "queue", query: { CampaignId: campaign, ...filter } }}>Those that are open<//></p>`}`;
}

/** Every reason behind the inquiry, as the API explains it. */
function Why({ inquiry, dossier }) {
  const part = dossier?.parts.explanation;
  return html`<details class="why" onToggle=${(event) => event.target.open && dossier?.ask("explanation")}>
    <summary>Why it is as it is</summary>
    ${inquiry.Checks.length > 0 && html`<ul>${inquiry.Checks.map((each) => html`<li key=${each}>${each}</li>`)}</ul>`}
    ${part?.error && html`<${Failure} error=${part.error} again=${() => dossier.again("explanation")} />`}
    ${part?.data ? part.data.Reasons.map((each) => html`<p key=${each.About + each.Code}><strong>${words(each.About)}.</strong> ${each.Text}</p>`) : part?.busy && html`<${Loading} of="Asking" />`}
  </details>`;
}
