// Amounts and dates as people read them. An amount is the API's text and never a float: it is
// grouped as text, and added up and compared as a whole number of its smallest unit.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const AMOUNT = /^(-?)(\d+)(?:\.(\d+))?$/;
const INSTANT = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}))?/;
const DAY = 86_400_000;

/** "1234567.50" as "1,234,567.50"; a text that is no amount stays as it is. */
export function amount(text) {
  const read = AMOUNT.exec(text ?? "");
  if (!read) return text ?? "";
  const [, sign, whole, rest] = read;
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${sign ? "−" : ""}${grouped}${rest === undefined ? "" : `.${rest}`}`;
}

/** Whether a text is an amount as the API takes it: "125" or "12.50". */
export function isAmount(text) {
  return AMOUNT.test(text) && !text.startsWith("-");
}

/** An amount as a BigInt with that many decimals; null where it is none. */
function scaled(text, decimals) {
  const read = AMOUNT.exec(text ?? "");
  if (!read) return null;
  const [, sign, whole, rest = ""] = read;
  return BigInt(`${sign}${whole}${rest.padEnd(decimals, "0")}`);
}

function decimalsOf(texts) {
  return Math.max(0, ...texts.map((each) => (AMOUNT.exec(each ?? "")?.[3] ?? "").length));
}

/** The sum of amounts of one currency, as a text with the most decimals that one of them has. */
export function sum(texts) {
  const decimals = decimalsOf(texts);
  const total = texts.reduce((left, each) => left + (scaled(each, decimals) ?? 0n), 0n);
  const digits = String(total < 0n ? -total : total).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const rest = decimals ? `.${digits.slice(-decimals)}` : "";
  return `${total < 0n ? "-" : ""}${whole}${rest}`;
}

/** -1, 0 or 1, as the first amount is less than, equal to, or more than the second. */
export function compare(one, other) {
  const decimals = decimalsOf([one, other]);
  const [left, right] = [scaled(one, decimals) ?? 0n, scaled(other, decimals) ?? 0n];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The share of a whole in thousandths, for the length of a bar and nothing else. */
export function share(part, whole) {
  const decimals = decimalsOf([part, whole]);
  const [top, bottom] = [scaled(part, decimals) ?? 0n, scaled(whole, decimals) ?? 0n];
  return bottom > 0n ? Number((top * 1000n) / bottom) : 0;
}

/** "18432" as "18,432". */
export function count(text) {
  return amount(String(text ?? ""));
}

/** "2026-06-01T12:00:00-04:00" as "1 Jun 2026, 12:00": as it is written, in the campaign's zone. */
export function instant(text, withTime = true) {
  const read = INSTANT.exec(text ?? "");
  if (!read) return text ?? "";
  const [, year, month, day, hour, minute] = read;
  const date = `${Number(day)} ${MONTHS[Number(month) - 1]} ${year}`;
  return withTime && hour ? `${date}, ${hour}:${minute}` : date;
}

/** The same instant by the viewer's own clock, with the name of its zone. */
export function viewers(text) {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return "";
  const words = { dateStyle: "medium", timeStyle: "short" };
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return `${at.toLocaleString("en-GB", words)} in ${zone}`;
}

/** How far off an instant is: {text: "in 3 days", tone: "soon"}. */
export function until(text, now) {
  const at = Date.parse(text ?? "");
  if (Number.isNaN(at)) return { text: "", tone: "" };
  const left = at - now;
  const days = Math.floor(Math.abs(left) / DAY);
  const hours = Math.floor(Math.abs(left) / 3_600_000);
  const span = days >= 1 ? `${days} ${days === 1 ? "day" : "days"}` : `${hours} h`;
  if (left < 0) return { text: `${span} overdue`, tone: "late" };
  return { text: `in ${span}`, tone: left < 2 * DAY ? "soon" : "" };
}

/** A word of the wire as people write it: "NOT_FOUND" as "Not found". */
export function words(text) {
  const said = (text ?? "").toLowerCase().replaceAll("_", " ");
  return said.charAt(0).toUpperCase() + said.slice(1);
}

// The instant that the API lives at, as far as its answers have told: a browser's clock may be
// wrong, and a stack for trying things out may live at another time.
let ahead = 0;

/** Takes the instant of an answer that was just given. */
export function learnNow(text) {
  const told = Date.parse(text ?? "");
  if (Number.isNaN(told)) return;
  const difference = told - Date.now();
  ahead = Math.abs(difference) > 300_000 ? difference : 0;
}

export function now() {
  return Date.now() + ahead;
}
