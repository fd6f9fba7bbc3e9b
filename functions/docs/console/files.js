// Files of rows: a file is chosen or dropped, tried first or done at once, and followed row by row;
// and all files of the account, each with its results.

import { html, useState } from "./preact.js";
import { count, words } from "./format.js";
import { Job, Results, useJob } from "./jobs.js";
import { campaignsOf, Pages } from "./lists.js";
import { useLoaded } from "./loading.js";
import { Chip, Drop, Empty, Facts, Failure, Field, Link, Loading, Progress, Said, When } from "./parts.js";
import { Table } from "./tables.js";

const PAGE = 50;
const KINDS = {
  resolutions: { name: "Decisions of inquiries", audience: "ADVERTISER", roles: ["REVIEWER", "ADMIN"] },
  orders: { name: "The shop's orders", audience: "ADVERTISER", roles: ["REVIEWER", "ADMIN"] },
  actions: { name: "Changes of actions", audience: "ADVERTISER", roles: ["FINANCE", "ADMIN"] },
  conversions: { name: "Tracked orders", audience: "ADVERTISER", roles: ["FINANCE", "ADMIN"] },
  inquiries: { name: "Claims", audience: "PARTNER", roles: ["REVIEWER", "ADMIN"] },
};
const OVER = ["DONE", "FAILED"];

export function Files({ api, session, place }) {
  if (place.id) return html`<${One} key=${place.id} api=${api} id=${place.id} />`;
  const kinds = Object.entries(KINDS).filter(([, each]) => each.audience === session.Audience && each.roles.includes(session.Role));
  return html`<${All} api=${api} place=${place} kinds=${kinds} />`;
}

function All({ api, place, kinds }) {
  const asked = { PageSize: PAGE, Page: place.query.Page ?? "1" };
  const list = useLoaded(() => api.get("/Files", asked), [api, asked.Page]);
  const rows = list.data?.Files ?? [];
  return html`<div class="page">
    <header><div><h1>Files</h1><p>Many rows at once; every row has its own result.</p></div></header>
    ${kinds.length > 0 && html`<${Send} api=${api} kinds=${kinds} place=${place} onDone=${list.reload} />`}
    <section class="panel" aria-label="All files"><h2>All files</h2>
      <${Failure} error=${list.error} again=${list.reload} />
      ${list.busy && !list.data && html`<${Loading} of="Reading the files" />`}
      ${list.data && !rows.length && html`<${Empty} title="No file yet"><p>What you send shows up here with its results.</p><//>`}
      ${rows.length > 0 && html`<${Table} records=${rows} columns=${[
        ["File", (each) => html`<${Link} to=${{ screen: "files", id: each.Id }}><${Said} text=${each.Name} /><//>`],
        ["What it is", kindOf],
        ["State", (each) => html`<${State} file=${each} />`],
        ["Rows", (each) => each.RowsTotal !== "0" && count(each.RowsTotal), "number"],
        ["Sent", (each) => html`<${When} at=${each.CreationDate} />`],
      ]} /><${Pages} list=${list.data} place=${place} />`}
    </section>
  </div>`;
}

const kindOf = (file) => `${KINDS[file.Kind]?.name ?? words(file.Kind)}${file.DryRun === "true" ? ", tried" : ""}`;

function State({ file }) {
  return html`<${Chip} of=${file.Status} title=${file.Fault} />${file.Status === "RUNNING" && html` <small>${count(file.RowsDone)} of ${count(file.RowsTotal)}</small>`}`;
}

