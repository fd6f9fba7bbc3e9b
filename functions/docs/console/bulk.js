// Many inquiries decided together: a filter's result or what was selected gets one verdict, after a
// preview of count and money; or a file that somebody has filled in is dropped. Either is one file.

import { html, useMemo, useState } from "./preact.js";
import { REASONS, trackers } from "./decisions.js";
import { asked } from "./filters.js";
import { count, sum, words } from "./format.js";
import { Job, useJob, write } from "./jobs.js";
import { follow, useLoaded, useTurns } from "./loading.js";
import { Chip, Drop, Empty, Failure, Field, Link, Loading, Money } from "./parts.js";
import { isOpen } from "./states.js";

const MOST = 5_000;
const AT_A_TIME = 6;
const COLUMNS = ["Id", "Resolution Status", "Action Tracker", "Resolution Reason", "Resolution Notes", "Sale Amount", "Version"];

export function Bulk({ api, place }) {
  const campaigns = useLoaded(() => api.all("/Campaigns", "Campaigns"), [api]);
  if (campaigns.error) return html`<div class="page"><${Failure} error=${campaigns.error} again=${campaigns.reload} /></div>`;
  if (!campaigns.data) return html`<div class="page"><${Loading} of="Reading the campaigns" /></div>`;
  const campaign = campaigns.data.find((each) => each.Id === place.query.CampaignId) ?? campaigns.data[0];
  if (!campaign) return html`<${Empty} title="No campaign yet" />`;
  return html`<div class="page">
    <header><div><h1>Decide in bulk</h1><p>${campaign.Name}</p></div><${Link} class="button" to=${{ screen: "queue", query: { CampaignId: campaign.Id } }}>Back to the queue<//></header>
    <div class="columns"><${Together} key=${JSON.stringify(place.query)} api=${api} place=${place} campaign=${campaign} /><${Dropped} api=${api} campaign=${campaign} /></div>
  </div>`;
}

/** The open inquiries that were selected, or those of a filter, as far as one file takes them from here:
 * {rows, more: whether there are more of the filter, answered: how many of the selected are not open}.
 */
async function read(api, query, campaignId) {
  if (query.Ids) {
    const all = await chosenOf(api, query.Ids.split(" "));
    const rows = all.filter(isOpen);
    return { rows, more: false, answered: all.length - rows.length };
  }
  const filter = asked(query, campaignId);
  const all = isOpen(filter) ? await api.all("/ActionInquiries", "ActionInquiries", filter, MOST + 1) : [];
  return { rows: all.slice(0, MOST), more: all.length > MOST, answered: 0 };
}

/** Inquiries by their ids, a few at a time. */
async function chosenOf(api, ids) {
  const found = [];
  for (let at = 0; at < ids.length; at += AT_A_TIME) {
    const some = ids.slice(at, at + AT_A_TIME);
    found.push(...(await Promise.all(some.map((id) => api.get(`/ActionInquiries/${encodeURIComponent(id)}`)))));
  }
  return found;
}

function Together({ api, place, campaign }) {
  const list = useLoaded(() => read(api, place.query, campaign.Id), [api, campaign.Id, JSON.stringify(place.query)]);
  const [verdicts, setVerdicts] = useState(() => new Set());
  const [status, setStatus] = useState("VALID");
  const [reason, setReason] = useState("6");
  const [notes, setNotes] = useState("");
  const { job, start, clear } = useJob(api);
  const chosen = useMemo(() => (list.data?.rows ?? []).filter((each) => !verdicts.size || verdicts.has(each.Verification.Verdict)), [list.data, verdicts]);
  const send = (dry) => {
    const rows = chosen.map((each) => rowOf(each, campaign, { status, reason, notes }));
    const file = new File([write(COLUMNS, rows)], `${status.toLowerCase()}-${rows.length}.csv`, { type: "text/csv" });
    return start(file, { Kind: "resolutions", ...(dry && { DryRun: "true" }) });
  };
  const busy = job && !["done", "failed"].includes(job.step);
  const tried = job?.step === "done" && job.dry;
  return html`<section class="panel" aria-label="One decision for all">
    <h2>One decision for all</h2>
    <${Failure} error=${list.error} again=${list.reload} />
    ${list.busy && !list.data && html`<${Loading} of="Reading what is open" />`}
    ${list.data && html`<${Left} of=${list.data} />
      <${Verdicts} rows=${list.data.rows} verdicts=${verdicts} set=${(next) => { setVerdicts(next); clear(); }} />
      <${Sums} rows=${chosen} />
      <fieldset class="form" disabled=${busy}>
        <div class="tabs" role="group" aria-label="Decision">${[["VALID", "Accept"], ["DECLINED", "Decline"], ["INCOMPLETE", "Ask"]].map(([code, title]) => html`
          <button type="button" key=${code} aria-pressed=${status === code} onClick=${() => { setStatus(code); clear(); }}>${title}</button>`)}</div>
        ${status === "DECLINED" && html`<${Field} label="Reason"><select value=${reason} onChange=${(event) => { setReason(event.target.value); clear(); }}>${REASONS.map((each, at) => html`<option key=${each} value=${String(at + 1)}>${at + 1}  ${each}</option>`)}</select><//>`}
        <${Field} label=${status === "INCOMPLETE" ? "What do you need to know?" : "Comment for the partners"}><textarea rows="2" maxlength="2000" value=${notes} onInput=${(event) => { setNotes(event.target.value); clear(); }}></textarea><//>
        ${status === "VALID" && html`<p class="faint">What the shop's order comes to is paid on where it is found with another amount; else what is claimed.</p>`}
        <div class="actions"><button class="button" type="button" disabled=${!chosen.length || busy || (status === "INCOMPLETE" && !notes.trim())} onClick=${() => send(true)}>Preview ${count(chosen.length)}</button>
          <button class="button main" type="button" disabled=${!tried || busy} onClick=${() => send(false)}>${said(status)} ${count(chosen.length)}</button></div>
        ${!tried && !busy && job?.step !== "done" && html`<p class="faint">Look at the preview first. It is tried row by row, and nothing is written.</p>`}
      </fieldset>`}
    <${Job} job=${job} />
  </section>`;
}

