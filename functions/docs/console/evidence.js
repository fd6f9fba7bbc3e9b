// The files that prove a claim, as both sides see them. They are never shown here: a link of five
// minutes downloads one from where it is kept, which is another origin than the console's. What is
// added is scanned before anybody reads it.

import { html, useEffect, useRef, useState } from "./preact.js";
import { count, words } from "./format.js";
import { upload } from "./jobs.js";
import { useLoaded } from "./loading.js";
import { Chip, Drop, Failure, Field, Progress, Said, When } from "./parts.js";
import { isOpen } from "./states.js";

const TYPES = ["receipt", "order_confirmation", "screenshot", "correspondence", "other"];
const NOT_THERE = ["evidence_disabled", "resource_unknown", "not_found"];
const LOOK_AGAIN = 2_000;
const LOOK_AGAIN_MAX = 60_000;

const path = (inquiryId) => `/ActionInquiries/${encodeURIComponent(inquiryId)}/Evidence`;

/** Whether this side may add to it: while it is open; a partner also before it appeals a decline. */
function takesMore(inquiry, audience) {
  const appealable = inquiry.ResolutionStatus === "DECLINED" && !inquiry.AppealState && !inquiry.AppealOf;
  return isOpen(inquiry) || (audience === "PARTNER" && appealable);
}

/** `ready` is whether it may be read already, `may` whether this person may add to it. */
export function Evidence({ api, inquiry, ready = true, may, panel = false }) {
  const list = useLoaded(async () => (ready ? (await api.get(path(inquiry.Id))).Evidence : undefined), [api, inquiry.Id, ready]);
  useLookedAtAgain(list);
  if (list.error && NOT_THERE.includes(list.error.code)) return null;
  const adds = may && takesMore(inquiry, api.session.Audience);
  return html`<section id="evidence" class=${panel ? "panel" : ""} tabindex="-1" aria-label="Evidence"><h2>Evidence</h2>
    ${!list.data?.length && html`<p class="faint">${list.data ? "None was given." : "Looking …"}</p>`}
    <ul class="plain">${(list.data ?? []).map((each) => html`<${File} key=${each.Id} api=${api} file=${each} />`)}</ul>
    <${Failure} error=${list.error} again=${list.reload} />
    ${adds && html`<${Add} key=${inquiry.Id} api=${api} inquiry=${inquiry} onDone=${list.reload} />`}
  </section>`;
}

/** Reads the list again while a file of it waits for the scanner, less and less often. */
function useLookedAtAgain(list) {
  const wait = useRef(LOOK_AGAIN);
  useEffect(() => {
    if (!list.data?.some((each) => each.Status === "AWAITED")) {
      wait.current = LOOK_AGAIN;
      return undefined;
    }
    const timer = setTimeout(list.reload, wait.current);
    wait.current = Math.min(wait.current * 1.5, LOOK_AGAIN_MAX);
    return () => clearTimeout(timer);
  }, [list.data]);
}

/** One file; the link is of the inquiry that it was given for, which may be the one that is appealed. */
function File({ api, file }) {
  const [failure, setFailure] = useState(null);
  const open = async () => {
    try {
      const { Url: url } = await api.get(`${path(file.InquiryId)}/${encodeURIComponent(file.Id)}/Link`);
      window.open(url, "_blank", "noopener,noreferrer");
      setFailure(null);
    } catch (error) {
      setFailure(error);
    }
  };
  return html`<li><${Chip}>${words(file.Type)}<//> <${Said} text=${file.Name} />
    <span class="faint"> ${words(file.Side)} · ${count(file.Size)} bytes · <${When} at=${file.CreationDate} /></span> <${Chip} of=${file.Status} />
    ${file.Fault && html` <span class="faint">${file.Fault}</span>`}
    ${file.LinkUri && html` <button class="quiet" type="button" onClick=${open}>Download</button>`}
    <${Failure} error=${failure} /></li>`;
}

function Add({ api, inquiry, onDone }) {
  const [type, setType] = useState("receipt");
  const [sent, setSent] = useState(null);
  const [failure, setFailure] = useState(null);
  const give = async (file) => {
    setFailure(null);
    setSent(0);
    try {
      const opened = await api.write("POST", path(inquiry.Id), { Type: type, Name: file.name, Size: String(file.size), ContentType: file.type });
      await upload(opened.Upload, file, setSent);
      onDone();
    } catch (error) {
      setFailure(error);
    }
    setSent(null);
  };
  return html`<details class="more" open=${api.session.Audience === "PARTNER"}><summary>Add evidence</summary><div class="form">
    <${Field} label="What it is"><select value=${type} onChange=${(event) => setType(event.target.value)}>${TYPES.map((each) => html`<option key=${each} value=${each}>${words(each)}</option>`)}</select><//>
    <${Drop} accept=".pdf,.jpg,.jpeg,.png" disabled=${sent !== null} onFile=${give}><p><strong>Drop a file here</strong><br /><span class="faint">PDF, JPEG or PNG, up to 10 MB</span></p><//>
    ${sent !== null && html`<${Progress} done=${Math.round(sent * 100)} total="100" label=${`Sending ${Math.round(sent * 100)}%`} />`}
    <${Failure} error=${failure} /></div></details>`;
}
