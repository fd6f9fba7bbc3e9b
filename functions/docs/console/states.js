// The states of an inquiry: what people call them, and which of them wait for a decision.

import { html } from "./preact.js";
import { words } from "./format.js";
import { Chip } from "./parts.js";

/** Each as [code of the wire, what people call it], in the order in which lists name them. */
export const STATES = [["UNRESOLVED", "Open"], ["INCOMPLETE", "Asked for more"], ["VALID", "Accepted"], ["DECLINED", "Declined"], ["WITHDRAWN", "Withdrawn"]];

const NAMES = Object.fromEntries(STATES);

export function stateOf(code) {
  return NAMES[code] ?? words(code);
}

export function isOpen(inquiry) {
  return ["UNRESOLVED", "INCOMPLETE"].includes(inquiry.ResolutionStatus);
}

/** A state as a small label; nothing where there is none. */
export function StateChip({ of }) {
  return of && html`<${Chip} of=${of}>${stateOf(of)}<//>`;
}
