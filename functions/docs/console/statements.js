// Monthly statements of either side: what was opened with, what came and went, and what it closed at.

import { html } from "./preact.js";
import { partyOf } from "./entries.js";
import { compare, count, words } from "./format.js";
import { Pages } from "./lists.js";
import { useLoaded } from "./loading.js";
import { Chip, Empty, Facts, Failure, Link, Loading, Money, Said, When } from "./parts.js";
import { Table } from "./tables.js";

const PAGE = 50;
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** "2026-06-01T00:00:00+00:00" as "June 2026". */
export function monthOf(text) {
  return `${MONTHS[Number(text.slice(5, 7)) - 1]} ${text.slice(0, 4)}`;
}

export function Statements({ api, place }) {
  return place.id ? html`<${Statement} key=${place.id} api=${api} id=${place.id} />` : html`<${List} api=${api} place=${place} />`;
}

function List({ api, place }) {
  const asked = { PageSize: PAGE, Page: place.query.Page ?? "1" };
  const list = useLoaded(() => api.get("/Invoices", asked), [api, asked.Page]);
  const rows = list.data?.Invoices ?? [];
  return html`<div class="page">
    <header><div><h1>Statements</h1><p>One for each month and currency, made on the first of the next.</p></div></header>
    <${Failure} error=${list.error} again=${list.reload} />
    ${list.busy && !list.data && html`<${Loading} of="Reading the statements" />`}
    ${list.data && !rows.length && html`<div class="panel"><${Empty} title="No statement yet"><p>The first comes after the first month in which money has moved.</p><//></div>`}
    ${rows.length > 0 && html`<div class="panel"><${Table} records=${rows} columns=${[
      ["Month", (each) => html`<span><${Link} to=${{ screen: "statements", id: each.Id }}>${monthOf(each.StartDate)}<//> ${isLate(each) && html`<${Chip} tone="bad">${count(each.OverdueCount)} overdue<//>`}</span>`],
      ...AMOUNTS.map(([name, field]) => [name, (each) => html`<${Money} of=${each[field]} currency=${each.Currency} />`, "number"]),
      ["Made", (each) => html`<${When} at=${each.CreatedDate} time=${false} />`],
    ]} /><${Pages} list=${list.data} place=${place} /></div>`}
  </div>`;
}

const AMOUNTS = [["Opened", "OpeningBalance"], ["In", "AmountIn"], ["Out", "AmountOut"], ["Closed", "ClosingBalance"]];
const isLate = (statement) => Boolean(statement.Overdue) && compare(statement.Overdue, "0") > 0;

function Statement({ api, id }) {
  const { data, error, reload } = useLoaded(() => api.get(`/Invoices/${encodeURIComponent(id)}`), [api, id]);
  const back = html`<${Link} class="button" to=${{ screen: "statements" }}>All statements<//>`;
  if (error) return html`<div class="page"><header><h1>Statement</h1>${back}</header><${Failure} error=${error} again=${reload} /></div>`;
  if (!data) return html`<div class="page"><${Loading} of="Reading the statement" /></div>`;
  const money = (of) => html`<${Money} of=${of} currency=${data.Currency} />`;
  return html`<div class="page">
    <header><div><h1>${monthOf(data.StartDate)}</h1><p>${data.Currency} · ${count(data.EntryCount)} ${data.EntryCount === "1" ? "entry" : "entries"}</p></div><span class="bar">
      ${data.CsvUri && html`<a class="button" href=${data.CsvUri} download>Table</a>`}${data.WorkbookUri && html`<a class="button" href=${data.WorkbookUri} download>Workbook</a>`}
      <button class="button" type="button" onClick=${() => print()}>Print</button>${back}</span></header>
    <section class="panel" aria-label="Balance"><${Facts} of=${[["Opened with", money(data.OpeningBalance)], ["Came in", money(data.AmountIn)], ["Went out", money(data.AmountOut)], ["Closed with", html`<strong>${money(data.ClosingBalance)}</strong>`],
      ["Locked at the start", money(data.OpeningCommitted)], ["Locked at the end", money(data.ClosingCommitted)], ["Overdue", isLate(data) && html`<span class="bad">${money(data.Overdue)}</span>`], ["Deposit needed", data.DepositNeeded && compare(data.DepositNeeded, "0") > 0 && money(data.DepositNeeded)], ["Made", html`<${When} at=${data.CreatedDate} />`]].filter(([, value]) => value)} /></section>
    <section class="panel" aria-label="Lines"><h2>What moved</h2><${Table} records=${data.LineItems} keyOf=${(_, at) => at} columns=${[
      ["Reason", (each) => words(each.Reason)],
      ["With", (each) => html`<${Said} text=${partyOf(each.Counterparty)} />`],
      ["Actions", (each) => count(each.Actions), "number"],
      ["Amount", (each) => money(each.Amount), "number"],
      ["Locked", (each) => money(each.Committed), "number"],
    ]} /></section>
    <p class="faint">Checksum <code>${data.Checksum}</code></p>
  </div>`;
}
