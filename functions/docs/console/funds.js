// An advertiser's money: what there is, what waits for it, and whether it covers the next 30 days.

import { html } from "./preact.js";
import { Bars } from "./charts.js";
import { Entries } from "./entries.js";
import { amount, compare, count, instant, sum } from "./format.js";
import { useLoaded } from "./loading.js";
import { Chip, Empty, Facts, Failure, Loading, Money, When } from "./parts.js";

export function Funds({ api, place }) {
  const funds = useLoaded(async () => (await api.get("/Funds")).Funds, [api]);
  return html`<div class="page">
    <header><div><h1>Funds</h1><p>What you have paid in, less what is locked for partners and what was paid to them.</p></div></header>
    <${Failure} error=${funds.error} again=${funds.reload} />
    ${funds.busy && !funds.data && html`<${Loading} of="Reading your funds" />`}
    ${funds.data?.length === 0 && html`<div class="panel"><${Empty} title="No money yet"><p>Your first deposit shows up here.</p><//></div>`}
    ${funds.data?.map((each) => html`<${Currency} key=${each.Currency} funds=${each} />`)}
    <${Entries} api=${api} place=${place} path="/Funds/Entries" name="funds-entries" />
  </div>`;
}

function Currency({ funds }) {
  const { Currency: currency } = funds;
  const money = (of) => html`<${Money} of=${of} currency=${currency} />`;
  const late = Boolean(funds.Overdue) && compare(funds.Overdue, "0") > 0;
  return html`<section class="panel" aria-label=${`Funds in ${currency}`}>
    <div class="actions"><h2>${currency}</h2>${late && html`<${Chip} tone="bad">${count(funds.OverdueCount)} overdue<//>`}</div>
    <p class="payout"><${Money} of=${funds.Funds} currency=${currency} /> available</p>
    <${Facts} of=${[
      ["Cash", money(funds.Cash)], ["Locked for partners", money(funds.Committed)],
      ["Overdue", late ? html`<span class="bad">${money(funds.Overdue)}</span>` : money(funds.Overdue)],
      ["Clears within 30 days", funds.RequiredWithin30Days && money(funds.RequiredWithin30Days)],
      ["Forecast of", funds.ForecastAsOf && html`<${When} at=${funds.ForecastAsOf} />`],
    ]} />
    ${funds.Forecast.length > 0 && html`<${Forecast} funds=${funds} />`}
  </section>`;
}

/** What clears on each day, as far as cash covers it and where it does not. */
function Forecast({ funds }) {
  const { bars, short } = covered(funds);
  const { Currency: currency } = funds;
  return html`<p class=${short ? "warning" : "faint"} role="status">${short
      ? html`<strong>Cash is short from ${instant(short.at, false)}:</strong> ${amount(short.missing)} ${currency} more covers the 30 days.`
      : "Cash covers what is overdue and what clears in the next 30 days."}</p>
    <${Bars} title=${`What clears in the next 30 days, ${currency}`} bars=${bars} names=${{ good: "Covered by cash", bad: "Not covered" }} say=${amount} />`;
}

/** Each day's amount in two parts, covered and not, as cash is used up day by day. */
export function covered(funds) {
  const less = (one, other) => sum([one, other.startsWith("-") ? other.slice(1) : `-${other}`]);
  let left = less(funds.Cash, funds.Overdue || "0");
  let at = null;
  const bars = funds.Forecast.map((day) => {
    const before = compare(left, "0") > 0 ? left : less(day.Amount, day.Amount);
    left = less(left, day.Amount);
    const paid = compare(before, day.Amount) < 0 ? before : day.Amount;
    const missing = less(day.Amount, paid);
    if (at === null && compare(left, "0") < 0) at = day.Date;
    return { at: day.Date, parts: [{ tone: "good", of: paid }, { tone: "bad", of: missing }] };
  });
  return { bars, short: at === null ? null : { at, missing: left.replace(/^-/, "") } };
}
