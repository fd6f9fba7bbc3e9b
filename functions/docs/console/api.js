// The client of the public API. The token lives in this object and nowhere else. A read is tried
// again when the network fails; a write keeps one idempotency key over all its tries, so it is done
// once however often it is sent.

const PAUSES = [300, 1_000, 3_000];
const WAIT_MAX = 20_000;

/** The API's refusal: `code` is stable, `message` says what to mend, `faults` are of single fields. */
export class Refused extends Error {
  constructor(status, body) {
    super(body.Message ?? (status >= 500 ? `The API has failed (${status}). Try it again later.` : `The API answered ${status}`));
    this.status = status;
    this.code = body.code ?? "";
    this.faults = body.Errors ?? [];
    this.requestId = body.request_id ?? "";
    this.body = body;
  }
}

/** No answer came: whether a write was done is not known, and sending it again with its key is safe. */
export class Unreachable extends Error {
  constructor() {
    super("No connection. Try it again once there is one.");
  }
}

/** Whether this says nothing of what was asked: no answer came, the server failed, or it asks for
 * patience. The same may succeed later.
 */
export const isPassing = (error) => error instanceof Unreachable || error.status === 429 || error.status >= 500;

/** The URL that the API's paths follow, from the page's own. */
export function rootOf(location) {
  return location.origin + location.pathname.replace(/\/console\/?$/, "");
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

function queryOf(query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

/** What to ask for the page after one of a list: its URI has the list's filter, and the cursor after
 * the last row, which a page's number does not. Null after the last page.
 */
export function followingOf(page) {
  const uri = page["@nextpageuri"];
  return uri ? Object.fromEntries(new URL(uri, location.href).searchParams) : null;
}

export class Api {
  /** `session` is the answer of POST /Sessions; `onEnded` is called once when it is over. */
  constructor(root, session, onEnded) {
    this.root = root;
    this.session = session;
    this.onEnded = onEnded;
    const audience = session.Audience === "PARTNER" ? "Mediapartners" : "Advertisers";
    this.base = `${root}/${audience}/${session.AccountSid}`;
    this.credentials = `Basic ${btoa(`${session.AccountSid}:${session.Token}`)}`;
  }

  /** Reads `/Path` of the account. */
  async get(path, query, options = {}) {
    for (const wait of [...PAUSES, null]) {
      try {
        return await this.#send("GET", path + queryOf(query), undefined, {}, options.signal);
      } catch (error) {
        const again = error instanceof Unreachable || waitOf(error) > 0;
        if (wait === null || !again || options.signal?.aborted) throw error;
        await pause(waitOf(error) || wait);
      }
    }
  }

  /** Reads all pages of a list, up to `most` rows; `name` is the list's own in the answer. */
  async all(path, name, query = {}, most = 5_000) {
    const rows = [];
    let asked = { PageSize: 1000, ...query };
    while (asked && rows.length < most) {
      const answer = await this.get(path, asked);
      rows.push(...answer[name]);
      asked = followingOf(answer);
    }
    return rows;
  }

  /** Writes once. Only a refusal that asks for patience is tried again here; see `outbox.js`. */
  write(method, path, fields = {}, key = crypto.randomUUID()) {
    return this.#patiently(method, path, fields, { "Idempotency-Key": key });
  }

  /** What a decision or a claim would do; nothing is written. */
  preview(method, path, fields, signal) {
    return this.#patiently(method, path, { ...fields, DryRun: "true" }, {}, signal);
  }

  /** Sends what may be sent again, and waits as long as an answer asks for patience. */
  async #patiently(...sent) {
    for (const last of [false, false, true]) {
      try {
        return await this.#send(...sent);
      } catch (error) {
        const wait = waitOf(error);
        if (last || !wait) throw error;
        await pause(wait);
      }
    }
  }

  /** A CSV or another text of the account, for a download. */
  async text(path, query) {
    return this.#send("GET", path + queryOf(query), undefined, { Accept: "*/*" });
  }

  async #send(method, path, fields, headers, signal) {
    const body = fields === undefined ? undefined : JSON.stringify(fields);
    const type = body === undefined ? {} : { "Content-Type": "application/json" };
    let answer, text;
    try {
      answer = await fetch(this.base + path, {
        method, body, signal,
        headers: { Accept: "application/json", Authorization: this.credentials, ...type, ...headers },
        credentials: "omit", cache: "no-store", redirect: "error",
      });
      text = await answer.text();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Unreachable();
    }
    const told = (answer.headers.get("Content-Type") ?? "").includes("json") ? read(text) : text;
    if (answer.ok) return told;
    if (answer.status === 401) this.onEnded?.(told?.code ?? "unauthorized");
    const refused = new Refused(answer.status, told instanceof Object ? told : {});
    refused.wait = Number(answer.headers.get("Retry-After") ?? 0) * 1_000;
    throw refused;
  }
}

function read(text) {
  try {
    return text ? JSON.parse(text) : {};
  } catch {
    return {};
  }
}

/** How long to wait before the same again, in milliseconds; 0 where that would not help. */
function waitOf(error) {
  if (!(error instanceof Refused) || ![429, 503].includes(error.status)) return 0;
  return Math.min(error.wait || 1_000, WAIT_MAX);
}
