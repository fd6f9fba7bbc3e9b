// What was decided here and is not known to be done. A decision is held for five seconds, in which
// it can be taken back; then it is sent, with the same idempotency key until an answer comes. It is
// kept in the tab's storage, so neither a lost network nor an ended session loses or repeats it.
// Only the person who decided sends it, for the account that they decided for: what others left in
// the same tab stays there until they come back.

import { Refused } from "./api.js";

export const HELD_MILLISECONDS = 5_000;
const AGAIN = [2_000, 5_000, 10_000, 30_000];
const STORED = "makegood.outbox";

/** The entries of everybody who decided in this tab. */
const stored = () => JSON.parse(sessionStorage.getItem(STORED) ?? "[]");

export class Outbox {
  #entries = new Map();
  #listeners = new Set();
  #timers = new Map();

  constructor(api) {
    this.api = api;
    this.owner = { account: api.session.AccountSid, person: api.session.PersonId };
    for (const each of stored().filter((each) => this.#own(each))) {
      this.#take({ ...each, state: "unsent", tries: 0 }, 0);
    }
    this.online = () => this.#sendUnsent();
    this.leaving = (event) => { if (this.pending.length) event.preventDefault(); };
    addEventListener("online", this.online);
    addEventListener("beforeunload", this.leaving);
  }

  /** Another session of the same tab has its own; this one lets its entries be. */
  close() {
    removeEventListener("online", this.online);
    removeEventListener("beforeunload", this.leaving);
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  /** What is held, on its way, or not sent. */
  get pending() {
    return [...this.#entries.values()].filter((each) => each.state !== "refused");
  }

  get all() {
    return [...this.#entries.values()];
  }

  /** The entry about a subject, like an inquiry; undefined where there is none. */
  of(subject) {
    return this.all.find((each) => each.subject === subject);
  }

  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes {subject, method, path, fields, words, before}; returns its entry. */
  add(asked) {
    const entry = {
      ...asked, ...this.owner, key: crypto.randomUUID(), state: "held", tries: 0,
      due: Date.now() + HELD_MILLISECONDS,
    };
    this.#take(entry, HELD_MILLISECONDS);
    return entry;
  }

  /** Takes back what is still held; false where it is too late. */
  undo(key) {
    const entry = this.#entries.get(key);
    if (entry?.state !== "held") return false;
    this.#drop(entry, "undone");
    return true;
  }

  /** Forgets a refusal that was read. */
  dismiss(key) {
    const entry = this.#entries.get(key);
    if (entry?.state === "refused") this.#drop(entry, "dismissed");
  }

  /** Drops all that this person has not sent, and what is on its way is not sent again. */
  clear() {
    for (const each of this.pending) this.#drop(each, "dropped");
  }

  #own(entry) {
    return entry.account === this.owner.account && entry.person === this.owner.person;
  }

  #take(entry, milliseconds) {
    this.#entries.set(entry.key, entry);
    this.#wait(entry, milliseconds);
    this.#changed(entry);
  }

  #wait(entry, milliseconds) {
    clearTimeout(this.#timers.get(entry.key));
    this.#timers.set(entry.key, setTimeout(() => this.#send(entry.key), milliseconds));
  }

  async #send(key) {
    const entry = this.#entries.get(key);
    if (!entry || entry.state === "sending") return;
    this.#change(entry, { state: "sending" });
    try {
      const answer = await this.api.write(entry.method, entry.path, entry.fields, entry.key);
      if (this.#entries.has(key)) this.#drop({ ...this.#entries.get(key), answer }, "done");
    } catch (error) {
      if (!this.#entries.has(key)) return;
      const known = error instanceof Refused && error.status < 500 && ![401, 429].includes(error.status);
      if (known) {
        this.#change(entry, { state: "refused", error });
      } else {
        const tries = entry.tries + 1;
        this.#change(entry, { state: "unsent", tries, error });
        this.#wait(entry, AGAIN[Math.min(tries, AGAIN.length) - 1]);
      }
    }
  }

  #sendUnsent() {
    for (const each of this.all) if (each.state === "unsent") this.#wait(each, 0);
  }

  #change(entry, more) {
    const changed = { ...entry, ...more };
    this.#entries.set(entry.key, changed);
    this.#changed(changed);
  }

  #drop(entry, state) {
    clearTimeout(this.#timers.get(entry.key));
    this.#timers.delete(entry.key);
    this.#entries.delete(entry.key);
    this.#changed({ ...entry, state });
  }

  #changed(entry) {
    const kept = this.pending.map(({ error, ...each }) => each);
    const others = stored().filter((each) => !this.#own(each));
    sessionStorage.setItem(STORED, JSON.stringify([...others, ...kept]));
    for (const each of [...this.#listeners]) each(entry);
  }
}
