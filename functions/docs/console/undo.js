// The bar at the foot of the queue: what was just decided, and how to take it back; and what came
// of it where it was not done.

import { html, useEffect, useState } from "./preact.js";
import { instant } from "./format.js";
import { Said } from "./parts.js";
import { stateOf } from "./states.js";

export function Undo({ api, outbox, show }) {
  const [now, setNow] = useState(Date.now());
  const [, again] = useState(0);
  useEffect(() => outbox.subscribe(() => again((turn) => turn + 1)), [outbox]);
  const held = outbox.all.filter((each) => each.state === "held");
  const refused = outbox.all.filter((each) => each.state === "refused");
  const unsent = outbox.all.filter((each) => each.state === "unsent");
  useEffect(() => {
    if (!held.length) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [held.length]);
  const last = held.at(-1);
  const take = () => { if (outbox.undo(last.key)) show(last.subject); };
  return html`<div class="undo" role="status" aria-live="polite">
    ${refused.map((each) => html`<${Refusal} key=${each.key} api=${api} entry=${each} show=${show} dismiss=${() => outbox.dismiss(each.key)} />`)}
    ${unsent.map((each) => html`<div key=${each.key} class="note warn"><span><strong>Not sent:</strong> ${each.words} <${Said} text=${each.order} />. It is tried again by itself, and done once.</span></div>`)}
    ${last && html`<div class="note" key=${last.key}><span>${last.words} <${Said} text=${last.order} />${held.length > 1 ? ` and ${held.length - 1} more` : ""}</span>
      <button class="button" type="button" onClick=${take}>Undo <kbd>u</kbd> <span class="seconds" aria-hidden="true">${Math.max(0, Math.ceil((last.due - now) / 1000))}</span></button></div>`}
  </div>`;
}

/** Why a decision was not written; where somebody else was faster, who and what. */
function Refusal({ api, entry, show, dismiss }) {
  const [other, setOther] = useState(null);
  useEffect(() => {
    if (entry.error.status !== 409) return;
    api.get(`/ActionInquiries/${encodeURIComponent(entry.subject)}`).then(setOther, () => undefined);
  }, [entry.key]);
  const decided = other && other.ResolutionStatus !== "UNRESOLVED";
  return html`<div class="note bad" role="alert"><span><strong>Not done:</strong> ${entry.words} <${Said} text=${entry.order} />.
      ${" "}${decided
        ? `Somebody else was faster: ${other.DecidedBy || "another person"} decided ${stateOf(other.ResolutionStatus).toLowerCase()} on ${instant(other.ResolutionDate)}. That stays, and yours was not written.`
        : other ? "It has changed since you read it. Look at it again, and decide again." : entry.error.message}
      ${entry.error.faults.map((each) => ` ${each.Message}.`)}</span>
    <button class="button" type="button" onClick=${() => { dismiss(); show(entry.subject); }}>Look at it</button>
    <button class="quiet" type="button" aria-label="Dismiss" onClick=${dismiss}>✕</button></div>`;
}
