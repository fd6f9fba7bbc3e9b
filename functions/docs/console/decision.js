// The decision about one inquiry, with what it would do before anything is done.

import { html, useLayoutEffect, useRef, useState } from "./preact.js";
import { REASONS, acceptance, again, amountsOf, decline, question, said, trackers, usualChoice } from "./decisions.js";
import { count, instant, isAmount } from "./format.js";
import { useLoaded, useSettled } from "./loading.js";
import { Chip, Facts, Failure, Field, Loading, Money, When } from "./parts.js";
import { isOpen, stateOf } from "./states.js";


export function DecisionPane(given) {
  const { inquiry, entry, mayDecide } = given;
  if (entry) return html`<${Decided} entry=${entry} outbox=${given.outbox} />`;
  if (!isOpen(inquiry)) return html`<${Outcome} inquiry=${inquiry} />`;
  if (!mayDecide) return html`<div class="choice"><h2>Decision</h2><p>Your role may read inquiries and not decide them.</p></div>`;
  return html`<${Choice} ...${given} />`;
}

/** What was decided here a moment ago. */
function Decided({ entry, outbox }) {
  const told = { held: "It is written in a few seconds.", sending: "It is being written.", unsent: "It is not sent: there is no connection.", refused: "It was not written." };
  return html`<div class="choice"><h2>${entry.words}</h2><p>${told[entry.state]}</p>
    ${entry.state === "held" && html`<button class="button" type="button" onClick=${() => outbox.undo(entry.key)}>Undo <kbd>u</kbd></button>`}
    ${entry.state === "refused" && html`<${Failure} error=${entry.error} /><button class="button" type="button" onClick=${() => outbox.dismiss(entry.key)}>Decide again</button>`}
  </div>`;
}

/** What became of an inquiry that is decided. */
function Outcome({ inquiry }) {
  return html`<div class="choice"><h2>${stateOf(inquiry.ResolutionStatus)}</h2>
    <${Facts} of=${[
      ["Decided by", inquiry.DecidedBy], ["On", inquiry.ResolutionDate && html`<${When} at=${inquiry.ResolutionDate} />`], ["Reason", inquiry.RejectReason],
      ["Payout", inquiry.FinalPayout && html`<${Money} of=${inquiry.FinalPayout} currency=${inquiry.Currency} />`], ["Action", inquiry.ActionId],
    ]} /></div>`;
}

/** The choice of a decision. What is written for one kind of decision stays while somebody looks at
 * another. `byKey` is given what the keys of the screen do here: {accept, decline(reason)}.
 */
function Choice({ api, inquiry, campaign, dossier, mode, setMode, decide, last, byKey }) {
  const events = trackers(campaign);
  const [tracker, setTracker] = useState(events[0]?.id ?? "");
  const [paidOn, setPaidOn] = useState({ choice: "", other: "" });
  const [payout, setPayout] = useState("");
  const [notes, setNotes] = useState({ accept: "", decline: "", ask: "" });
  const note = (kind) => ({ notes: notes[kind], setNotes: (text) => setNotes((before) => ({ ...before, [kind]: text })) });
  const amounts = { ...amountsOf(inquiry), other: paidOn.other };
  const choice = paidOn.choice in amounts ? paidOn.choice : usualChoice(inquiry);
  const amount = amounts[choice];
  const fields = isAmount(amount) ? acceptance(inquiry, campaign, { amount, tracker, payout, notes: notes.accept }) : null;
  const accept = () => { if (fields) decide(fields); else setMode("accept"); };
  const declining = (reason) => decide(decline(inquiry, reason, notes.decline));
  byKey.current = { accept, decline: declining };
  const preview = usePreview({ api, inquiry, campaign, dossier, fields });
  const first = inquiry.FirstDecision;
  return html`<div class="choice">
    ${inquiry.Awaits === "SECOND" && html`<div class="note warn"><span>It waits for a second person. ${first?.DecidedBy ?? "The first"} decided: ${stateOf(first?.Status)}${first?.Amount ? `, ${first.Amount} ${inquiry.Currency}` : ""}. Decide the same to confirm it.</span></div>`}
    <div class="tabs" role="group" aria-label="Decision">
      <button type="button" aria-pressed=${mode === "accept"} onClick=${() => setMode("accept")}>Accept</button>
      <button type="button" aria-pressed=${mode === "decline"} onClick=${() => setMode("decline")}>Decline <kbd>d</kbd></button>
      <button type="button" aria-pressed=${mode === "ask"} onClick=${() => setMode("ask")}>Ask <kbd>i</kbd></button>
    </div>
    ${mode === "accept" && html`
      ${events.length > 1 && html`<${Field} label="What is credited"><select value=${tracker} onChange=${(event) => setTracker(event.target.value)}>${events.map((each) => html`<option key=${each.id} value=${each.id}>${each.name}</option>`)}</select><//>`}
      <${PaidOn} amounts=${amounts} currency=${inquiry.Currency} choice=${choice} set=${(part) => setPaidOn((before) => ({ ...before, choice, ...part }))} />
      ${fields && html`<${Preview} part=${preview} retry=${() => dossier?.again("preview")} currency=${inquiry.Currency} />`}
      <button class="button main" type="button" disabled=${!fields} onClick=${accept}>Accept <kbd>a</kbd></button>
      <details class="more"><summary>Another payout, or a comment</summary>
        <${Field} label="Payout" hint="The contract computes it if you leave it out."><input inputmode="decimal" value=${payout} onInput=${(event) => setPayout(event.target.value.trim())} /><//>
        <${Field} label="Comment for the partner"><textarea rows="2" maxlength="2000" value=${notes.accept} onInput=${(event) => note("accept").setNotes(event.target.value)}></textarea><//>
      </details>`}
    ${mode === "decline" && html`<${Reasons} ...${note("decline")} declining=${declining} />`}
    ${mode === "ask" && html`<${Ask} ...${note("ask")} ask=${() => decide(question(inquiry, notes.ask))} />`}
    ${last && html`<button class="button wide" type="button" onClick=${() => decide(again(last, inquiry, campaign))}>Same as last: ${said(last)} <kbd>s</kbd></button>`}
  </div>`;
}

