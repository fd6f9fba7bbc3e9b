// Actions that wait for somebody: those of open-ended contracts, and those outside of terms. Each is
// approved or reversed after a look at what that does; several that are alike, one after another.

import { html, useRef, useState } from "./preact.js";
import { isAnother } from "./form.js";
import { count, sum, words } from "./format.js";
import { failureOf, useLoaded } from "./loading.js";
import { Chip, Dialog, Empty, Facts, Failure, Field, Loading, Money, Said, When } from "./parts.js";
import { go } from "./router.js";
import { Table } from "./tables.js";

const CODES = ["REJECTED", "CONS_INFO_INVALID", "CONS_ERROR", "CONS_FRAUD", "ITEM_RETURNED", "ITEM_OUT_OF_STOCK", "ORDER_ERROR",
  "PUB_ACT_DISPUTE", "ADV_ACT_DISPUTE", "NOT_COMPLIANCE_TERMS", "MP_RETURNED", "CREDITED_DIFFERENT_MP", "TEST_ACTION", "OTHER"];

export function Approvals({ api, session, place }) {
  const campaigns = useLoaded(() => api.all("/Campaigns", "Campaigns"), [api]);
  const campaign = campaigns.data?.find((each) => each.Id === place.query.CampaignId) ?? campaigns.data?.[0];
  const filter = campaign && { CampaignId: campaign.Id, AwaitingApproval: "true" };
  const list = useLoaded(async () => (filter ? api.all("/Actions", "Actions", filter, 2_000) : null), [api, campaign?.Id]);
  const [done, setDone] = useState(() => new Map());
  const [asked, setAsked] = useState(null);
  const failed = failureOf(campaigns, list);
  const none = campaigns.data?.length === 0;
  const waiting = (list.data ?? []).filter((each) => !done.has(each.Id));
  const may = ["FINANCE", "ADMIN"].includes(session.Role);
  return html`<div class="page">
    <header><div><h1>Approvals</h1><p>Open-ended actions, and those outside of terms. Nothing is paid before somebody approves it.</p></div>
      ${campaigns.data?.length > 1 && html`<select aria-label="Campaign" value=${campaign.Id} onChange=${(event) => go({ screen: "approvals", query: { CampaignId: event.target.value } })}>${campaigns.data.map((each) => html`<option key=${each.Id} value=${each.Id}>${each.Name}</option>`)}</select>`}</header>
    <${Failure} ...${failed} />
    ${none && html`<div class="panel"><${Empty} title="No campaign yet" /></div>`}
    ${!failed.error && !list.data && !none && html`<${Loading} of="Reading what waits" />`}
    ${[...done.values()].map((each) => html`<div class="note" key=${each.Id} role="status"><span><strong>${each.did}</strong> <${Said} text=${each.Oid} /> · <${Money} of=${each.IntendedPayout} currency=${each.Currency} /></span></div>`)}
    ${list.data && !waiting.length && html`<div class="panel"><${Empty} title="Nothing waits for an approval"><p>What a contract locks by itself does not come here.</p><//></div>`}
    ${waiting.length > 0 && html`<div class="panel"><p class="sums"><strong>${count(waiting.length)}</strong> ${waiting.length === 1 ? "action" : "actions"}
        ${[...new Set(waiting.map((each) => each.Currency))].map((currency) => html` <span key=${currency}>· <${Money} of=${sum(waiting.filter((each) => each.Currency === currency).map((each) => each.IntendedPayout))} currency=${currency} /></span>`)}</p>
      <${Table} records=${waiting} columns=${[
        ["Order", (each) => html`<${Said} text=${each.Oid} />`],
        ["Partner", (each) => html`<${Said} text=${each.MediaPartnerName} />`],
        ["Ordered", (each) => html`<${When} at=${each.EventDate} time=${false} />`],
        ["Why it waits", (each) => html`<span><${Chip} of=${each.StateDetail} tone="warn" title=${each.StateDetailDescription} /> <small>${each.Note}</small></span>`],
        ["Sale", (each) => html`<${Money} of=${each.IntendedAmount} currency=${each.Currency} />`, "number"],
        ["Payout", (each) => html`<${Money} of=${each.IntendedPayout} currency=${each.Currency} />`, "number"],
        may && ["", (each) => html`<button class="button" type="button" onClick=${() => setAsked({ action: each, verb: "approve" })}>Approve</button> <button class="button" type="button" onClick=${() => setAsked({ action: each, verb: "reverse" })}>Reverse</button>`, "number"],
      ]} /></div>`}
    ${asked && html`<${Ask} api=${api} ...${asked} onClose=${() => setAsked(null)} onDone=${(did) => { setDone(new Map(done).set(asked.action.Id, { ...asked.action, did })); setAsked(null); }} />`}
  </div>`;
}

function Ask({ api, action, verb, onClose, onDone }) {
  const [code, setCode] = useState("REJECTED");
  const [failure, setFailure] = useState(null);
  const [busy, setBusy] = useState(false);
  const [method, fields] = verb === "approve" ? ["PUT", { Reason: "APPROVED" }] : ["DELETE", { DispositionCode: code }];
  const path = `/Actions/${encodeURIComponent(action.Id)}`;
  const key = useRef(crypto.randomUUID());
  const preview = useLoaded(() => api.preview(method, path, fields), [verb, code]);
  const told = preview.data?.Preview;
  const act = async () => {
    setBusy(true);
    try {
      await api.write(method, path, fields, key.current);
      onDone(verb === "approve" ? "Approved" : "Reversed");
    } catch (error) {
      if (isAnother(error)) key.current = crypto.randomUUID();
      setFailure(error);
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${verb === "approve" ? "Approve this action?" : "Reverse this action?"} onClose=${onClose}>
    <${Facts} of=${[["Order", html`<${Said} text=${action.Oid} />`], ["Partner", html`<${Said} text=${action.MediaPartnerName} />`], ["Intended payout", html`<${Money} of=${action.IntendedPayout} currency=${action.Currency} />`], ["Why it waits", action.StateDetailDescription]]} />
    ${verb === "reverse" && html`<${Field} label="Reason"><select value=${code} onChange=${(event) => setCode(event.target.value)}>${CODES.map((each) => html`<option key=${each} value=${each}>${words(each)}</option>`)}</select><//>`}
    <${Failure} error=${failure} /><${Failure} error=${preview.error} again=${preview.reload} />
    ${told && html`<div class="preview"><${Facts} of=${[["Would be", html`<${Chip} of=${told.State} />`], ["Payout", told.Payout && html`<${Money} of=${told.Payout} currency=${told.Currency} />`], ["Locks", told.LockingDate && html`<${When} at=${told.LockingDate} time=${false} />`], ["Paid", told.ClearingDate && html`<${When} at=${told.ClearingDate} time=${false} />`], ["Funds after", told.FundsAfter && html`<${Money} of=${told.FundsAfter} currency=${told.Currency} />`]]} />${told.Explanation && html`<p class="faint">${told.Explanation}</p>`}</div>`}
    <div class="actions"><button class="button" type="button" onClick=${onClose}>Cancel</button><button class="button main" type="button" disabled=${busy || Boolean(preview.error)} onClick=${act}>${verb === "approve" ? "Approve" : "Reverse"}</button></div>
  <//>`;
}
