// A file of rows as one job: it is announced, sent to where files arrive, and followed until all its
// rows have results. Its result is a table, of which the first rows are shown.

import { html, useState } from "./preact.js";
import { count, words } from "./format.js";
import { follow, useLoaded, useTurns } from "./loading.js";
import { Chip, Failure, Loading, Progress, Said } from "./parts.js";

const READ_BYTES = 262_144;
const SHOWN_ROWS = 200;

/** Rows of a CSV text, as objects by its header; a cell may be quoted. Of a text that is `cut`, the
 * last line is left out unless it is whole.
 */
export function parse(text, cut = false) {
  const lines = [];
  let line = [], cell = "", quoted = false;
  const source = text.replace(/^\ufeff/, "");
  for (let at = 0; at < source.length; at += 1) {
    const sign = source[at];
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (source[at + 1] === '"') { cell += '"'; at += 1; } else quoted = false;
    } else if (sign === '"') quoted = true;
    else if (sign === ",") { line.push(cell); cell = ""; }
    else if (sign === "\n") { lines.push([...line, cell.replace(/\r$/, "")]); line = []; cell = ""; }
    else cell += sign;
  }
  if (!cut && (cell || line.length)) lines.push([...line, cell]);
  const [header = [], ...rest] = lines;
  return rest.map((each) => Object.fromEntries(header.map((name, at) => [name, each[at] ?? ""])));
}

/** A CSV of rows by their columns; every cell is quoted. */
export function write(columns, rows) {
  const line = (cells) => cells.map((each) => `"${String(each ?? "").replaceAll('"', '""')}"`).join(",");
  return [line(columns), ...rows.map((row) => line(columns.map((each) => row[each])))].join("\r\n") + "\r\n";
}

/** Sends a file to a form that the API gave; `onSent` is told the share that has gone, from 0 to 1. */
export function upload(opened, file, onSent) {
  const form = new FormData();
  for (const [name, value] of Object.entries(opened.Fields)) form.append(name, value);
  form.append("file", file);
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", opened.Url);
    request.upload.onprogress = (event) => event.lengthComputable && onSent?.(event.loaded / event.total);
    request.onload = () => request.status < 300 ? done() : fail(new Error(`The file was not taken (${request.status}). Send it again.`));
    request.onerror = () => fail(new Error("The connection broke while the file was being sent. Send it again."));
    request.send(form);
  });
}

/** Announces a file of rows and sends it; gives its id. */
export async function send(api, file, fields, onSent) {
  const opened = await api.write("POST", "/Files", { Name: file.name, Size: String(file.size), ...fields });
  await upload(opened.Upload, file, onSent);
  return opened.Uri.split("/").at(-1);
}

/** {job, start, clear}: one file at a time, followed until it is over. */
export function useJob(api) {
  const [job, setJob] = useState(null);
  const begin = useTurns();
  const start = async (file, fields) => {
    const wanted = begin();
    const put = (more) => wanted() && setJob((before) => ({ ...before, ...more }));
    setJob({ name: file.name, step: "sending", sent: 0, dry: fields.DryRun === "true" });
    try {
      const id = await send(api, file, fields, (sent) => put({ sent }));
      put({ step: "waiting", id });
      const read = () => api.get(`/Files/${encodeURIComponent(id)}`);
      const over = await follow(read, wanted, (told, lost) => put(lost ? { lost } : { told, lost, step: "running" }));
      if (over) put({ step: over.Status === "DONE" ? "done" : "failed" });
      return over;
    } catch (error) {
      put({ step: "failed", error });
    }
    return null;
  };
  return { job, start, clear: () => { begin(); setJob(null); } };
}

