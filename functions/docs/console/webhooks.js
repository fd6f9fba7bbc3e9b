// Endpoints that the account's events are sent to: whether they answer, what was sent, and a way to
// send it again.

import { html, useRef, useState } from "./preact.js";
import { count } from "./format.js";
import { isAnother, useForm } from "./form.js";
import { useLoaded } from "./loading.js";
import { Chip, Dialog, Empty, Facts, Failure, Field, Link, Loading, Said, When } from "./parts.js";
import { Table } from "./tables.js";

const TONES = { ENABLED: "good", FAILING: "bad", DISABLED: "bad", PENDING: "busy", DELIVERED: "good", FAILED: "bad" };

export function Webhooks({ api, place }) {
  const list = useLoaded(async () => (await api.get("/Webhooks")).Webhooks, [api]);
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState(null);
  const one = list.data?.find((each) => each.Id === place.id);
  return html`<div class="page">
    <header><div><h1>Webhooks</h1><p>Where your events are sent, signed and in their order.</p></div><button class="button main" type="button" onClick=${() => setMaking(true)}>Add an endpoint</button></header>
    <${Failure} error=${list.error} again=${list.reload} />
    ${list.busy && !list.data && html`<${Loading} of="Reading the endpoints" />`}
    ${secret && html`<div class="note warn" role="status"><span>The secret of <${Said} text=${secret.Url} /> is shown here alone: <code>${secret.Secret}</code></span><button class="quiet" type="button" onClick=${() => setSecret(null)}>I have kept it</button></div>`}
    ${list.data?.length === 0 && html`<div class="panel"><${Empty} title="No endpoint yet"><p>Events can be read by request as well.</p><//></div>`}
    ${list.data?.length > 0 && html`<div class="panel"><${Table} records=${list.data} columns=${[
      ["Endpoint", (each) => html`<${Link} to=${{ screen: "webhooks", id: each.Id }}><${Said} text=${each.Url} /><//>`],
      ["Events", (each) => (each.EventTypes.length ? html`<${Said} text=${each.EventTypes.join(", ")} />` : "All")],
      ["State", (each) => html`<${Chip} of=${each.State} tone=${TONES[each.State]} />`],
      ["Made", (each) => html`<${When} at=${each.CreationDate} time=${false} />`],
    ]} /></div>`}
    ${one && html`<${Endpoint} key=${one.Id} api=${api} endpoint=${one} reload=${list.reload} setSecret=${setSecret} />`}
    ${making && html`<${Make} api=${api} onClose=${() => setMaking(false)} onDone=${(made) => { setMaking(false); setSecret(made); list.reload(); }} />`}
  </div>`;
}

function Endpoint({ api, endpoint, reload, setSecret }) {
  const path = `/Webhooks/${encodeURIComponent(endpoint.Id)}`;
  const sent = useLoaded(async () => (await api.get(`${path}/Deliveries`)).Deliveries, [api, endpoint.Id]);
  const [failure, setFailure] = useState(null);
  const [asked, setAsked] = useState("");
  const act = async (method, more, fields) => {
    try {
      await api.write(method, path + more, fields);
      setFailure(null);
      reload();
      sent.reload();
    } catch (error) {
      setFailure(error);
    }
  };
  const on = endpoint.State !== "DISABLED";
  return html`<section class="panel" aria-label="Endpoint"><h2><${Said} text=${endpoint.Url} /></h2>
    <${Facts} of=${[["State", html`<${Chip} of=${endpoint.State} tone=${TONES[endpoint.State]} />`], ["Why", endpoint.Reason], ["Failing since", endpoint.FailingSince && html`<${When} at=${endpoint.FailingSince} />`], ["What it is", endpoint.Description && html`<${Said} text=${endpoint.Description} />`], ["Last event", endpoint.LastEventId]]} />
    <div class="actions"><span><button class="button" type="button" onClick=${() => act("PUT", "", { Enabled: on ? "false" : "true" })}>${on ? "Turn off" : "Turn on"}</button> <button class="button" type="button" onClick=${() => setAsked("secret")}>New secret</button></span>
      <button class="button" type="button" onClick=${() => setAsked("delete")}>Delete</button></div>
    ${asked && html`<${Confirm} ...${CONFIRMED[asked]} api=${api} path=${path} onClose=${() => setAsked("")} onDone=${(told) => { setAsked(""); if (asked === "secret") setSecret(told); reload(); }} />`}
    <${Failure} error=${failure ?? sent.error} />
    ${sent.data?.length === 0 && html`<p class="faint">Nothing was sent yet.</p>`}
    ${sent.data?.length > 0 && html`<${Table} tall records=${sent.data} columns=${[
      ["Event", (each) => html`<span>${each.EventType} <small>${each.EventId}</small></span>`],
      ["State", (each) => html`<${Chip} of=${each.State} tone=${TONES[each.State]} />`],
      ["Tries", (each) => count(each.Tries.length), "number"],
      ["Made", (each) => html`<${When} at=${each.CreationDate} />`],
      ["", (each) => html`<button class="button" type="button" onClick=${() => act("POST", `/Deliveries/${encodeURIComponent(each.Id)}/Replay`, {})}>Send again</button>`, "number"],
    ]} />`}</section>`;
}

const CONFIRMED = {
  secret: { title: "Give it a new secret?", does: "New secret", method: "POST", more: "/Rotate", said: "It is shown once. For 24 hours the old one signs beside it." },
  delete: { title: "Delete this endpoint?", does: "Delete", method: "DELETE", more: "", said: "Nothing is sent to it any more, and what was sent is no longer listed. That cannot be undone." },
};

/** Asks before what cannot be taken back. */
function Confirm({ api, path, title, does, method, more, said, onClose, onDone }) {
  const [failure, setFailure] = useState(null);
  const [busy, setBusy] = useState(false);
  const key = useRef(crypto.randomUUID());
  const act = () => {
    setBusy(true);
    api.write(method, path + more, {}, key.current).then(onDone, (error) => {
      if (isAnother(error)) key.current = crypto.randomUUID();
      setFailure(error);
      setBusy(false);
    });
  };
  return html`<${Dialog} title=${title} onClose=${onClose}><p>${said}</p><${Failure} error=${failure} />
    <div class="actions"><button class="button" type="button" onClick=${onClose}>Cancel</button><button class="button main" type="button" disabled=${busy} onClick=${act}>${does}</button></div><//>`;
}

function Make({ api, onClose, onDone }) {
  const { fields, set, fault, send, failure } = useForm(api, "/Webhooks", { Url: "", Description: "", EventTypes: "" }, onDone);
  return html`<${Dialog} title="Add an endpoint" onClose=${onClose}><form class="form" onSubmit=${send}>
    <${Field} label="URL" hint="https, a public name." fault=${fault("Url")}><input type="url" required maxlength="1000" value=${fields.Url} onInput=${set("Url")} /><//>
    <${Field} label="Events" hint="With commas between them; blank: all." fault=${fault("EventTypes")}><input value=${fields.EventTypes} onInput=${set("EventTypes")} /><//>
    <${Field} label="What it is" fault=${fault("Description")}><input maxlength="200" value=${fields.Description} onInput=${set("Description")} /><//>
    ${failure && html`<${Failure} error=${failure} />`}
    <div class="actions"><button class="button" type="button" onClick=${onClose}>Cancel</button><button class="button main" type="submit">Add</button></div></form><//>`;
}
