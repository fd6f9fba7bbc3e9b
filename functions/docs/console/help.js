// The keys, for whoever asks.

import { html } from "./preact.js";
import { Dialog } from "./parts.js";

const KEYS = [
  ["j  k", "next and previous inquiry"],
  ["a", "accept, and go to the next"],
  ["d", "decline: then 1 to 9 for the reason"],
  ["i", "ask the partner for more"],
  ["s", "the same as your last decision"],
  ["u", "take the last decision back, within 5 seconds"],
  ["x", "select, to decide several together"],
  ["e", "evidence"],
  ["/", "search for an order"],
  ["Esc", "leave a field; back to accepting"],
  ["?", "this help"],
];

export function Help({ onClose }) {
  return html`<${Dialog} title="Keys" onClose=${onClose}>
    <table class="table keys"><tbody>${KEYS.map(([keys, what]) => html`<tr key=${keys}><th scope="row">${keys.split("  ").map((each) => html`<kbd key=${each}>${each}</kbd> `)}</th><td>${what}</td></tr>`)}</tbody></table>
  <//>`;
}
