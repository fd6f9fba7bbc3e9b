// A partner's claims: what became of each, a claim that is filed after a live check, and a file of
// many that is dropped.

import { html, useState } from "./preact.js";
import { count } from "./format.js";
import { Claim } from "./claim.js";
import { FileClaim } from "./filing.js";
import { Job, useJob } from "./jobs.js";
import { Pages } from "./lists.js";
import { useLoaded } from "./loading.js";
import { Drop, Empty, Failure, Field, Link, Loading, Money, Said, Until, When } from "./parts.js";
import { go } from "./router.js";
import { STATES, StateChip, isOpen } from "./states.js";
import { Table } from "./tables.js";

const PAGE = 100;

export function Claims({ api, session, place }) {
  const campaigns = useLoaded(() => api.all("/Campaigns", "Campaigns"), [api]);
  const may = ["REVIEWER", "ADMIN"].includes(session.Role);
  if (campaigns.error) return html`<div class="page"><${Failure} error=${campaigns.error} again=${campaigns.reload} /></div>`;
  if (!campaigns.data) return html`<div class="page"><${Loading} of="Reading the campaigns" /></div>`;
  if (place.id === "new") return html`<${FileClaim} api=${api} campaigns=${campaigns.data} place=${place} />`;
  if (place.id === "file") return html`<${FileMany} api=${api} campaigns=${campaigns.data} />`;
  if (place.id) return html`<${Claim} key=${place.id} api=${api} id=${place.id} may=${may} />`;
  return html`<${List} api=${api} place=${place} campaigns=${campaigns.data} may=${may} />`;
}

function List({ api, place, campaigns, may }) {
  const page = place.query.Page ?? "1";
  const asked = { CampaignId: place.query.CampaignId ?? campaigns[0]?.CampaignId, ResolutionStatus: place.query.ResolutionStatus, OrderId: place.query.OrderId, PageSize: PAGE, Page: page };
  const list = useLoaded(() => api.get("/ActionInquiries", asked), [api, JSON.stringify(asked)]);
  const set = (name) => (event) => go({ screen: "claims", query: { ...place.query, Page: "", [name]: event.target.value.trim() } });
  const rows = list.data?.ActionInquiries ?? [];
  return html`<div class="page">
    <header><div><h1>Claims</h1><p>${list.data ? html`<strong>${count(list.data["@total"])}</strong> in this filter` : " "}</p></div>
      ${may && html`<div class="actions"><${Link} class="button" to=${{ screen: "claims", id: "file" }}>Drop a file<//><${Link} class="button main" to=${{ screen: "claims", id: "new" }}>File a claim<//></div>`}</header>
    <form class="bar" role="search" onSubmit=${(event) => event.preventDefault()}>
      ${campaigns.length > 1 && html`<select aria-label="Campaign" value=${asked.CampaignId} onChange=${set("CampaignId")}>${campaigns.map((each) => html`<option key=${each.CampaignId} value=${each.CampaignId}>${each.CampaignName}</option>`)}</select>`}
      <select aria-label="State" value=${place.query.ResolutionStatus ?? ""} onChange=${set("ResolutionStatus")}>${[["", "All states"], ...STATES].map(([code, text]) => html`<option key=${code} value=${code}>${text}</option>`)}</select>
      <input id="search" type="search" aria-label="Order id" placeholder="Order id" value=${place.query.OrderId ?? ""} onChange=${set("OrderId")} />
    </form>
    <${Failure} error=${list.error} again=${list.reload} />
    ${list.busy && !list.data && html`<${Loading} of="Reading your claims" />`}
    ${list.data && !rows.length && html`<div class="panel"><${Empty} title="No claim here"><p>File one, or look at another state.</p><//></div>`}
    ${rows.length > 0 && html`<div class="panel"><${Table} records=${rows} columns=${[
        ["Order", (each) => html`<${Link} to=${{ screen: "claims", id: each.Id }}><${Said} text=${each.OrderId} /><//>`],
        ["Ordered", (each) => html`<${When} at=${each.TransactionDate} time=${false} />`],
        ["Amount", (each) => html`<${Money} of=${each.TransactionAmount} currency=${each.Currency} />`, "number"],
        ["State", (each) => html`<${StateChip} of=${each.ResolutionStatus} />`],
        ["Answer due", (each) => (isOpen(each) && each.ResolutionDeadlineDate ? html`<${Until} at=${each.ResolutionDeadlineDate} />` : html`<span class="faint">–</span>`)],
        ["Payout", (each) => html`<${Money} of=${each.FinalPayout} currency=${each.Currency} />`, "number"],
      ]} /></div>
      <${Pages} list=${list.data} place=${place} />`}
  </div>`;
}

function FileMany({ api, campaigns }) {
  const { job, start } = useJob(api);
  const [campaign, setCampaign] = useState("");
  const [dry, setDry] = useState(true);
  const busy = job && !["done", "failed"].includes(job.step);
  const fields = { Kind: "inquiries", ...(campaign && { CampaignId: campaign }), ...(dry && { DryRun: "true" }) };
  return html`<div class="page"><header><div><h1>A file of claims</h1><p>A row for each claim: campaign, order, amount, date and type. Other networks' headings are understood.</p></div><${Link} class="button" to=${{ screen: "claims" }}>Back to the claims<//></header>
    <div class="panel">
      <${Field} label="Campaign of rows that name none"><select value=${campaign} onChange=${(event) => setCampaign(event.target.value)}><option value="">Every row names its own</option>${campaigns.map((each) => html`<option key=${each.CampaignId} value=${each.CampaignId}>${each.CampaignName}</option>`)}</select><//>
      <label class="check"><input type="checkbox" checked=${dry} onChange=${() => setDry(!dry)} /> Only try it, and file nothing</label>
      <${Drop} disabled=${busy} onFile=${(file) => start(file, fields)}><p><strong>Drop the file here</strong><br /><span class="faint">CSV or Excel, up to 512 MB</span></p><//>
      <${Job} job=${job} />
    </div></div>`;
}
