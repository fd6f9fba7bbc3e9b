// A file of rows as one job: it is announced, sent to where files arrive, and followed until all its
// rows have results. Its result is a table, of which the first rows are shown.

import { html, useEffect, useRef, useState } from "./preact.js";
import { count, words } from "./format.js";
import { useLoaded } from "./loading.js";
import { Chip, Failure, Loading, Progress, Said } from "./parts.js";

const LOOK_AGAIN = 1_000;
const SHOWN_BYTES = 262_143;
const SHOWN_ROWS = 200;

/** Rows of a CSV text, as objects by its header; a cell may be quoted. */
export function parse(text) {
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
  if (cell || line.length) lines.push([...line, cell]);
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
  const turn = useRef(0);
  useEffect(() => () => { turn.current += 1; }, []);
  const start = async (file, fields) => {
    const mine = (turn.current += 1);
    const put = (more) => mine === turn.current && setJob((before) => ({ ...before, ...more }));
    setJob({ name: file.name, step: "sending", sent: 0, dry: fields.DryRun === "true" });
    try {
      const id = await send(api, file, fields, (sent) => put({ sent }));
      put({ step: "waiting", id });
      for (let told; mine === turn.current;) {
        told = await api.get(`/Files/${encodeURIComponent(id)}`);
        put({ told, step: "running" });
        if (["DONE", "FAILED"].includes(told.Status)) {
          put({ step: told.Status === "DONE" ? "done" : "failed" });
          return told;
        }
        await new Promise((next) => setTimeout(next, LOOK_AGAIN));
      }
    } catch (error) {
      put({ step: "failed", error });
    }
    return null;
  };
  return { job, start, clear: () => { turn.current += 1; setJob(null); } };
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
    ${told?.Warnings?.map((each) => html`<p key=${each} class="warning">${each}</p>`)}
    ${told?.Status === "DONE" && html`<${Results} file=${told} />`}
  </section>`;
}

/** The first rows of a result, those that were not done before all others; and the whole to download. */
export function Results({ file }) {
  const { data, error, busy } = useLoaded(async () => {
    const answer = await fetch(file.ResultUri, { credentials: "omit", headers: { Range: `bytes=0-${SHOWN_BYTES}` } });
    if (!answer.ok) throw new Error("The result's link has expired. Open the file again.");
    return parse(await answer.text());
  }, [file.Id]);
  if (error) return html`<${Failure} error=${error} /><${Download} file=${file} />`;
  if (!data) return busy && html`<${Loading} of="Reading the result" />`;
  const groups = new Map();
  for (const each of data) {
    const key = `${each.Result} ${each.Code}`;
    groups.set(key, { ...each, rows: (groups.get(key)?.rows ?? 0) + 1 });
  }
  const first = [...data].sort((one, other) => rank(one) - rank(other)).slice(0, SHOWN_ROWS);
  const columns = Object.keys(first[0] ?? {}).filter((name) => ["Row", "Id", "Order Id", "Result", "Message"].includes(name));
  return html`<p class="groups">${[...groups.values()].map((each) => html`<${Chip} key=${each.Result + each.Code} tone=${toneOf(each)}>${count(each.rows)} ${words(each.Result)}${each.Code && each.Code !== "valid" ? `: ${words(each.Code)}` : ""}<//> `)}</p>
    <div class="scrolls tall" tabindex="0"><table class="table"><thead><tr>${columns.map((each) => html`<th scope="col" key=${each}>${each}</th>`)}</tr></thead>
    <tbody>${first.map((each, at) => html`<tr key=${at}>${columns.map((name) => html`<td key=${name} class=${["Id", "Order Id"].includes(name) ? "whole" : ""}>${name === "Result" ? html`<${Chip} tone=${toneOf(each)}>${words(each.Result)}<//>` : html`<${Said} text=${each[name]} empty="" />`}</td>`)}</tr>`)}</tbody></table></div>
    <${Download} file=${file} />`;
}

const DONE = ["APPLIED", "UNCHANGED"];
const rank = (row) => (DONE.includes(row.Result) ? 1 : 0);
const toneOf = (row) => (DONE.includes(row.Result) ? "good" : "bad");

function Download({ file }) {
  return html`<p class="actions"><span></span><span><a class="button" href=${file.ResultUri} download>Download all results</a>
    ${file.WorkbookUri && html` <a class="button" href=${file.WorkbookUri} download>As a workbook</a>`}</span></p>`;
}