const AMOUNTS = { claimed: "As claimed", shop: "As the shop says", other: "Another" };

/** The amount that is paid on: the claimed one, the shop's, or another, which has to be given. */
function PaidOn({ amounts, currency, choice, set }) {
  const isOther = choice === "other";
  return html`<fieldset class="amounts"><legend>Amount</legend>
    ${Object.entries(amounts).map(([name, each]) => html`<label key=${name} class="check"><input type="radio" name="amount" checked=${name === choice} onChange=${() => set({ choice: name })} /> ${AMOUNTS[name]}
      ${" "}${name !== "other" ? html`<${Money} of=${each} currency=${currency} />` : isOther && html`<input class="short" inputmode="decimal" aria-label="Amount" value=${each} onInput=${(event) => set({ other: event.target.value.trim() })} />`}</label>`)}
    ${isOther && !isAmount(amounts.other) && html`<small class="bad" role="status">Give the amount, like 12.50.</small>`}
  </fieldset>`;
}

/** What accepting would do: read ahead as it is usual, and anew for what somebody changes. */
function usePreview({ api, inquiry, campaign, dossier, fields }) {
  const usual = JSON.stringify(acceptance(inquiry, campaign));
  const { ResolutionNotes: _, ...shown } = fields ?? {};
  const chosen = fields ? JSON.stringify(shown) : usual;
  const wanted = useSettled(chosen, 300);
  const other = wanted !== usual;
  const own = useLoaded(async () => (other ? api.preview("PUT", `/ActionInquiries/${encodeURIComponent(inquiry.Id)}`, JSON.parse(wanted)) : null), [inquiry.Id, wanted]);
  const told = other ? own : dossier?.parts.preview ?? { busy: true };
  return wanted === chosen ? told : { ...told, busy: true };
}

const INSTANT = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}/g;

/** A rule in the API's words, with its instants as people write them. */
const ruleOf = (rule) => rule?.replace(INSTANT, (text) => instant(text, false));

function Preview({ part, retry, currency }) {
  if (part.error && !part.busy) return html`<div class="preview"><${Failure} error=${part.error} again=${part.reload ?? retry} /></div>`;
  const told = part.data?.Preview;
  if (!told) return html`<div class="preview"><${Loading} of="Working out what it would do" /></div>`;
  const funds = told.FundsAfter;
  return html`<div class="preview ${part.busy ? "stale" : ""}" aria-label="What it would do">
    <p class="payout"><${Money} of=${told.Payout} currency=${told.Currency || currency} /> <span>payout</span></p>
    <${Facts} of=${[
      ["Locks", told.LocksAtOnce === "true" ? "at once" : told.LockingDate && html`<${When} at=${told.LockingDate} time=${false} /> <small>${ruleOf(told.LockingRule)}</small>`],
      ["Paid", told.PaysAtOnce === "true" ? "at once" : told.ClearingDate && html`<${When} at=${told.ClearingDate} time=${false} /> <small>${ruleOf(told.PaymentRule)}</small>`],
      ["Funds after", funds && html`<span class=${funds.startsWith("-") ? "bad" : ""}><${Money} of=${funds} currency=${told.Currency || currency} /></span>`],
      ["Committed after", told.CommittedAfter && html`<${Money} of=${told.CommittedAfter} currency=${told.Currency || currency} />`],
      ...(told.LimitsAfter ?? []).map((each) => [`Left of ${each.Limit}`, html`<span class=${each.Left.startsWith("-") ? "bad" : ""}>${each.Currency ? html`<${Money} of=${each.Left} currency=${each.Currency} />` : count(each.Left)}</span>`]),
      ["Would be", told.State !== "VALID" && html`<${Chip} of=${told.State} />`],
    ]} />
    ${told.Explanation && html`<p class="faint">${told.Explanation}</p>`}
    ${part.data.Warnings?.map((each) => html`<p key=${each} class="warning">${each}</p>`)}
  </div>`;
}

function Reasons({ notes, setNotes, declining }) {
  return html`<ol class="reasons">${REASONS.map((reason, at) => html`<li key=${reason}><button type="button" onClick=${() => declining(at + 1)}><kbd>${at + 1}</kbd> ${reason}</button></li>`)}</ol>
    <${Field} label="Comment for the partner" hint="Goes with the reason that you choose."><textarea rows="2" maxlength="2000" value=${notes} onInput=${(event) => setNotes(event.target.value)}></textarea><//>`;
}

function Ask({ notes, setNotes, ask }) {
  const box = useRef(null);
  useLayoutEffect(() => box.current.focus(), []);
  const send = (event) => { event?.preventDefault(); if (notes.trim()) ask(); };
  const keyed = (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(event); };
  return html`<form onSubmit=${send}><${Field} label="What do you need to know?" hint="The partner answers, and the inquiry comes back to you.">
    <textarea rows="4" maxlength="2000" ref=${box} value=${notes} onInput=${(event) => setNotes(event.target.value)} onKeyDown=${keyed}></textarea><//>
    <button class="button main" type="submit" disabled=${!notes.trim()}>Ask <kbd>Ctrl ⏎</kbd></button></form>`;
}
