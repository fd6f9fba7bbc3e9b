// The reviewers' queue: what is open with the earliest deadline first, the inquiry that is looked at,
// and the decision about it. The keyboard alone is enough.

import { html, useEffect, useMemo, useRef, useState } from "./preact.js";
import { again, said } from "./decisions.js";
import { DecisionPane } from "./decision.js";
import { Dossiers, useDossier } from "./dossiers.js";
import { Filters, Totals, asked } from "./filters.js";
import { amount, words } from "./format.js";
import { Help } from "./help.js";
import { useInquiries } from "./inquiries.js";
import { Back, InquiryPane } from "./inquiry.js";
import { useLoaded } from "./loading.js";
import { Empty, Failure, Link, Loading, useKeys } from "./parts.js";
import { go } from "./router.js";
import { Rows, Selected } from "./rows.js";
import { isOpen } from "./states.js";
import { Undo } from "./undo.js";

const NEAR_THE_END = 40;

export function Queue({ api, session, outbox, place }) {
  const campaigns = useLoaded(() => api.all("/Campaigns", "Campaigns"), [api]);
  if (campaigns.error) return html`<${Failure} error=${campaigns.error} again=${campaigns.reload} />`;
  if (!campaigns.data) return html`<${Loading} of="Reading the campaigns" />`;
  if (!campaigns.data.length) return html`<${Empty} title="No campaign yet"><p>Whoever runs Makegood sets one up for you.</p><//>`;
  const campaign = campaigns.data.find((each) => each.Id === place.query.CampaignId) ?? campaigns.data[0];
  return html`<${Reviewing} key=${campaign.Id} ...${{ api, session, outbox, place, campaign }} campaigns=${campaigns.data} />`;
}