function Send({ api, kinds, place, onDone }) {
  const { job, start } = useJob(api);
  const campaigns = useLoaded(() => campaignsOf(api), [api]);
  const known = kinds.some(([code]) => code === place.query.Kind);
  const [kind, setKind] = useState(known ? place.query.Kind : kinds[0][0]);
  const [given, setGiven] = useState({ CampaignId: "", CoverageStart: "", CoverageEnd: "", Complete: false });
  const [dry, setDry] = useState(true);
  const busy = job && !["done", "failed"].includes(job.step);
  const set = (name) => (event) => setGiven({ ...given, [name]: event.target.type === "checkbox" ? event.target.checked : event.target.value });
  const fields = { Kind: kind, ...(given.CampaignId && { CampaignId: given.CampaignId }), ...(dry && { DryRun: "true" }), ...(kind === "orders" && covered(given)) };
  return html`<section class="panel" aria-label="Send a file"><h2>Send a file</h2>
    <div class="form two">
      <${Field} label="What it is"><select value=${kind} onChange=${(event) => setKind(event.target.value)}>${kinds.map(([code, each]) => html`<option key=${code} value=${code}>${each.name}</option>`)}</select><//>
      <${Field} label="Campaign of rows that name none"><select value=${given.CampaignId} onChange=${set("CampaignId")}><option value="">Every row names its own</option>${(campaigns.data ?? []).map((each) => html`<option key=${each.id} value=${each.id}>${each.name}</option>`)}</select><//>
      ${kind === "orders" && html`<${Field} label="First day that it covers" hint="In the campaign's time zone."><input type="date" value=${given.CoverageStart} onChange=${set("CoverageStart")} /><//>
        <${Field} label="Last day that it covers"><input type="date" value=${given.CoverageEnd} onChange=${set("CoverageEnd")} /><//>`}
    </div>
    ${kind === "orders" && html`<label class="check"><input type="checkbox" checked=${given.Complete} onChange=${set("Complete")} /> It holds every order of these days</label>`}
    <label class="check"><input type="checkbox" checked=${dry} onChange=${() => setDry(!dry)} /> Only try it, and write nothing</label>
    <${Failure} error=${campaigns.error} again=${campaigns.reload} />
    <${Drop} disabled=${busy} onFile=${(file) => start(file, fields).then(onDone)}><p><strong>Drop the file here</strong><br /><span class="faint">CSV or Excel, up to 512 MB</span></p><//>
    <${Job} job=${job} />
  </section>`;
}

/** What a file of orders says of its days, as far as it was given. */
function covered(given) {
  const told = { CoverageStart: given.CoverageStart, CoverageEnd: given.CoverageEnd, ...(given.Complete && { Complete: "true" }) };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value));
}

function One({ api, id }) {
  const { data, error, reload } = useLoaded(() => api.get(`/Files/${encodeURIComponent(id)}`), [api, id]);
  const back = html`<${Link} class="button" to=${{ screen: "files" }}>All files<//>`;
  if (error) return html`<div class="page"><header><h1>File</h1>${back}</header><${Failure} error=${error} again=${reload} /></div>`;
  if (!data) return html`<div class="page"><${Loading} of="Reading the file" /></div>`;
  return html`<div class="page">
    <header><div><h1><${Said} text=${data.Name} /></h1><p>${kindOf(data)}</p></div><span class="actions">${!OVER.includes(data.Status) && html`<button class="button" type="button" onClick=${reload}>Look again</button>`}${back}</span></header>
    <section class="panel" aria-label="State"><${Facts} of=${[["State", html`<${State} file=${data} />`], ["Rows", data.RowsTotal !== "0" && count(data.RowsTotal)], ["Size", data.Size !== "0" && `${count(data.Size)} bytes`], ["Campaign", data.CampaignId], ["Covers", data.CoverageStart && `${data.CoverageStart} to ${data.CoverageEnd}`],
        ["Sent", html`<${When} at=${data.CreationDate} />`], ["Begun", data.StartDate && html`<${When} at=${data.StartDate} />`], ["Over", data.EndDate && html`<${When} at=${data.EndDate} />`]].filter(([, value]) => value)} />
      ${data.Fault && html`<${Failure} error=${new Error(data.Fault)} />`}
      ${data.Warnings.map((each) => html`<p key=${each} class="warning">${each}</p>`)}
      ${data.Status === "RUNNING" && html`<${Progress} done=${data.RowsDone} total=${data.RowsTotal} label=${`Row ${count(data.RowsDone)} of ${count(data.RowsTotal)}`} />`}
    </section>
    ${data.Status === "DONE" && data.ResultUri && html`<section class="panel" aria-label="Results"><h2>Results</h2><${Results} file=${data} /></section>`}
  </div>`;
}
