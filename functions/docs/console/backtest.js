// A backtest: what a version would have said of past claims, set against what became of them. What
// it would have paid wrongly stands first.

import { html, useState } from "./preact.js";
import { amount, compare, count, sum, words } from "./format.js";
import { follow, useTurns } from "./loading.js";
import { Chip, Failure, Field, Link, Progress, Said } from "./parts.js";
import { Table } from "./tables.js";

/** What a policy answers, each with its tone. */
export const ANSWERS = { APPROVE: "good", DECLINE: "bad", ASK: "warn", REVIEW: "" };
const EXAMPLES = 5;

/** {told, busy, error, order}: a backtest that is ordered and followed. */
export function useBacktest(api, campaign, version) {
  const [state, setState] = useState({ busy: false });
  const begin = useTurns();
  const order = async (start, end) => {
    const wanted = begin();
    setState({ busy: true });
    try {
      const asked = { CampaignId: campaign.Id, Version: version.Version, StartDate: start, EndDate: end };
      const { QueuedUri: uri } = await api.write("POST", "/Backtests", asked);
      const path = `/Backtests/${uri.split("/").at(-1)}`;
      const over = await follow(() => api.get(path), wanted, (told) => told && setState({ told, busy: true }));
      if (over) setState({ told: over, busy: false, error: over.Status === "FAILED" ? new Error(over.Fault) : null });
    } catch (error) {
      if (wanted()) setState({ busy: false, error });
    }
  };
  return { ...state, order };
}

export function Backtest({ backtest }) {
  const [start, setStart] = useState("");
  const [end, setEnd] = useState("");
  const { told, busy, error, order } = backtest;
  return html`<section class="panel" aria-label="Backtest"><h2>What it would have said</h2>
    <form class="form two" onSubmit=${(event) => { event.preventDefault(); order(start, end); }}>
      <${Field} label="Filed from"><input type="date" required value=${start} onInput=${(event) => setStart(event.target.value)} /><//><${Field} label="to"><input type="date" required value=${end} onInput=${(event) => setEnd(event.target.value)} /><//>
      <button class="button" type="submit" disabled=${busy}>Try it on these claims</button></form>
    <${Failure} error=${error} />
    ${busy && html`<${Progress} done=${told?.RowsDone} total=${told?.RowsTotal} label=${told?.RowsTotal ? `${count(told.RowsDone)} of ${count(told.RowsTotal)} claims` : "Listing the claims"} />`}
    ${told?.Status === "DONE" && html`<${Report} told=${told} /><p class="actions"><span></span><a class="button" href=${told.ResultUri} download>Download every claim</a></p>`}
  </section>`;
}

function Report({ told }) {
  const { Groups: groups, PaidWrongly: wrongly } = told;
  if (!groups.length) return html`<p class="faint">No claim was filed in these days.</p>`;
  const lost = wrongly.Money.filter((each) => compare(each.Amount, "0") > 0);
  return html`<p class="sums">${lost.length ? html`Paid wrongly: <strong class="bad"><${Sums} of=${lost} /></strong> for ${count(wrongly.Claims)} ${wrongly.Claims === "1" ? "claim" : "claims"}` : "Nothing would have been paid wrongly."}</p>
    <${Picture} groups=${groups} />`;
}

