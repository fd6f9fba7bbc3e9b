// What lists of money and files share: pages, and a table to take away.

import { html, useState } from "./preact.js";
import { count } from "./format.js";
import { Failure, Link } from "./parts.js";

/** Steps to the page before and after of a list. */
export function Pages({ list, place }) {
  const page = Number(list["@page"]);
  const to = (number) => ({ ...place, query: { ...place.query, Page: String(number) } });
  if (page === 1 && !list["@nextpageuri"]) return null;
  return html`<nav class="actions" aria-label="Pages">${page > 1 ? html`<${Link} class="button" to=${to(page - 1)}>Newer<//>` : html`<span></span>`}
    <span class="faint">Page ${count(list["@page"])} of ${count(list["@numpages"])}</span>${list["@nextpageuri"] ? html`<${Link} class="button" to=${to(page + 1)}>Older<//>` : html`<span></span>`}</nav>`;
}

/** A button that saves a text of the API, like `/Funds/Entries.csv`, as a file. */
export function Save({ api, path, query, name, children }) {
  const [failure, setFailure] = useState(null);
  const save = async () => {
    try {
      const url = URL.createObjectURL(new Blob([await api.text(path, query)], { type: "text/csv" }));
      Object.assign(document.createElement("a"), { href: url, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
      setFailure(null);
    } catch (error) {
      setFailure(error);
    }
  };
  return html`<button class="button" type="button" onClick=${save}>${children}</button><${Failure} error=${failure} />`;
}

/** The campaigns of either side as {id, name}, whatever the side calls them. */
export async function campaignsOf(api) {
  const found = await api.all("/Campaigns", "Campaigns");
  return found.map((each) => ({ id: each.CampaignId ?? each.Id, name: each.CampaignName ?? each.Name }));
}

/** A choice of one of these campaigns, or of all where `all` names that. */
export function PickCampaign({ campaigns, value, onPick, all }) {
  if (campaigns.length < 2 && !all) return null;
  return html`<select aria-label="Campaign" value=${value} onChange=${(event) => onPick(event.target.value)}>
    ${all && html`<option value="">${all}</option>`}${campaigns.map((each) => html`<option key=${each.id} value=${each.id}>${each.name}</option>`)}</select>`;
}
