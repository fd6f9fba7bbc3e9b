// Pictures of figures. A picture is drawn from shares of its largest value and nothing else; what it
// says is in its name, and every figure of it is in a table beside it.

import { html } from "./preact.js";
import { compare, count, instant, share, sum } from "./format.js";

const SLOT = 10;
const GAP = 2;
const HEIGHT = 100;
const CELL = 14;

/** Bars by day: `bars` are [{at, parts: [{tone, of}]}] with amounts as texts, `names` the meaning of
 * each part, `say` how a value is shown. A part's tone names its colour in the style sheet.
 */
export function Bars({ title, bars, names, say = count, label = (each) => instant(each.at, false) }) {
  const totals = bars.map((each) => sum(each.parts.map((part) => part.of)));
  const most = totals.reduce((left, each) => (compare(each, left) > 0 ? each : left), "0");
  const drawn = bars.flatMap((each, at) => stacked(each.parts, most).map((part) => html`<rect key=${`${at}${part.tone}`} class="fill ${part.tone}"
    x=${at * SLOT + GAP / 2} y=${HEIGHT - part.base - part.height} width=${SLOT - GAP} height=${part.height}><title>${`${label(each)}: ${names[part.tone]} ${say(part.of)}`}</title></rect>`));
  return html`<figure class="chart">
    <figcaption><strong>${title}</strong><${Legend} names=${names} /></figcaption>
    <p class="axis most"><span>${say(most)}</span></p>
    <svg role="img" aria-label=${`${title}, ${bars.length} bars, at most ${say(most)}; the table below has every figure`} viewBox=${`0 0 ${Math.max(1, bars.length) * SLOT} ${HEIGHT}`} preserveAspectRatio="none">${drawn}</svg>
    <p class="axis">${marks(bars).map((each) => html`<span key=${each.at}>${label(each)}</span>`)}</p>
    <${Figures} title=${title} bars=${bars} names=${names} say=${say} label=${label} />
  </figure>`;
}

function stacked(parts, most) {
  let base = 0;
  return parts.map((part) => {
    const height = (share(part.of, most) * HEIGHT) / 1000;
    base += height;
    return { ...part, height, base: base - height };
  }).filter((part) => part.height > 0);
}

/** The first bar, the one in the middle, and the last: what there is room for at any width. */
function marks(bars) {
  if (bars.length < 3) return bars;
  return [bars[0], bars[Math.floor(bars.length / 2)], bars.at(-1)];
}

function Legend({ names }) {
  return html`<span class="legend">${Object.entries(names).map(([tone, name]) => html`<span key=${tone}><svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true"><rect class="fill ${tone}" width="10" height="10" rx="2" /></svg> ${name}</span>`)}</span>`;
}

function Figures({ title, bars, names, say, label }) {
  return html`<details class="more"><summary>As a table</summary><div class="scrolls tall" tabindex="0"><table class="table"><caption class="hidden">${title}</caption>
    <thead><tr><td></td>${Object.values(names).map((each) => html`<th scope="col" class="number" key=${each}>${each}</th>`)}</tr></thead>
    <tbody>${bars.map((each) => html`<tr key=${each.at}><th scope="row">${label(each)}</th>${Object.keys(names).map((tone) => html`<td class="number" key=${tone}>${say(each.parts.find((part) => part.tone === tone)?.of ?? "0")}</td>`)}</tr>`)}</tbody></table></div></details>`;
}

/** A share of a whole as one bar of two parts; its words stand beside it. */
export function ShareBar({ part, whole, words }) {
  const width = share(part, whole);
  return html`<svg class="share" role="img" aria-label=${words} viewBox="0 0 1000 10" preserveAspectRatio="none"><rect class="fill rest" width="1000" height="10" /><rect class="fill good" width=${width} height="10" /></svg>`;
}

const COVERAGES = { COMPLETE: "Every order is known", PARTIAL: "Some orders are known", NONE: "No file covers it" };
const SIZES = { COMPLETE: 12, PARTIAL: 12, NONE: 4 };
const WEEKDAY = 86_400_000;

/** Days as squares, a column for each week from Monday on: full, half, or a dot. */
export function Calendar({ title, days }) {
  const offset = days.length ? (new Date(`${days[0].Date}T00:00:00Z`).getTime() / WEEKDAY + 3) % 7 : 0;
  const weeks = Math.max(1, Math.ceil((days.length + offset) / 7));
  const complete = days.filter((each) => each.Coverage === "COMPLETE").length;
  return html`<figure class="chart calendar">
    <figcaption><strong>${title}</strong><span class="legend">${Object.entries(COVERAGES).map(([code, name]) => html`<span key=${code}><svg viewBox="0 0 14 14" width="12" height="12" aria-hidden="true">${square(code, 0, 0)}</svg> ${name}</span>`)}</span></figcaption>
    <svg role="img" aria-label=${`${title}: every order is known of ${complete} of ${days.length} days; the table below has every day`} viewBox=${`0 0 ${weeks * CELL} ${7 * CELL}`}>
      ${days.map((each, at) => square(each.Coverage, Math.floor((at + offset) / 7) * CELL, ((at + offset) % 7) * CELL, `${instant(each.Date)}: ${COVERAGES[each.Coverage]}`))}</svg>
    <p class="axis"><span>${instant(days[0]?.Date)}</span><span>${instant(days.at(-1)?.Date)}</span></p>
  </figure>`;
}

function square(code, x, y, title = "") {
  const size = SIZES[code] ?? SIZES.NONE;
  const inset = (CELL - size) / 2;
  const height = code === "PARTIAL" ? size / 2 : size;
  return html`<rect key=${title} class="fill ${code.toLowerCase()}" x=${x + inset} y=${y + inset + (size - height)} width=${size} height=${height} rx="2">${title && html`<title>${title}</title>`}</rect>`;
}