/** What each rule would have answered and paid, with what became of these claims. */
export function ByRule({ told, campaign }) {
  if (!told?.Groups.length) return null;
  return html`<section class="panel" aria-label="By rule"><h2>What it would have said, by rule</h2><${Table} records=${byRule(told.Groups)} keyOf=${(each) => each.key} columns=${[
      ["Decides", (each) => html`<span>${each.rule && html`<${Said} text=${each.rule} /> `}${each.why !== "RULE" && html`<small>${words(each.why)}</small>`}</span>`],
      ["Answer", (each) => html`<${Chip} tone=${ANSWERS[each.answer]} of=${each.answer} />`],
      ["Claims", (each) => count(each.claims), "number"],
      ["What became of them", (each) => each.became.map(([name, claims]) => `${words(name)} ${count(claims)}`).join(" · ")],
      ["Would pay", (each) => html`<${Sums} of=${each.would} />`, "number"],
      ["Paid", (each) => html`<${Sums} of=${each.paid} />`, "number"],
      ["Paid wrongly", (each) => html`<${Sums} of=${each.wrongly} />`, "number"],
      ["Examples", (each) => each.examples.map((id) => html`<${Link} key=${id} to=${{ screen: "queue", id, query: { CampaignId: campaign.Id } }}>${id}<//> `)],
    ]} /></section>`;
}

/** Money of several currencies, one after another. */
function Sums({ of }) {
  if (!of.length) return html`<span class="faint">–</span>`;
  return of.map((each) => html`<span class="money" key=${each.Currency}>${amount(each.Amount)} <small>${each.Currency}</small> </span>`);
}

const claimsOf = (groups) => groups.reduce((left, each) => left + Number(each.Claims), 0);

/** The money of groups by currency; what is nothing is left out. */
function moneyOf(groups, name) {
  const all = groups.flatMap((each) => each[name]);
  return [...new Set(all.map((each) => each.Currency))]
    .map((currency) => ({ Currency: currency, Amount: sum(all.filter((each) => each.Currency === currency).map((each) => each.Amount)) }))
    .filter((each) => compare(each.Amount, "0") !== 0);
}

/** The groups of a backtest put together by what decides and what it answers; those that would pay
 * wrongly first, and so their examples.
 */
export function byRule(groups) {
  const found = new Map();
  for (const each of groups) {
    const key = JSON.stringify([each.Answer, each.Why, each.Rule]);
    found.set(key, [...(found.get(key) ?? []), each]);
  }
  const lines = [...found].map(([key, those]) => {
    const first = [...those].sort((one, other) => Number(paysWrongly(other)) - Number(paysWrongly(one)));
    const became = [...new Set(those.map((each) => each.Became))];
    return {
      key, answer: those[0].Answer, why: those[0].Why, rule: those[0].Rule, claims: claimsOf(those),
      became: became.map((name) => [name, claimsOf(those.filter((each) => each.Became === name))]),
      would: moneyOf(those, "WouldPay"), paid: moneyOf(those, "Paid"), wrongly: moneyOf(those, "PaidWrongly"),
      examples: first.flatMap((each) => each.Examples).slice(0, EXAMPLES),
    };
  });
  return lines.sort((one, other) => Number(other.wrongly.length > 0) - Number(one.wrongly.length > 0) || other.claims - one.claims);
}

const paysWrongly = (group) => group.PaidWrongly.some((each) => compare(each.Amount, "0") > 0);

/** Claims by verdict, each a bar of what the version answers. */
function Picture({ groups }) {
  const verdicts = [...new Set(groups.map((each) => each.Verdict))];
  const of = (verdict, answer) => claimsOf(groups.filter((each) => each.Verdict === verdict && (!answer || each.Answer === answer)));
  const most = Math.max(...verdicts.map((verdict) => of(verdict)));
  const figures = (verdict) => Object.keys(ANSWERS).filter((answer) => of(verdict, answer)).map((answer) => `${words(answer)} ${count(of(verdict, answer))}`);
  return html`<figure class="picture"><figcaption class="legend">${Object.entries(ANSWERS).map(([answer, tone]) => html`<span key=${answer}><i class="key ${tone}"></i>${words(answer)}</span>`)}</figcaption>
    <table class="table bars"><tbody>${verdicts.map((verdict) => html`<tr key=${verdict}><th scope="row">${verdict ? words(verdict) : "No verdict"}</th>
      <td><svg width="100%" height="16" role="img" aria-label=${figures(verdict).join(", ")}>${bars(verdict, of, most)}</svg><small>${figures(verdict).join(" · ")}</small></td>
      <td class="number">${count(of(verdict))}</td></tr>`)}</tbody></table></figure>`;
}

function bars(verdict, of, most) {
  let from = 0;
  return Object.entries(ANSWERS).map(([answer, tone]) => {
    const width = (of(verdict, answer) / most) * 100;
    const bar = html`<rect key=${answer} class="fill ${tone}" x="${from}%" width="${width}%" height="16"><title>${words(answer)}: ${of(verdict, answer)}</title></rect>`;
    from += width;
    return width > 0 && bar;
  });
}
