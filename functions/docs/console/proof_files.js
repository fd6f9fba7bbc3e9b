// A partner's evidence: files that prove a claim, sent to where they are scanned before anybody
// reads them.

import { html, useState } from "./preact.js";
import { count, words } from "./format.js";
import { upload } from "./jobs.js";
import { useLoaded } from "./loading.js";
import { Chip, Drop, Failure, Field, Progress, Said } from "./parts.js";

const TYPES = ["receipt", "order_confirmation", "screenshot", "correspondence", "other"];
const NOT_THERE = ["evidence_disabled", "resource_unknown", "not_found"];

export function ProofFiles({ api, inquiry, may }) {
  const path = `/ActionInquiries/${encodeURIComponent(inquiry.Id)}/Evidence`;
  const list = useLoaded(async () => (await api.get(path)).Evidence, [api, inquiry.Id]);
  const [type, setType] = useState("receipt");
  const [sent, setSent] = useState(null);
  const [failure, setFailure] = useState(null);
  if (list.error && NOT_THERE.includes(list.error.code)) return null;
  const give = async (file) => {
    setFailure(null);
    setSent(0);
    try {
      const opened = await api.write("POST", path, { Type: type, Name: file.name, Size: String(file.size), ContentType: file.type });
      await upload(opened.Upload, file, setSent);
      list.reload();
    } catch (error) {
      setFailure(error);
    }
    setSent(null);
  };
  return html`<section class="panel" aria-label="Evidence"><h2>Evidence</h2>
    ${list.data?.length === 0 && html`<p class="faint">None was given.</p>`}
    <ul class="plain">${(list.data ?? []).map((each) => html`<li key=${each.Id}><${Chip}>${words(each.Type)}<//> <${Said} text=${each.Name} /> <span class="faint">${count(each.Size)} bytes</span> <${Chip} of=${each.Status} /> ${each.Fault && html`<span class="faint">${each.Fault}</span>`}</li>`)}</ul>
    ${may && html`<${Field} label="What it is"><select value=${type} onChange=${(event) => setType(event.target.value)}>${TYPES.map((each) => html`<option key=${each} value=${each}>${words(each)}</option>`)}</select><//>
      <${Drop} accept=".pdf,.jpg,.jpeg,.png" disabled=${sent !== null} onFile=${give}><p><strong>Drop a file here</strong><br /><span class="faint">PDF, JPEG or PNG, up to 10 MB</span></p><//>`}
    ${sent !== null && html`<${Progress} done=${Math.round(sent * 100)} total="100" label="Sending" />`}
    <${Failure} error=${failure ?? list.error} />
  </section>`;
}
