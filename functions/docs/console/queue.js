// The reviewers' queue: what is open with the earliest deadline first, the inquiry that is looked at,
// and the decision about it. The keyboard alone is enough.

import { Component, html, useEffect, useMemo, useRef, useState } from "./preact.js";
import { again, decline, said } from "./decisions.js";
import { DecisionPane } from "./decision.js";
import { Dossiers, useDossier } from "./dossiers.js";
import { Filters, Totals, asked } from "./filters.js";
import { amount } from "./format.js";
import { InquiryPane } from "./inquiry.js";
import { useLoaded } from "./loading.js";
import { Chip, Empty, Failure, Link, Loading, Said, Until, useKeys } from "./parts.js";
import { go } from "./router.js";
import { Help } from "./help.js";
import { StateChip, isOpen } from "./states.js";
import { Undo } from "./undo.js";

const PAGE = 50;
const NEAR_THE_END = 40;

export function Queue({ api, session, outbox, place }) {
  const campaigns = useLoaded(() => api.all("/Campaigns", "Campaigns"), [api]);
  if (campaigns.error) return html`<${Failure} error=${campaigns.error} again=${campaigns.reload} />`;
  if (!campaigns.data) return html`<${Loading} of="Reading the campaigns" />`;
  if (!campaigns.data.length) return html`<${Empty} title="No campaign yet"><p>Whoever runs Makegood sets one up for you.</p><//>`;
  const campaign = campaigns.data.find((each) => each.Id === place.query.CampaignId) ?? campaigns.data[0];
  return html`<${Reviewing} key=${campaign.Id} ...${{ api, session, outbox, place, campaign }} campaigns=${campaigns.data} />`;
}

/** The rows of a filter: the first page at once, more as somebody nears the end. Nobody counts them
 * for that: see `Totals`.
 */
function useRows(api, filter) {
  const asked = { ...filter, Count: "false", PageSize: PAGE };
  const [more, setMore] = useState({ rows: [], page: 1, busy: false, end: false });
  const first = useLoaded(() => api.get("/ActionInquiries", asked), [api, JSON.stringify(filter)]);
  useEffect(() => setMore({ rows: [], page: 1, busy: false, end: false }), [first.data]);
  const rows = useMemo(() => {
    const all = new Map((first.data?.ActionInquiries ?? []).map((each) => [each.Id, each]));
    for (const each of more.rows) all.set(each.Id, each);
    return [...all.values()];
  }, [first.data, more.rows]);
  const next = async () => {
    if (more.busy || more.end || !first.data?.["@nextpageuri"]) return;
    setMore((before) => ({ ...before, busy: true }));
    try {
      const page = await api.get("/ActionInquiries", { ...asked, Page: more.page + 1 });
      const end = !page["@nextpageuri"];
      setMore((before) => ({ rows: [...before.rows, ...page.ActionInquiries], page: before.page + 1, busy: false, end }));
    } catch {
      setMore((before) => ({ ...before, busy: false }));
    }
  };
  return { ...first, rows, next };
}