const said = (status) => ({ VALID: "Accept", DECLINED: "Decline", INCOMPLETE: "Ask about" })[status];

function rowOf(inquiry, campaign, { status, reason, notes }) {
  const shop = ["MISMATCH", "PARTLY_UNDONE"].includes(inquiry.Verification.Verdict) && inquiry.Verification.Currency === inquiry.Currency;
  return {
    "Id": inquiry.Id, "Resolution Status": status, "Version": inquiry.Version, "Resolution Notes": notes,
    "Action Tracker": status === "VALID" ? trackers(campaign)[0]?.id : "",
    "Resolution Reason": status === "DECLINED" ? reason : "",
    "Sale Amount": status === "VALID" && shop ? inquiry.Verification.Amount : "",
  };
}

/** How many have which verdict; a press takes those alone. */
function Verdicts({ rows, verdicts, set }) {
  const counted = new Map();
  for (const each of rows) counted.set(each.Verification.Verdict, (counted.get(each.Verification.Verdict) ?? 0) + 1);
  const toggle = (verdict) => {
    const next = new Set(verdicts);
    if (!next.delete(verdict)) next.add(verdict);
    set(next);
  };
  return html`<div class="picks" role="group" aria-label="Verdicts">${[...counted].sort((one, other) => other[1] - one[1]).map(([verdict, rows_]) => html`
    <button type="button" key=${verdict} aria-pressed=${verdicts.has(verdict)} onClick=${() => toggle(verdict)}><${Chip} of=${verdict}>${verdict ? words(verdict) : "No verdict"}<//> ${count(rows_)}</button>`)}</div>`;
}

/** What of a filter or a selection is not decided here. */
function Left({ of }) {
  if (of.more) return html`<p class="note warn"><span>These are the first ${count(MOST)} of the filter. There are more: come back for them once these are decided.</span></p>`;
  return of.answered > 0 && html`<p class="note warn"><span>${count(of.answered)} of what you selected ${of.answered === 1 ? "is" : "are"} answered already, and left out.</span></p>`;
}

/** How many they are, and what their orders come to, which is not what is paid for them. */
function Sums({ rows }) {
  const currencies = [...new Set(rows.map((each) => each.Currency))];
  return html`<p class="sums"><strong>${count(rows.length)}</strong> ${rows.length === 1 ? "inquiry" : "inquiries"}
    ${currencies.map((currency) => html` <span key=${currency}>· orders of <${Money} of=${sum(rows.filter((each) => each.Currency === currency).map((each) => each.TransactionAmount))} currency=${currency} /></span>`)}</p>`;
}

/** A file of decisions that somebody filled in, as the sheet of the undecided is made for. */
function Dropped({ api, campaign }) {
  const [dry, setDry] = useState(true);
  const { job, start } = useJob(api);
  const sheet = useSheet(api, campaign);
  const busy = job && !["done", "failed"].includes(job.step);
  return html`<section class="panel" aria-label="A file of decisions">
    <h2>A file of decisions</h2>
    <p>Have all that is undecided made a sheet, decide in it, and drop it here.</p>
    <div class="actions"><button class="button" type="button" disabled=${sheet.busy} onClick=${sheet.order}>Make the sheet</button>
      ${sheet.busy && html`<${Loading} of="It is being made" />`}${sheet.file?.ResultUri && html`<a class="button" href=${sheet.file.WorkbookUri || sheet.file.ResultUri} download>Download the sheet</a>`}</div>
    <${Failure} error=${sheet.error} />
    <label class="check"><input type="checkbox" checked=${dry} onChange=${() => setDry(!dry)} /> Only try it, and write nothing</label>
    <${Drop} disabled=${busy} onFile=${(file) => start(file, { Kind: "resolutions", ...(dry && { DryRun: "true" }) })}><p><strong>Drop the file here</strong><br /><span class="faint">CSV or Excel, up to 512 MB</span></p><//>
    <${Job} job=${job} />
  </section>`;
}

/** {order, busy, file, error} of a sheet of what is undecided. */
function useSheet(api, campaign) {
  const [state, setState] = useState({ busy: false, file: null, error: null });
  const begin = useTurns();
  const order = async () => {
    const wanted = begin();
    setState({ busy: true, file: null, error: null });
    try {
      const { QueuedUri: uri } = await api.write("POST", "/Sheets", { Kind: "undecided", CampaignId: campaign.Id, Format: "xlsx" });
      const path = `/Files/${uri.split("/").at(-1)}`;
      const file = await follow(() => api.get(path), wanted, () => undefined);
      if (file) setState({ busy: false, file, error: file.Fault ? new Error(file.Fault) : null });
    } catch (error) {
      if (wanted()) setState({ busy: false, file: null, error });
    }
  };
  return { ...state, order };
}
