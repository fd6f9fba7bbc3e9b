// The entries behind a balance, newest first: what moved, why, and for which action.

import { html } from "./preact.js";
import { words } from "./format.js";
import { Pages, Save } from "./lists.js";
import { useLoaded } from "./loading.js";
import { Empty, Failure, Loading, Money, Said, When } from "./parts.js";
import { go } from "./router.js";
import { Table } from "./tables.js";

const PAGE = 50;
const NAMES = ["Currency", "Reason", "StartDate", "EndDate"];
const REASONS = ["DEPOSIT", "LOCK", "PAY", "TRANSFER", "RETURN", "WITHDRAWAL", "REFUND", "CORRECTION"];

export function Entries({ api, place, path, name }) {
  const filter = Object.fromEntries(NAMES.map((each) => [each, place.query[each]]));
  const asked = { ...filter, PageSize: PAGE, Page: place.query.Page ?? "1" };
  const list = useLoaded(() => api.get(path, asked), [api, JSON.stringify(asked)]);
  const set = (field) => (event) => go({ ...place, query: { ...place.query, Page: "", [field]: event.target.value } }, { replace: true });
  const rows = list.data?.Entries ?? [];
  return html`<section class="panel" aria-label="Entries">
    <div class="actions"><h2>Entries</h2><${Save} api=${api} path=${`${path}.csv`} query=${{ ...filter, PageSize: 1000 }} name=${`${name}.csv`}>Save as a table<//></div>
    <form class="bar" role="search" onSubmit=${(event) => event.preventDefault()}>
      <select aria-label="Reason" value=${filter.Reason ?? ""} onChange=${set("Reason")}><option value="">All reasons</option>${REASONS.map((each) => html`<option key=${each} value=${each}>${words(each)}</option>`)}</select>
      <input type="date" aria-label="From" value=${filter.StartDate ?? ""} onChange=${set("StartDate")} /><input type="date" aria-label="To" value=${filter.EndDate ?? ""} onChange=${set("EndDate")} />
    </form>
    <${Failure} error=${list.error} again=${list.reload} />
    ${list.busy && !list.data && html`<${Loading} of="Reading the entries" />`}
    ${list.data && !rows.length && html`<${Empty} title="No entry here"><p>Nothing has moved in this time.</p><//>`}
    ${rows.length > 0 && html`<${Table} records=${rows} columns=${[
      ["Date", (each) => html`<${When} at=${each.Date} />`],
      ["Reason", (each) => html`<span>${words(each.Reason)} <small>${actionsOf(each)}</small></span>`],
      ["With", (each) => html`<${Said} text=${partyOf(each.Counterparty)} />`],
      ["Note", (each) => html`<${Said} text=${each.Note || each.Explanation} empty="" />`],
      ["In", (each) => unlessZero(each, "AmountIn"), "number"],
      ["Out", (each) => unlessZero(each, "AmountOut"), "number"],
    ]} /><${Pages} list=${list.data} place=${place} />`}
  </section>`;
}

/** The action of an entry, or how many it has. */
function actionsOf(entry) {
  const actions = entry.Parts.flatMap((part) => part.Actions);
  return actions.length > 1 ? `${actions.length} actions` : actions[0]?.ActionId;
}

const unlessZero = (entry, name) => !/^0(\.0+)?$/.test(entry[name]) && html`<${Money} of=${entry[name]} currency=${entry.Currency} />`;

/** "partner:10001" as "Partner 10001", "world:deposits" as "Deposits". */
export function partyOf(name) {
  const [kind, id = ""] = (name ?? "").split(":");
  return kind === "world" ? words(id) : [words(kind), id].filter(Boolean).join(" ");
}
