// The list of the queue: a row for each inquiry, with what a reviewer wants to know before opening it.

import { Component, html, useEffect, useRef } from "./preact.js";
import { amount } from "./format.js";
import { Chip, Link, Said, Until } from "./parts.js";
import { hrefOf } from "./router.js";
import { StateChip } from "./states.js";

export function Rows({ rows, current, outbox, selected, toggle, place, onEnd }) {
  const box = useRef(null);
  useEffect(() => {
    box.current?.querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest" });
  }, [current]);
  const scrolled = ({ target }) => { if (target.scrollHeight - target.scrollTop < 2 * target.clientHeight) onEnd(); };
  const filter = new URLSearchParams(place.query).toString();
  return html`<ol class="rows" ref=${box} onScroll=${scrolled} tabindex="0" aria-label="Inquiries">
    ${rows.map((each) => html`<${Row} key=${each.Id} inquiry=${each} here=${each.Id === current} filter=${filter}
      selected=${selected.has(each.Id)} toggle=${toggle} state=${outbox.of(each.Id)?.state ?? ""} />`)}
  </ol>`;
}

const STATES = { held: "deciding", sending: "sending", unsent: "not sent", refused: "not done" };

class Row extends Component {
  shouldComponentUpdate(next) {
    return ["inquiry", "here", "selected", "state", "filter", "toggle"].some((name) => next[name] !== this.props[name]);
  }

  render({ inquiry, here, selected, state, toggle, filter }) {
    const to = { screen: "queue", id: inquiry.Id, query: Object.fromEntries(new URLSearchParams(filter)) };
    return html`<li aria-current=${here} class=${`row ${state}`}>
      ${toggle && html`<input type="checkbox" checked=${selected} aria-label="Select ${inquiry.OrderId}" onChange=${() => toggle(inquiry.Id)} />`}
      <a href=${hrefOf(to)}>
        <span class="order"><${Said} text=${inquiry.OrderId} /></span>
        <span class="sale">${amount(inquiry.TransactionAmount)} <small>${inquiry.Currency}</small></span>
        <span class="from"><${Said} text=${inquiry.MediaPartnerName || inquiry.MediaPartnerId} /><${Marks} inquiry=${inquiry} /></span>
        <span class="due">${state ? html`<span class="state">${STATES[state]}</span>` : inquiry.ResolutionDeadlineDate && html`<${Until} at=${inquiry.ResolutionDeadlineDate} />`}</span>
      </a></li>`;
  }
}

function Marks({ inquiry }) {
  return html`<span class="chips"><${Chip} of=${inquiry.Verification.Verdict} />${inquiry.InquiryType !== "UNTRACKED" && html`<${Chip} of=${inquiry.InquiryType} tone="" />`}
    ${inquiry.AppealOf && html`<${Chip}>Appeal<//>`}${inquiry.ResolutionStatus !== "UNRESOLVED" && html`<${StateChip} of=${inquiry.ResolutionStatus} />`}
    ${inquiry.Awaits && html`<${Chip} tone="warn">Second person<//>`}
    ${inquiry.Verification.Holds.map((each) => html`<${Chip} key=${each} of=${each} tone="warn" />`)}</span>`;
}

/** What is selected, and the way to deciding it together. */
export function Selected({ ids, place, campaign, clear }) {
  const to = { screen: "bulk", query: { ...place.query, CampaignId: campaign.Id, Ids: [...ids].join(" ") } };
  return html`<div class="selected"><span>${ids.size} selected</span><${Link} class="button" to=${to}>Decide together<//>
    <button class="quiet" type="button" onClick=${clear}>Clear</button></div>`;
}