function Reviewing({ api, session, outbox, place, campaign, campaigns }) {
  const filter = asked(place.query, campaign.Id);
  const list = useInquiries(api, filter);
  const { rows } = list;
  const dossiers = useMemo(() => new Dossiers(api), [api]);
  const reread = (id) => {
    dossiers.forget(id);
    return list.reread(id).catch(() => undefined);
  };
  const { selected, toggle, clear } = useSelected();
  const [mode, setMode] = useState("accept");
  const [last, setLast] = useState(null);
  const [help, setHelp] = useState(false);
  useOutcomes(outbox, list, reread);
  const current = place.id ? list.find(place.id) : rows[0];
  const its = campaigns.find((each) => each.Id === current?.CampaignId) ?? campaign;
  const entry = current && outbox.of(current.Id);
  const dossier = useDossier(dossiers, current, its);
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

  const show = (id) => id && go({ ...place, screen: "queue", id }, { replace: Boolean(place.id) });
  const move = (steps) => show(rows[Math.min(Math.max(position + steps, 0), rows.length - 1)]?.Id);
  const mayDecide = ["REVIEWER", "ADMIN"].includes(session.Role);
  const decide = (fields) => {
    if (!mayDecide || !current || outbox.of(current.Id)) return;
    outbox.add({
      subject: current.Id, method: "PUT", path: `/ActionInquiries/${encodeURIComponent(current.Id)}`, fields,
      words: said(fields), order: current.OrderId,
    });
    setLast(fields);
    setMode("accept");
    show(following?.Id);
  };
  const byKey = useRef(null);
  const canDecide = current && !entry && mayDecide && isOpen(current);
  const inList = (steps) => (event) => (event.target.closest(".rows") ? move(steps) : false);
  const reasons = [...Array(9).keys()].map((at) => [String(at + 1), () => canDecide && mode === "decline" && byKey.current?.decline(at + 1)]);
  const together = mayDecide && isOpen(filter);
  useKeys({
    a: () => canDecide && byKey.current?.accept(), d: () => canDecide && setMode("decline"), i: () => canDecide && setMode("ask"),
    s: () => canDecide && last && decide(again(last, current, its)),
    x: () => current && together && toggle(current.Id), u: () => undoLast(outbox, show),
    e: () => document.getElementById("evidence")?.scrollIntoView() ?? document.getElementById("evidence")?.focus(),
    "/": () => document.getElementById("search")?.focus(), "?": () => setHelp(true), Escape: (event) => (mode === "ask" || event.target.tagName !== "TEXTAREA") && setMode("accept"),
    ...Object.fromEntries(reasons),
  }, { j: () => move(1), k: () => move(-1), ArrowDown: inList(1), ArrowUp: inList(-1) });
  return html`<div class="panes ${place.id ? "opened" : ""}">
    <section class="pane list" aria-label="Open inquiries">
      <${Filters} api=${api} place=${place} campaigns=${campaigns} campaign=${campaign} ready=${read !== null} />
      <${Totals} api=${api} filter=${filter} list=${read} />
      ${together && html`<p class="together"><${Link} to=${{ screen: "bulk", query: { ...place.query, CampaignId: campaign.Id } }}>Decide all of them together<//></p>`}
      ${selected.size > 0 && together && html`<${Selected} place=${place} campaign=${campaign} ids=${selected} clear=${clear} />`}
      <${Failure} error=${list.error} again=${list.reload} />
      <${Rows} rows=${rows} current=${current?.Id} outbox=${outbox} selected=${selected} toggle=${together && toggle} place=${place} onEnd=${list.next} />
      <${Failure} error=${list.failed} again=${list.next} />
      ${!rows.length && !list.isEmpty && !list.error && !list.failed && html`<${Loading} of="Reading the queue" />`}
      ${list.isEmpty && html`<${Nothing} filter=${filter} />`}
      <${Told} inquiry=${current} at=${position + 1} />
    </section>
    <section class="pane inquiry" aria-label="Inquiry">
      ${current ? html`<${InquiryPane} key=${current.Id} ...${{ api, session, dossier, place }} inquiry=${current} reread=${() => reread(current.Id)} />`
        : place.id && html`<article><${Back} place=${place} /><${Unread} key=${place.id} id=${place.id} list=${list} /></article>`}
    </section>
    <section class="pane decision" aria-label="Decision">
      ${current && html`<${DecisionPane} key=${current.Id} ...${{ api, dossier, entry, mode, setMode, decide, last, outbox, mayDecide, byKey }} campaign=${its} inquiry=${current} />`}
    </section>
    <${Undo} api=${api} outbox=${outbox} show=${(id) => go({ ...place, id }, { replace: true })} />
    ${help && html`<${Help} onClose=${() => setHelp(false)} />`}
  </div>`;
}

/** Follows what becomes of decisions: what is written leaves the queue, and what is refused is read
 * again, so that it can be decided as it is now.
 */
function useOutcomes(outbox, list, reread) {
  const [, redraw] = useState(0);
  const heard = useRef();
  heard.current = (entry) => {
    if (entry.state === "done") list.answered(entry.subject, entry.fields.Version);
    if (entry.state === "refused") reread(entry.subject);
    redraw((turn) => turn + 1);
  };
  useEffect(() => outbox.subscribe((entry) => heard.current(entry)), [outbox]);
}

/** The ids that are selected, and ways to change that. */
function useSelected() {
  const [selected, setSelected] = useState(() => new Set());
  const [changing] = useState({
    toggle: (id) => setSelected((before) => {
      const now = new Set(before);
      if (!now.delete(id)) now.add(id);
      return now;
    }),
    clear: () => setSelected(new Set()),
  });
  return { selected, ...changing };
}

/** An inquiry that the address names and nobody has read: it is read, or is said not to be there. */
function Unread({ list, id }) {
  const isListed = Boolean(list.data || list.error);
  const { error, busy, reload } = useLoaded(async () => isListed && list.reread(id), [isListed]);
  return error && !busy ? html`<${Failure} error=${error} again=${reload} />` : html`<${Loading} of="Reading the inquiry" />`;
}

function Nothing({ filter }) {
  if (!isOpen(filter)) return html`<${Empty} title="There is none"><p>No inquiry is as the filter says.</p><//>`;
  return html`<${Empty} title="Nothing is open here"><p>Every inquiry of this filter is answered.</p><//>`;
}

/** Says to who hears the screen which inquiry is looked at. */
function Told({ inquiry, at }) {
  const told = inquiry && `${inquiry.OrderId}, ${amount(inquiry.TransactionAmount)} ${inquiry.Currency}, ${words(inquiry.Verification.Verdict)}${at ? `, number ${at}` : ""}`;
  return html`<p class="heard" role="status">${told}</p>`;
}

/** The next row that nothing was decided about. */
function nextOf(rows, position, outbox) {
  const free = (each) => !outbox.of(each.Id);
  return rows.slice(position + 1).find(free) ?? rows.slice(0, Math.max(position, 0)).find(free);
}

function undoLast(outbox, show) {
  const held = outbox.all.filter((each) => each.state === "held").at(-1);
  if (held && outbox.undo(held.key)) show(held.subject);
}
