// The files that prove a claim. They are never shown here: a link of five minutes downloads one from
// where it is kept, which is another origin than the console's.

import { html, useEffect, useState } from "./preact.js";
import { count, words } from "./format.js";
import { Chip, Failure, Said, When } from "./parts.js";

const NOT_THERE = ["evidence_disabled", "resource_unknown", "not_found"];

export function Evidence({ api, inquiry, dossier }) {
  const [failure, setFailure] = useState(null);
  useEffect(() => { dossier?.ask("evidence"); }, [dossier]);
  const part = dossier?.parts.evidence;
  if (part?.error && NOT_THERE.includes(part.error.code)) return null;
  const open = async (each) => {
    try {
      const path = `/ActionInquiries/${encodeURIComponent(inquiry.Id)}/Evidence/${encodeURIComponent(each.Id)}/Link`;
      const { Url: url } = await api.get(path);
      window.open(url, "_blank", "noopener,noreferrer");
      setFailure(null);
    } catch (error) {
      setFailure(error);
    }
  };
  const files = part?.data ?? [];
  return html`<section id="evidence" tabindex="-1" aria-label="Evidence">
    <h2>Evidence</h2>
    ${files.length === 0 && html`<p class="faint">${part && !part.busy ? "None was given." : "Looking …"}</p>`}
    <ul class="plain">${files.map((each) => html`<li key=${each.Id}><${Chip}>${words(each.Type)}<//> <${Said} text=${each.Name} />
      <span class="faint"> ${count(each.Size)} bytes · <${When} at=${each.CreationDate} /></span> <${Chip} of=${each.Status} />
      ${each.Fault && html` <span class="faint">${each.Fault}</span>`}
      ${each.LinkUri && html` <button class="quiet" type="button" onClick=${() => open(each)}>Download</button>`}</li>`)}</ul>
    <${Failure} error=${failure ?? part?.error} />
  </section>`;
}
