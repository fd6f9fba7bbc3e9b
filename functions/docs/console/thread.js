// What both sides said about an inquiry, and a side's own notes; and a place to add to it.

import { html, useRef, useState } from "./preact.js";
import { isAnother } from "./form.js";
import { Failure, When } from "./parts.js";

const LENGTH_MAX = 2_000;

export function Thread({ api, inquiry, part, internal, onAdded }) {
  const [text, setText] = useState("");
  const [note, setNote] = useState(false);
  const [added, setAdded] = useState([]);
  const [failure, setFailure] = useState(null);
  const key = useRef(crypto.randomUUID());
  const maySpeak = ["REVIEWER", "ADMIN"].includes(api.session.Role);
  const known = part?.data ?? inquiry.Comments;
  const isKnown = (one) => known.slice(one.after).some((each) => each.Comment.trim() === one.Comment.trim() && (each.Visibility ?? "PARTIES") === one.Visibility);
  const said = [...known, ...added.filter((each) => !isKnown(each))];
  const send = async (event) => {
    event.preventDefault();
    const visibility = note ? "INTERNAL" : "PARTIES";
    try {
      await api.write("POST", `/ActionInquiries/${encodeURIComponent(inquiry.Id)}/Comments`, { Comment: text, Visibility: visibility }, key.current);
      key.current = crypto.randomUUID();
      setAdded([...added, { User: api.session.PersonName || "You", Side: api.session.Audience, Comment: text, Date: "", Visibility: visibility, after: known.length }]);
      setText("");
      setFailure(null);
      onAdded?.();
    } catch (error) {
      if (isAnother(error)) key.current = crypto.randomUUID();
      setFailure(error);
    }
  };
  return html`<section class="thread" aria-label="Thread">
    <h2>Thread</h2>
    ${said.length === 0 && html`<p class="faint">Nobody has said anything yet.</p>`}
    <ol class="plain">${said.map((each, at) => html`<li key=${at} class=${`comment ${each.Visibility === "INTERNAL" ? "internal" : ""} ${each.Side === api.session.Audience ? "own" : ""}`}>
      <header><strong><bdi>${each.Author || each.User}</bdi></strong>${each.Visibility === "INTERNAL" && html` <span class="chip">Internal</span>`} ${each.Date ? html`<${When} at=${each.Date} />` : html`<span class="faint">just now</span>`}</header>
      <p dir="auto">${each.Comment}</p></li>`)}</ol>
    ${maySpeak && html`<form onSubmit=${send}>
      <textarea rows="2" aria-label="Add to the thread" maxlength=${LENGTH_MAX} placeholder=${note ? "A note that only your side reads" : "Say something to both sides"} value=${text} onInput=${(event) => setText(event.target.value)}></textarea>
      <div class="actions">${internal && html`<label class="check"><input type="checkbox" checked=${note} onChange=${() => setNote(!note)} /> Internal note</label>`}
        <button class="button" type="submit" disabled=${!text.trim()}>Add</button></div>
    </form>`}
    <${Failure} error=${failure} />
  </section>`;
}
