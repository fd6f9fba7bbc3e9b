// Service levels: how inquiries are answered and paid. An advertiser sees its own; a partner its
// own inquiries', and beside them how the advertiser answers everybody.

import { html } from "./preact.js";
import { Bars, ShareBar } from "./charts.js";
import { amount, count, now, words } from "./format.js";
import { campaignsOf, PickCampaign } from "./lists.js";
import { failureOf, useLoaded } from "./loading.js";
import { Chip, Empty, Failure, Loading, Money, When } from "./parts.js";
import { go } from "./router.js";

const SPANS = [["7", "7 days"], ["30", "30 days"], ["90", "90 days"], ["365", "A year"]];
const DAY = 86_400_000;
const EXACT = 60; // up to so many days, each is counted by itself
const LONGEST = "361";
const ALL = "all"; // in the address, as a partner looks at one campaign unless it says so

export function Levels({ api, session, place }) {
  const campaigns = useLoaded(() => campaignsOf(api), [api]);
  const isShop = session.Audience === "ADVERTISER";
  const named = place.query.CampaignId ?? (isShop ? ALL : campaigns.data?.[0]?.id);
  const chosen = named === ALL ? "" : named;
  const span = place.query.Days ?? "30";
  const first = new Date(now() - (Number(span) - 1) * DAY).toISOString().slice(0, 10);
  const ready = campaigns.data !== undefined;
  const levels = useLoaded(async () => (ready ? api.get("/ServiceLevels", { CampaignId: chosen, StartDate: first }) : undefined), [api, ready, chosen, first]);
  const set = (name, value) => go({ screen: "levels", query: { ...place.query, [name]: value } });
  const { data } = levels;
  return html`<div class="page">
    <header><div><h1>Service levels</h1><p>${isShop ? "How you answer your partners' inquiries, and how fast you pay them." : "How your inquiries are answered and paid, beside everybody's."}</p></div>
      <div class="bar">${ready && html`<${PickCampaign} campaigns=${campaigns.data} value=${chosen} onPick=${(id) => set("CampaignId", id || ALL)} all="All campaigns" />`}
        <select aria-label="Time" value=${span} onChange=${(event) => set("Days", event.target.value)}>${SPANS.map(([days, text]) => html`<option key=${days} value=${days}>${text}</option>`)}</select></div></header>
    <${Failure} ...${failureOf(campaigns, levels)} />
    ${!data && !levels.error && !campaigns.error && html`<${Loading} of="Reading the figures" />`}
    ${data?.Warnings?.map((each) => html`<p key=${each} class="warning">${each}</p>`)}
    ${data && html`<${Figures} title=${isShop ? "" : "Your inquiries"} levels=${data} />`}
    ${data?.Advertiser && html`<${Figures} title="Everybody's in this campaign" levels=${data.Advertiser} />`}
    ${data && html`<${Pictures} levels=${data.Advertiser ?? data} />`}
  </div>`;
}

/** The figures that are looked at first, each with what it is of. */
function Figures({ title, levels }) {
  const dated = Number(levels.AnsweredInTime) + Number(levels.AnsweredLate);
  const late = levels.Overdue !== "0";
  return html`<section class="panel" aria-label=${title || "Figures"}>${title && html`<h2>${title}</h2>`}<dl class="tiles">
    <${Tile} name="Answered in time" value=${percent(levels.InTimePercent)} of=${dated ? `${count(levels.AnsweredInTime)} of ${count(dated)} with a deadline` : "none had a deadline"} />
    <${Tile} name="Days to answer" value=${days(levels.MedianDays)} of=${levels.NinetyPercentDays && `90% within ${days(levels.NinetyPercentDays)}`} />
    <${Tile} name="Accepted" value=${percent(levels.AcceptedPercent)} of=${`${count(levels.Accepted)} of ${count(levels.Answered)} answered`} />
    <${Tile} name="Overdue now" value=${count(levels.Overdue)} tone=${late ? "bad" : ""} of=${late ? html`oldest due <${When} at=${levels.OldestOverdueDate} time=${false} />` : "nothing waits too long"} />
    <${Tile} name="Days to payment" value=${days(levels.MedianDaysToPayment)} of=${levels.NinetyPercentDaysToPayment ? `90% within ${days(levels.NinetyPercentDaysToPayment)}` : "nothing was paid"} />
    <${Tile} name="Appeals won" value=${count(levels.AppealsWon)} of=${`of ${count(levels.AppealsDecided)} decided`} />
    ${levels.OverdueMoney?.map((each) => html`<${Tile} key=${each.Currency} name="Overdue money" tone="bad" value=${html`<${Money} of=${each.Amount} currency=${each.Currency} />`} of=${`${count(each.Count)} ${each.Count === "1" ? "payout" : "payouts"}`} />`)}
  </dl></section>`;
}