function Reviewing({ api, session, outbox, place, campaign, campaigns }) {
  const filter = asked(place.query, campaign.Id);
  const list = useRows(api, filter);
  const dossiers = useMemo(() => new Dossiers(api), [api]);
  const [done, setDone] = useState(() => new Set());
  const [selected, setSelected] = useState(() => new Set());
  const [mode, setMode] = useState("accept");
  const [last, setLast] = useState(null);
  const [help, setHelp] = useState(false);
  const [, redraw] = useState(0);
  useEffect(() => outbox.subscribe((entry) => {
    if (entry.state === "done") setDone((before) => new Set(before).add(entry.subject));
    redraw((turn) => turn + 1);
  }), [outbox]);
  const rows = useMemo(() => list.rows.filter((each) => !done.has(each.Id)), [list.rows, done]);
  const linked = useLinked(api, list, place.id);
  const current = rows.find((each) => each.Id === place.id) ?? linked ?? rows[0];
  const entry = current && outbox.of(current.Id);
  const dossier = useDossier(dossiers, current, campaign);
  const [read, setRead] = useState(null);
  const previewed = dossier?.parts.preview && !dossier.parts.preview.busy;
  useEffect(() => { if (list.data && (previewed || !current)) setRead(list.data); }, [list.data, previewed, !current]);
  useEffect(() => { setMode("accept"); }, [current?.Id]);
  const position = rows.findIndex((each) => each.Id === current?.Id);
  const following = nextOf(rows, position, outbox);
  useEffect(() => {
    if (rows.length - position < NEAR_THE_END) list.next();
    if (following && previewed) dossiers.of(following, campaign);
  }, [rows.length, position, previewed]);

  const show = (inquiry) => inquiry && go({ ...place, screen: "queue", id: inquiry.Id }, { replace: Boolean(place.id) });
  const move = (steps) => show(rows[Math.min(Math.max(position + steps, 0), rows.length - 1)]);
  const mayDecide = ["REVIEWER", "ADMIN"].includes(session.Role);
  const decide = (fields) => {
    if (!mayDecide || !current || outbox.of(current.Id)) return;
    outbox.add({
      subject: current.Id, method: "PUT", path: `/ActionInquiries/${encodeURIComponent(current.Id)}`, fields,
      words: said(fields), order: current.OrderId,
    });
    setLast(fields);
    setMode("accept");
    if (following) show(following);
  };
  const toggle = (id) => setSelected((before) => {
    const now = new Set(before);
    if (!now.delete(id)) now.add(id);
    return now;
  });
  const accept = useRef(null);
  const canDecide = current && !entry && mayDecide && isOpen(current);
  useKeys({
    j: () => move(1), k: () => move(-1), ArrowDown: () => move(1), ArrowUp: () => move(-1),
    a: () => canDecide && accept.current?.(), d: () => canDecide && setMode("decline"), i: () => canDecide && setMode("ask"),
    s: () => canDecide && last && decide(again(last, current, campaign)),
    x: () => current && toggle(current.Id), u: () => undoLast(outbox, show, rows),
    e: () => document.getElementById("evidence")?.scrollIntoView() ?? document.getElementById("evidence")?.focus(),
    "/": () => document.getElementById("search")?.focus(), "?": () => setHelp(true), Escape: () => setMode("accept"),
    ...Object.fromEntries([...Array(9).keys()].map((at) => [String(at + 1), () => canDecide && mode === "decline" && decide(decline(current, at + 1))])),
  });
  return html`<div class="panes ${place.id ? "opened" : ""}">
    <section class="pane list" aria-label="Open inquiries">
      <${Filters} api=${api} place=${place} campaigns=${campaigns} campaign=${campaign} ready=${read !== null} />
      <${Totals} api=${api} filter=${filter} list=${read} />
      <p class="together"><${Link} to=${{ screen: "bulk", query: { ...place.query, CampaignId: campaign.Id } }}>Decide all of them together<//></p>
      ${selected.size > 0 && html`<${Selected} count=${selected.size} place=${place} campaign=${campaign} ids=${selected} clear=${() => setSelected(new Set())} />`}
      <${Failure} error=${list.error} again=${list.reload} />
      ${list.busy && !list.data && html`<${Loading} of="Reading the queue" />`}
      <${Rows} rows=${rows} current=${current?.Id} outbox=${outbox} selected=${selected} toggle=${toggle} place=${place} onEnd=${list.next} />
      ${list.data && !rows.length && html`<${Empty} title="Nothing is open here"><p>Every inquiry of this filter is answered.</p><//>`}
    </section>
    <section class="pane inquiry" aria-label="Inquiry">
      ${current ? html`<${InquiryPane} key=${current.Id} ...${{ api, session, campaign, dossier, place }} inquiry=${current} />` : null}
    </section>
    <section class="pane decision" aria-label="Decision">
      ${current ? html`<${DecisionPane} key=${`${current.Id}/${current.Version}`} ...${{ api, campaign, dossier, entry, mode, setMode, decide, last, outbox, mayDecide }} inquiry=${current} acceptRef=${accept} reload=${list.reload} />` : null}
    </section>
    <${Undo} api=${api} outbox=${outbox} show=${(id) => go({ ...place, id }, { replace: true })} />
    ${help && html`<${Help} onClose=${() => setHelp(false)} />`}
  </div>`;
}

/** An inquiry that a link names and the list does not hold. */
function useLinked(api, list, id) {
  const missing = id && list.data && !list.rows.some((each) => each.Id === id) ? id : "";
  const { data, error } = useLoaded(async () => (missing ? api.get(`/ActionInquiries/${encodeURIComponent(missing)}`) : null), [missing]);
  return !error && missing && data?.Id === missing ? data : null;
}

/** The next row that nothing was decided about. */
function nextOf(rows, position, outbox) {
  const free = (each) => !outbox.of(each.Id);
  return rows.slice(position + 1).find(free) ?? rows.slice(0, Math.max(position, 0)).find(free);
}

function undoLast(outbox, show, rows) {
  const held = outbox.all.filter((each) => each.state === "held").at(-1);
  if (held && outbox.undo(held.key)) show(rows.find((each) => each.Id === held.subject));
}

function Selected({ count, ids, place, campaign, clear }) {
  const to = { screen: "bulk", query: { CampaignId: campaign.Id, Ids: [...ids].join(" ") } };
  return html`<div class="selected"><span>${count} selected</span><${Link} class="button" to=${to}>Decide together<//>
    <button class="quiet" type="button" onClick=${clear}>Clear</button></div>`;
}

function Rows({ rows, current, outbox, selected, toggle, place, onEnd }) {
  const box = useRef(null);
  useEffect(() => {
    box.current?.querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest" });
  }, [current]);
  const scrolled = ({ target }) => { if (target.scrollHeight - target.scrollTop < 2 * target.clientHeight) onEnd(); };
  return html`<ol class="rows" ref=${box} onScroll=${scrolled} tabindex="0" aria-label="Inquiries">
    ${rows.map((each) => html`<${Row} key=${each.Id} inquiry=${each} here=${each.Id === current} query=${place.query}
      selected=${selected.has(each.Id)} toggle=${toggle} state=${outbox.of(each.Id)?.state ?? ""} />`)}
  </ol>`;
}

const STATES = { held: "deciding", sending: "sending", unsent: "not sent", refused: "not done" };

class Row extends Component {
  shouldComponentUpdate(next) {
    return ["inquiry", "here", "selected", "state", "query"].some((name) => next[name] !== this.props[name]);
  }

  render({ inquiry, here, selected, state, toggle, query }) {
    return html`<li aria-current=${here} class=${`row ${state}`}>
      <input type="checkbox" checked=${selected} aria-label="Select ${inquiry.OrderId}" onChange=${() => toggle(inquiry.Id)} />
      <a href=${hrefTo(inquiry, query)}>
        <span class="order"><${Said} text=${inquiry.OrderId} /></span>
        <span class="sale">${amount(inquiry.TransactionAmount)} <small>${inquiry.Currency}</small></span>
        <span class="from"><${Said} text=${inquiry.MediaPartnerName || inquiry.MediaPartnerId} /><${Marks} inquiry=${inquiry} /></span>
        <span class="due">${state ? html`<span class="state">${STATES[state]}</span>` : inquiry.ResolutionDeadlineDate && html`<${Until} at=${inquiry.ResolutionDeadlineDate} />`}</span>
      </a></li>`;
  }
}

/** What a reviewer wants to know of a claim before opening it. */
function Marks({ inquiry }) {
  return html`<span class="chips"><${Chip} of=${inquiry.Verification.Verdict} />${inquiry.InquiryType !== "UNTRACKED" && html`<${Chip} of=${inquiry.InquiryType} tone="" />`}
    ${inquiry.AppealOf && html`<${Chip}>Appeal<//>`}${inquiry.ResolutionStatus !== "UNRESOLVED" && html`<${StateChip} of=${inquiry.ResolutionStatus} />`}
    ${inquiry.Awaits && html`<${Chip} tone="warn">Second person<//>`}
    ${inquiry.Verification.Holds.map((each) => html`<${Chip} key=${each} of=${each} tone="warn" />`)}</span>`;
}

const hrefTo = (inquiry, query) => `#/queue/${encodeURIComponent(inquiry.Id)}?${new URLSearchParams(query)}`;
