// The shop's own orders: which days its files cover, and the orders themselves.

import { html } from "./preact.js";
import { Calendar } from "./charts.js";
import { count, instant, now } from "./format.js";
import { campaignsOf, Pages, PickCampaign } from "./lists.js";
import { useLoaded } from "./loading.js";
import { Chip, Empty, Failure, Link, Loading, Money, Said, When } from "./parts.js";
import { go } from "./router.js";
import { Table } from "./tables.js";

const PAGE = 50;
const DAY = 86_400_000;
const SHOWN_DAYS = 182;
const TONES = { SALE: "good", UNDONE: "bad", PARTLY_UNDONE: "warn", PENDING: "busy" };

export function Orders({ api, session, place }) {
  const campaigns = useLoaded(() => campaignsOf(api), [api]);
  const chosen = campaigns.data?.find((each) => each.id === place.query.CampaignId) ?? campaigns.data?.[0];
  const may = ["REVIEWER", "ADMIN"].includes(session.Role);
  return html`<div class="page">
    <header><div><h1>Orders</h1><p>Your shop's orders, which claims are held against.</p></div><div class="bar">
      ${campaigns.data && html`<${PickCampaign} campaigns=${campaigns.data} value=${chosen?.id} onPick=${(id) => go({ screen: "orders", query: { CampaignId: id } })} />`}
      ${may && html`<${Link} class="button main" to=${{ screen: "files", query: { Kind: "orders" } }}>Send a file of orders<//>`}</div></header>
    <${Failure} error=${campaigns.error} again=${campaigns.reload} />
    ${!campaigns.data && !campaigns.error && html`<${Loading} of="Reading the campaigns" />`}
    ${chosen && html`<${Coverage} key=${chosen.id} api=${api} campaign=${chosen} /><${List} api=${api} place=${place} campaign=${chosen} />`}
    ${campaigns.data && !chosen && html`<div class="panel"><${Empty} title="No campaign yet" /></div>`}
  </div>`;
}

function Coverage({ api, campaign }) {
  const first = new Date(now() - (SHOWN_DAYS - 1) * DAY).toISOString().slice(0, 10);
  const { data, error, reload } = useLoaded(() => api.get(`/Campaigns/${encodeURIComponent(campaign.id)}/Coverage`, { StartDate: first }), [api, campaign.id, first]);
  if (error) return html`<${Failure} error=${error} again=${reload} />`;
  if (!data) return html`<${Loading} of="Reading which days are covered" />`;
  const missing = data.Days.filter((each) => each.Coverage !== "COMPLETE").length;
  return html`<section class="panel" aria-label="Coverage">
    <p>${missing ? html`<strong>${count(missing)} of ${count(data.Days.length)} days are not covered whole.</strong> A claim of such a day cannot be told to be unknown to you.` : "Every order of these days is known."}</p>
    <${Calendar} title="Days that your files cover" days=${data.Days} />
    ${data.Spans.length > 0 && html`<details class="more"><summary>As a table</summary><${Table} records=${data.Spans} keyOf=${(each) => each.StartDate} columns=${[
      ["From", (each) => instant(each.StartDate)],
      ["To", (each) => instant(each.EndDate)],
      ["Orders", (each) => (each.Complete === "true" ? "All known" : "Some known")],
    ]} /></details>`}
  </section>`;
}

function List({ api, place, campaign }) {
  const { OrderId: orderId } = place.query;
  const asked = { CampaignId: campaign.id, PageSize: PAGE, Page: place.query.Page ?? "1", StartDate: place.query.StartDate || dayOf(now() - 29 * DAY), EndDate: place.query.EndDate };
  const read = async () => {
    if (!orderId) return api.get("/Orders", asked);
    return { Orders: [await api.get(`/Orders/${encodeURIComponent(orderId)}`, { CampaignId: campaign.id })], "@page": "1", "@nextpageuri": "" };
  };
  const list = useLoaded(read, [api, JSON.stringify(asked), orderId]);
  const set = (name) => (event) => go({ ...place, query: { ...place.query, Page: "", [name]: event.target.value.trim() } }, { replace: true });
  const unknown = list.error?.status === 404;
  const rows = unknown ? [] : list.data?.Orders ?? [];
  return html`<section class="panel" aria-label="Orders"><h2>Orders</h2>
    <form class="bar" role="search" onSubmit=${(event) => event.preventDefault()}><input id="search" type="search" aria-label="Order id" placeholder="Order id" value=${orderId ?? ""} onChange=${set("OrderId")} />
      <input type="date" aria-label="From" value=${asked.StartDate} onChange=${set("StartDate")} /><input type="date" aria-label="To" value=${asked.EndDate ?? ""} onChange=${set("EndDate")} /></form>
    ${!unknown && html`<${Failure} error=${list.error} again=${list.reload} />`}
    ${list.busy && !list.data && html`<${Loading} of="Reading the orders" />`}
    ${(list.data || unknown) && !rows.length && html`<${Empty} title=${orderId ? "No order of that id" : "No order in this time"}><p>Look at other days, or send a file of orders.</p><//>`}
    ${rows.length > 0 && html`<${Table} records=${rows} columns=${[
      ["Order", (each) => html`<span><${Said} text=${each.Id} />${each.Aliases && html` <small>also ${each.Aliases}</small>`}</span>`],
      ["Ordered", (each) => html`<${When} at=${each.OrderDate} />`],
      ["State", (each) => html`<${Chip} of=${each.Status} tone=${TONES[each.Status]} />`],
      ["In your shop", (each) => html`<${Said} text=${each.ShopStatus} />`],
      ["Amount", (each) => html`<${Money} of=${each.Amount} currency=${each.Currency} />`, "number"],
      ["Refunded", (each) => /[1-9]/.test(each.RefundedAmount) && html`<${Money} of=${each.RefundedAmount} currency=${each.Currency} />`, "number"],
    ]} /><${Pages} list=${list.data} place=${place} />`}
  </section>`;
}

const dayOf = (milliseconds) => new Date(milliseconds).toISOString().slice(0, 10);
