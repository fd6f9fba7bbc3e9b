// Tables of records. On a narrow screen each record is a block: its values, with the names of their columns.

import { html } from "./preact.js";

/**
 * Records as a table. A column is [name, what of a record stands in it, "number" if it is aligned so]; one without a
 * name holds buttons, and a column that is false is left out. `tall` lets a long table scroll by itself.
 */
export function Table({ records, columns, keyOf = (each) => each.Id, tall = false }) {
  const shown = columns.filter(Boolean);
  return html`<div class="scrolls ${tall ? "tall" : ""}" tabindex="0"><table class="table records">
    <thead><tr>${shown.map(([name, , kind]) => (name ? html`<th scope="col" key=${name} class=${kind}>${name}</th>` : html`<td key="buttons"></td>`))}</tr></thead>
    <tbody>${records.map((each, at) => html`<tr key=${keyOf(each, at)}>${shown.map(([name, of, kind]) => html`<td key=${name} class=${kind} data-name=${name}>${of(each)}</td>`)}</tr>`)}</tbody></table></div>`;
}
