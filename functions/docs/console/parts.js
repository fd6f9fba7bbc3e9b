// What screens are made of. Every text comes in as text: nothing here makes markup of a string.

import { html, useEffect, useLayoutEffect, useRef, useState } from "./preact.js";
import { amount, instant, now, until, viewers, words } from "./format.js";
import { hrefOf } from "./router.js";

/** An amount with its currency, never broken over two lines. */
export function Money({ of, currency = "" }) {
  if (of === undefined || of === "") return html`<span class="faint">–</span>`;
  return html`<span class="money">${amount(of)}${currency && html` <small>${currency}</small>`}</span>`;
}

/** An instant in the campaign's zone; the viewer's own is told on hover. */
export function When({ at, time = true }) {
  if (!at) return html`<span class="faint">–</span>`;
  return html`<time datetime=${at} title=${viewers(at)}>${instant(at, time)}</time>`;
}

/** How long until an instant, coloured when it is near or past. */
export function Until({ at }) {
  const left = until(at, now());
  return html`<time datetime=${at} class="until ${left.tone}" title="${instant(at)} · ${viewers(at)}">${left.text}</time>`;
}

const TONES = {
  MATCH: "good", VALID: "good", DONE: "good", PAID: "good", APPROVED: "good", CLEAN: "good", ACTIVE: "good", OVERTURNED: "good",
  MISMATCH: "warn", CANDIDATES: "warn", INCOMPLETE: "warn", PARTLY_UNDONE: "warn", NOT_YET: "warn", OVERDUE: "bad",
  TAKEN: "bad", UNDONE: "bad", DECLINED: "bad", FAILED: "bad", REVERSED: "bad", REFUSED: "bad", DISABLED: "bad",
  RUNNING: "busy", AWAITED: "busy", SHADOW: "busy",
};

/** A word of the wire as a small label; the tone is never the only thing that says it. */
export function Chip({ of, children, tone, title }) {
  if (!of && !children) return null;
  return html`<span class="chip ${tone ?? TONES[of] ?? ""}" title=${title}>${children ?? words(of)}</span>`;
}

/** A text of another party, on one line, whole on hover. */
export function Said({ text, empty = "–" }) {
  if (!text) return html`<span class="faint">${empty}</span>`;
  return html`<bdi class="said" title=${text}>${text}</bdi>`;
}

/** A list of names and values: [["Order", "X1"], …]; what has no value is left out. */
export function Facts({ of }) {
  const told = of.filter(([, value]) => value !== "" && value !== undefined && value !== null);
  return html`<dl class="facts">${told.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** What went wrong, in the API's words, and a way to try it again. */
export function Failure({ error, again }) {
  if (!error) return null;
  return html`<div class="failure" role="alert">
    <p><strong>${error.message}</strong></p>
    ${error.faults?.length > 0 && html`<ul>${error.faults.map((each) => html`<li key=${each.Field}><code>${each.Field}</code> ${each.Message}</li>`)}</ul>`}
    ${error.requestId && html`<p class="faint">Request ${error.requestId}</p>`}
    ${again && html`<button class="button" type="button" onClick=${again}>Try again</button>`}
  </div>`;
}

/** What stands where there is nothing. */
export function Empty({ title, children }) {
  return html`<div class="empty"><p><strong>${title}</strong></p>${children}</div>`;
}

export function Loading({ of = "Loading" }) {
  return html`<p class="loading" role="status">${of} …</p>`;
}

/** A field with its label above, a hint below, and the API's fault with it. */
export function Field({ label, hint, fault, children }) {
  return html`<label class="field"><span>${label}</span>${children}
    ${fault ? html`<small class="fault" role="alert">${fault}</small>` : hint && html`<small>${hint}</small>`}</label>`;
}

/** A share of a whole as a bar, with its words beside it. */
export function Progress({ done, total, label }) {
  const known = Number(total) > 0;
  return html`<div class="progress">
    <progress max=${known ? total : undefined} value=${known ? done : undefined} aria-label=${label}></progress>
    <span>${label}</span>
  </div>`;
}

/** A dialog over the page; Escape and a press outside close it, and the focus goes back. */
export function Dialog({ title, onClose, children, wide = false }) {
  const box = useRef(null);
  useLayoutEffect(() => {
    const from = document.activeElement;
    box.current.showModal();
    return () => from?.focus?.();
  }, []);
  return html`<dialog ref=${box} class=${wide ? "wide" : ""} aria-label=${title} onCancel=${(event) => { event.preventDefault(); onClose(); }}
      onClick=${(event) => event.target === box.current && onClose()}>
    <div class="dialog"><header><h2>${title}</h2><button class="quiet" type="button" aria-label="Close" onClick=${onClose}>✕</button></header>
    ${children}</div></dialog>`;
}

/** A link to another place of the console. */
export function Link({ to, children, ...more }) {
  return html`<a href=${hrefOf(to)} ...${more}>${children}</a>`;
}

/** A place where a file is dropped or chosen; `onFile` gets it. */
export function Drop({ onFile, accept = ".csv,.tsv,.txt,.xlsx,.gz,.zip", children, disabled }) {
  const [over, setOver] = useState(false);
  const input = useRef(null);
  const dropped = (event) => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file && !disabled) onFile(file);
  };
  return html`<div class="drop ${over ? "over" : ""}" onDragOver=${(event) => { event.preventDefault(); setOver(true); }}
      onDragLeave=${() => setOver(false)} onDrop=${dropped}>
    ${children}
    <button class="button" type="button" disabled=${disabled} onClick=${() => input.current.click()}>Choose a file</button>
    <input ref=${input} type="file" hidden accept=${accept} aria-label="File"
      onChange=${(event) => { const [file] = event.target.files; event.target.value = ""; if (file) onFile(file); }} />
  </div>`;
}

const TAKES_TEXT = "input:not([type=checkbox], [type=radio], [type=button]), textarea, select";

/** Keys of a screen, by `event.key`: `keys` act once however long they are held, `moves` again and again.
 * Typing in a field and keys with Ctrl, Alt or Meta stay as they are. Escape leaves a field, and so does
 * picking from a list with the pointer.
 */
export function useKeys(keys, moves = {}) {
  const held = useRef();
  held.current = { keys, moves };
  useEffect(() => {
    const pressed = (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.target.closest?.("dialog")) return;
      const field = event.target.closest?.(TAKES_TEXT);
      if (field && event.key !== "Escape") return;
      field?.blur();
      const act = (event.repeat ? undefined : held.current.keys[event.key]) ?? held.current.moves[event.key];
      if (act && act(event) !== false) event.preventDefault();
    };
    let isPointing = false;
    const pointed = ({ type }) => { isPointing = type === "pointerdown"; };
    const picked = ({ target }) => { if (isPointing && target.tagName === "SELECT") target.blur(); };
    const listeners = { keydown: [pressed, pointed], pointerdown: [pointed], change: [picked] };
    const each = (act) => Object.entries(listeners).forEach(([type, all]) => all.forEach((one) => act(type, one)));
    each(addEventListener);
    return () => each(removeEventListener);
  }, []);
}