function Tile({ name, value, of, tone = "" }) {
  return html`<div><dt>${name}</dt><dd><strong class=${tone}>${value || "–"}</strong><small>${of}</small></dd></div>`;
}

const percent = (text) => text && `${amount(text)}%`;
const days = (text) => text === LONGEST ? "over 360" : count(text);

function Pictures({ levels }) {
  const byDay = levels.Days.map((each) => ({ at: each.Date, parts: [
    { tone: "good", of: each.AnsweredInTime }, { tone: "bad", of: each.AnsweredLate },
    { tone: "rest", of: String(Number(each.Answered) - Number(each.AnsweredInTime) - Number(each.AnsweredLate)) },
  ] }));
  if (levels.Answered === "0" && levels.Filed === "0") {
    return html`<div class="panel"><${Empty} title="Nothing in this time"><p>Choose a longer one.</p><//></div>`;
  }
  return html`<div class="columns halves">
    <section class="panel"><${Bars} title="Answered by day" bars=${byDay} names=${{ good: "In time", bad: "Late", rest: "Without a deadline" }} /></section>
    <section class="panel"><${Bars} title="Filed by day" bars=${levels.Days.map((each) => ({ at: each.Date, parts: [{ tone: "busy", of: each.Filed }] }))} names=${{ busy: "Filed" }} /></section>
    <section class="panel"><${Histogram} title="Days to answer" taken=${levels.DaysToAnswer} /></section>
    <section class="panel"><${Histogram} title="Days from acceptance to payment" taken=${levels.DaysToPayment} /></section>
    ${levels.Decisions.length > 0 && html`<section class="panel"><${Decisions} of=${levels.Decisions} /></section>`}
  </div>`;
}

/** How many took how long: a bar for each day up to the longest, and for each longer bucket. */
function Histogram({ title, taken }) {
  if (!taken.length) return html`<h2>${title}</h2><p class="faint">Nothing to count in this time.</p>`;
  const counts = new Map(taken.map((each) => [Number(each.Days), each.Count]));
  const exact = Math.min(EXACT, Math.max(...counts.keys()));
  const all = new Set([...Array(exact + 1).keys(), ...counts.keys()]);
  const bars = [...all].map((each) => ({ at: String(each), parts: [{ tone: "good", of: counts.get(each) ?? "0" }] }));
  return html`<${Bars} title=${title} bars=${bars} names=${{ good: "Inquiries" }} label=${(each) => `${days(each.at)} ${each.at === "1" ? "day" : "days"}`} />`;
}

function Decisions({ of }) {
  const verdicts = of.some((each) => each.Verdict);
  return html`<h2>Accepted by type${verdicts && " and verdict"}</h2><div class="scrolls" tabindex="0"><table class="table"><thead><tr><th scope="col">Type</th>${verdicts && html`<th scope="col">Verdict</th>`}<th scope="col">Accepted</th><th scope="col" class="number">Of</th></tr></thead>
    <tbody>${of.map((each) => {
      const total = Number(each.Accepted) + Number(each.Declined);
      return html`<tr key=${each.InquiryType + each.Verdict}><td>${words(each.InquiryType)}</td>${verdicts && html`<td><${Chip} of=${each.Verdict} /></td>`}
        <td><span class="shared"><${ShareBar} part=${each.Accepted} whole=${String(total)} words=${`${amount(each.AcceptedPercent)}% accepted`} />${percent(each.AcceptedPercent)}</span></td><td class="number">${count(total)}</td></tr>`;
    })}</tbody></table></div>`;
}
