// The people of the account: who they are, what they may do, and an invitation.

import { html, useState } from "./preact.js";
import { words } from "./format.js";
import { useForm } from "./form.js";
import { useLoaded } from "./loading.js";
import { Chip, Dialog, Failure, Field, Loading, Said } from "./parts.js";
import { Table } from "./tables.js";

const ROLES = [["REVIEWER", "Reviewer: inquiries, and files of decisions and orders"], ["FINANCE", "Finance: actions, approvals, funds and statements"], ["VIEWER", "Viewer: reads everything, changes nothing"], ["ADMIN", "Admin: everything of the account"]];

export function People({ api }) {
  const list = useLoaded(async () => (await api.get("/People")).People, [api]);
  const [inviting, setInviting] = useState(false);
  const [failure, setFailure] = useState(null);
  const mailed = api.session.Audience === "ADVERTISER";
  const change = async (person, fields) => {
    try {
      await api.write("PUT", `/People/${encodeURIComponent(person.Id)}`, fields);
      setFailure(null);
    } catch (error) {
      setFailure(error);
    }
    list.reload();
  };
  return html`<div class="page">
    <header><div><h1>People</h1><p>Who signs in for this account.</p></div><button class="button main" type="button" onClick=${() => setInviting(true)}>Invite somebody</button></header>
    <${Failure} error=${failure ?? list.error} again=${list.error && list.reload} />
    ${list.busy && !list.data && html`<${Loading} of="Reading who there is" />`}
    ${list.data && html`<div class="panel"><${Table} records=${list.data} columns=${[
      ["Name", (each) => html`<${Said} text=${each.Name} />`],
      ["E-mail", (each) => html`<${Said} text=${each.Email} />`],
      ["Role", (each) => html`<select aria-label=${`Role of ${each.Name}`} value=${each.Role} onChange=${(event) => change(each, { Role: event.target.value })}>${ROLES.map(([code]) => html`<option key=${code} value=${code}>${words(code)}</option>`)}</select>`],
      ["State", (each) => html`<${Chip} of=${each.State} />`],
      mailed && ["E-mails", (each) => html`<input type="checkbox" aria-label=${`E-mails to ${each.Name}`} checked=${each.Mails === "true"} onChange=${(event) => change(each, { Mails: String(event.target.checked) })} />`],
      ["", (each) => (each.State === "DISABLED" ? html`<button class="button" type="button" onClick=${() => change(each, { State: "ACTIVE" })}>Let in again</button>` : html`<button class="button" type="button" onClick=${() => change(each, { State: "DISABLED" })}>Keep out</button>`), "number"],
    ]} /></div>`}
    ${inviting && html`<${Invite} api=${api} onClose=${() => setInviting(false)} onDone=${() => { setInviting(false); list.reload(); }} />`}
  </div>`;
}

function Invite({ api, onClose, onDone }) {
  const { fields, set, fault, send, failure } = useForm(api, "/People", { Email: "", Name: "", Role: "REVIEWER" }, onDone);
  return html`<${Dialog} title="Invite somebody" onClose=${onClose}><form class="form" onSubmit=${send}>
    <${Field} label="E-mail" fault=${fault("Email")}><input type="email" required value=${fields.Email} onInput=${set("Email")} /><//>
    <${Field} label="Name" hint="What others read as who decided." fault=${fault("Name")}><input required maxlength="100" value=${fields.Name} onInput=${set("Name")} /><//>
    <${Field} label="Role" fault=${fault("Role")}><select value=${fields.Role} onChange=${set("Role")}>${ROLES.map(([code, text]) => html`<option key=${code} value=${code}>${text}</option>`)}</select><//>
    ${failure && html`<${Failure} error=${failure} />`}
    <div class="actions"><button class="button" type="button" onClick=${onClose}>Cancel</button><button class="button main" type="submit">Invite</button></div></form><//>`;
}