/** How far a job is, and what came of it. */
export function Job({ job }) {
  if (!job) return null;
  const { told } = job;
  const verb = job.dry ? "Trying" : "Working on";
  return html`<section class="job" aria-label="File" aria-live="polite">
    ${job.step === "sending" && html`<${Progress} done=${Math.round(job.sent * 100)} total="100" label=${`Sending ${job.name}`} />`}
    ${job.step === "waiting" && html`<${Progress} label=${`${job.name} has arrived and waits for its turn`} />`}
    ${job.step === "running" && html`<${Progress} done=${told.RowsDone || "0"} total=${told.RowsTotal} label=${`${verb} row ${count(told.RowsDone || "0")} of ${told.RowsTotal ? count(told.RowsTotal) : "…"}`} />`}
    ${job.step === "done" && html`<p><${Chip} of="DONE" tone="good">${job.dry ? "Tried, nothing is written" : "Done"}<//> <${Said} text=${job.name} /> · ${count(told.RowsTotal)} rows</p>`}
    ${job.step === "failed" && html`<${Failure} error=${job.error ?? new Error(told?.Fault || "The file could not be read.")} />`}
    ${job.lost && html`<p class="warning">${job.lost.message} The file is worked on meanwhile, and looked at again by itself.</p>`}
    ${told?.Warnings?.map((each) => html`<p key=${each} class="warning">${each}</p>`)}
    ${told?.Status === "DONE" && html`<${Results} file=${told} />`}
  </section>`;
}

/** {rows, counts}: the first rows of a result; and how many of all rows have which result, where
 * these are not all.
 */
async function read(file) {
  const answer = await fetch(file.ResultUri, { credentials: "omit", headers: { Range: `bytes=0-${READ_BYTES - 1}` } });
  if (!answer.ok) throw new Error("The result's link has expired. Open the file again.");
  const bytes = (await answer.arrayBuffer()).slice(0, READ_BYTES);
  const cut = bytes.byteLength === READ_BYTES;
  const rows = parse(new TextDecoder().decode(bytes), cut);
  if (!cut) return { rows, counts: null };
  const summary = await fetch(file.SummaryUri, { credentials: "omit" });
  if (!summary.ok) throw new Error("The result's link has expired. Open the file again.");
  return { rows, counts: (await summary.json()).results ?? null };
}

/** Results by their reason, each with how many `rows` have it. */
function grouped(rows) {
  const groups = new Map();
  for (const each of rows) {
    const key = `${each.Result} ${each.Code}`;
    groups.set(key, { ...each, rows: (groups.get(key)?.rows ?? 0) + 1 });
  }
  return [...groups.values()];
}

/** What came of a file's rows, with the first of them, and the whole to download. A sheet that was
 * ordered is only downloaded: its rows are to be filled in, and have no results.
 */
export function Results({ file }) {
  const { data, error, busy } = useLoaded(() => read(file), [file.Id]);
  if (error) return html`<${Failure} error=${error} /><${Download} file=${file} />`;
  if (!data) return busy && html`<${Loading} of="Reading the result" />`;
  const { rows, counts } = data;
  if (!rows.some((each) => each.Result)) return html`<${Download} file=${file} />`;
  const groups = grouped(rows);
  const all = counts && Object.entries(counts).map(([name, each]) => ({ Result: name, Code: "", rows: each.rows })).filter((each) => each.rows > 0);
  const first = [...rows].sort((one, other) => rank(one) - rank(other)).slice(0, SHOWN_ROWS);
  const columns = Object.keys(first[0]).filter((name) => ["Row", "Id", "Order Id", "Result", "Message"].includes(name));
  return html`<${Groups} of=${all ?? groups} />
    ${all && html`<p class="faint">Of the first ${count(rows.length)} rows:</p><${Groups} of=${groups} />`}
    ${first.length < rows.length && html`<p class="faint">${count(first.length)} rows are shown, those that were not done before the others.</p>`}
    <div class="scrolls tall" tabindex="0"><table class="table"><thead><tr>${columns.map((each) => html`<th scope="col" key=${each}>${each}</th>`)}</tr></thead>
    <tbody>${first.map((each, at) => html`<tr key=${at}>${columns.map((name) => html`<td key=${name} class=${["Id", "Order Id"].includes(name) ? "whole" : ""}>${name === "Result" ? html`<${Chip} tone=${toneOf(each)}>${words(each.Result)}<//>` : html`<${Said} text=${each[name]} empty="" />`}</td>`)}</tr>`)}</tbody></table></div>
    <${Download} file=${file} />`;
}

function Groups({ of }) {
  return html`<p class="groups">${of.map((each) => html`<${Chip} key=${each.Result + each.Code} tone=${toneOf(each)}>${count(each.rows)} ${words(each.Result)}${each.Code && each.Code !== "valid" ? `: ${words(each.Code)}` : ""}<//> `)}</p>`;
}

const DONE = ["APPLIED", "UNCHANGED"];
const rank = (row) => (DONE.includes(row.Result) ? 1 : 0);
const toneOf = (row) => (DONE.includes(row.Result) ? "good" : "bad");

function Download({ file }) {
  return html`<p class="actions"><span></span><span><a class="button" href=${file.ResultUri} download>Download all results</a>
    ${file.WorkbookUri && html` <a class="button" href=${file.WorkbookUri} download>As a workbook</a>`}</span></p>`;
}
