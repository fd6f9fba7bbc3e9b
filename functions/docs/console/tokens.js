// The tokens of the account: which machines sign in for it, and with what rights.

import { html, useState } from "./preact.js";
import { useForm } from "./form.js";
import { useLoaded } from "./loading.js";
import { Chip, Dialog, Empty, Failure, Field, Loading, Said, When } from "./parts.js";
import { Table } from "./tables.js";

const TONES = { VALID: "good", REVOKED: "" };

/** A token's id without the account, which is the same in all of them. */
const short = (id) => id.split(".").at(-1);

export function Tokens({ api }) {
  const list = useLoaded(async () => (await api.get("/Tokens")).Tokens, [api]);
  const [making, setMaking] = useState(false);
  const [ending, setEnding] = useState(null);
  const [made, setMade] = useState(null);
  return html`<div class="page">
    <header><div><h1>Tokens</h1><p>Machines that sign in for this account. Ten may be valid at once.</p></div><button class="button main" type="button" onClick=${() => setMaking(true)}>Make a token</button></header>
    <${Failure} error=${list.error} again=${list.reload} />
    ${list.busy && !list.data && html`<${Loading} of="Reading the tokens" />`}
    ${made && html`<div class="note warn" role="status"><span>The token of <${Said} text=${made.Name} /> is shown here alone: <code>${made.Token}</code></span><button class="quiet" type="button" onClick=${() => setMade(null)}>I have kept it</button></div>`}
    ${list.data?.length === 0 && html`<div class="panel"><${Empty} title="No token yet"><p>A machine needs one to file, decide or read for you.</p><//></div>`}
    ${list.data?.length > 0 && html`<div class="panel"><${Table} records=${list.data} columns=${[
      ["What uses it", (each) => html`<span>${each.Name ? html`<${Said} text=${each.Name} />` : html`<span class="faint">Made by the operator</span>`} <small><code>${short(each.Id)}</code></small></span>`],
      ["Opens", (each) => html`<span>${each.Scopes.includes("*") ? "Everything" : each.Scopes.join(", ")}${each.ReadOnly === "true" && html` <${Chip}>Reads only<//>`}</span>`],
      ["State", (each) => html`<${Chip} of=${each.State} tone=${TONES[each.State]} />`],
      ["Made", (each) => html`<span><${When} at=${each.CreationDate} time=${false} />${each.CreatedBy && html` <small>by <${Said} text=${each.CreatedBy} /></small>`}</span>`],
      ["Last used", (each) => (each.LastUseDate ? html`<${When} at=${each.LastUseDate} />` : html`<span class="faint">Never</span>`)],
      ["", (each) => each.State === "VALID" && html`<button class="button" type="button" aria-label=${`Revoke ${each.Name || short(each.Id)}`} onClick=${() => setEnding(each)}>Revoke</button>`, "number"],
    ]} /></div>`}
    ${making && html`<${Make} api=${api} onClose=${() => setMaking(false)} onDone=${(token) => { setMaking(false); setMade(token); list.reload(); }} />`}
    ${ending && html`<${Revoke} api=${api} token=${ending} onClose=${() => setEnding(null)} onDone=${() => { setEnding(null); list.reload(); }} />`}
  </div>`;
}

function Make({ api, onClose, onDone }) {
  const { fields, set, fault, send, failure } = useForm(api, "/Tokens", { Name: "", Scopes: "", ReadOnly: "false" }, onDone);
  return html`<${Dialog} title="Make a token" onClose=${onClose}><form class="form" onSubmit=${send}>
    <${Field} label="What uses it" hint="As in: nightly import." fault=${fault("Name")}><input required maxlength="100" value=${fields.Name} onInput=${set("Name")} /><//>
    <${Field} label="Opens" hint="Collections like Files, ActionInquiries; blank: everything." fault=${fault("Scopes")}><input value=${fields.Scopes} onInput=${set("Scopes")} /><//>
    <${Field} label="It may" fault=${fault("ReadOnly")}><select value=${fields.ReadOnly} onChange=${set("ReadOnly")}><option value="false">Read and write</option><option value="true">Only read</option></select><//>
    ${failure && html`<${Failure} error=${failure} />`}
    <div class="actions"><button class="button" type="button" onClick=${onClose}>Cancel</button><button class="button main" type="submit">Make it</button></div></form><//>`;
}

function Revoke({ api, token, onClose, onDone }) {
  const [failure, setFailure] = useState(null);
  const send = () => api.write("DELETE", `/Tokens/${encodeURIComponent(token.Id)}`).then(onDone, setFailure);
  return html`<${Dialog} title="Revoke this token?" onClose=${onClose}>
    <p>Whatever signs in with ${token.Name ? html`the token of <${Said} text=${token.Name} />` : html`<code>${short(token.Id)}</code>`} is refused within a minute. This cannot be undone.</p>
    <${Failure} error=${failure} />
    <div class="actions"><button class="button" type="button" onClick=${onClose}>Cancel</button><button class="button main" type="button" onClick=${send}>Revoke</button></div><//>`;
}
