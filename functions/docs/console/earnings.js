// A partner's money: what can be paid out, what is locked, and what is still to lock.

import { html } from "./preact.js";
import { ShareBar } from "./charts.js";
import { Entries } from "./entries.js";
import { amount, compare, count } from "./format.js";
import { useLoaded } from "./loading.js";
import { Chip, Empty, Facts, Failure, Loading, Money, When } from "./parts.js";

export function Earnings({ api, place }) {
  const earnings = useLoaded(async () => (await api.get("/Earnings")).Earnings, [api]);
  return html`<div class="page">
    <header><div><h1>Earnings</h1><p>What your accepted claims and tracked actions have come to.</p></div></header>
    <${Failure} error=${earnings.error} again=${earnings.reload} />
    ${earnings.busy && !earnings.data && html`<${Loading} of="Reading your earnings" />`}
    ${earnings.data?.length === 0 && html`<div class="panel"><${Empty} title="Nothing earned yet"><p>Accepted claims show up here at once.</p><//></div>`}
    <div class="columns">${earnings.data?.map((each) => html`<${Currency} key=${each.Currency} earned=${each} />`)}</div>
    <${Entries} api=${api} place=${place} path="/Earnings/Entries" name="earnings-entries" />
  </div>`;
}

function Currency({ earned }) {
  const { Currency: currency, PayoutThreshold: threshold } = earned;
  const money = (of) => html`<${Money} of=${of} currency=${currency} />`;
  const late = Boolean(earned.Overdue) && compare(earned.Overdue, "0") > 0;
  const waits = compare(threshold, "0") > 0 && compare(earned.Payable, threshold) < 0;
  return html`<section class="panel" aria-label=${`Earnings in ${currency}`}>
    <div class="actions"><h2>${currency}</h2>${late && html`<${Chip} tone="bad">${count(earned.OverdueCount)} overdue<//>`}</div>
    <p class="payout"><${Money} of=${earned.Payable} currency=${currency} /> payable</p>
    ${compare(threshold, "0") > 0 && html`<${ShareBar} part=${waits ? earned.Payable : threshold} whole=${threshold} words=${`${amount(earned.Payable)} of ${amount(threshold)} ${currency}`} />
      <p class="faint">${waits ? "Paid out once it reaches" : "Above the threshold of"} ${money(threshold)}</p>`}
    <${Facts} of=${[["Locked", money(earned.Locked)], ["Pending", earned.Pending && money(earned.Pending)],
      ["Overdue", late ? html`<span class="bad">${money(earned.Overdue)}</span>` : money(earned.Overdue)],
      ["Pending as of", earned.AsOf && html`<${When} at=${earned.AsOf} />`]]} />
  </section>`;
}
