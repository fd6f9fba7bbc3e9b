// What a reviewer reads besides the inquiry itself: the shop's order, the thread, other claims of
// the same order, and what accepting would do. It is read ahead for the next inquiry,
// so that moving on waits for nothing.

import { useEffect, useState } from "./preact.js";
import { acceptance } from "./decisions.js";
import { learnNow } from "./format.js";
import { isOpen } from "./states.js";

const KEPT = 60;
const SETTLED = 120;

const path = (inquiry) => `/ActionInquiries/${encodeURIComponent(inquiry.Id)}`;

/** The last others of a filter, and whether there are more. */
async function others(api, inquiry, filter) {
  const asked = { CampaignId: inquiry.CampaignId, PageSize: 10, ...filter };
  const list = await api.get("/ActionInquiries", asked);
  return { others: list.ActionInquiries.filter((each) => each.Id !== inquiry.Id), more: Boolean(list["@nextpageuri"]), filter };
}

/** Each part and how it is read; `null` where an inquiry has none. */
const READS = {
  order: (api, inquiry) => inquiry.Verification.OrderId
    && api.get(`/Orders/${encodeURIComponent(inquiry.Verification.OrderId)}`, { CampaignId: inquiry.CampaignId }),
  thread: async (api, inquiry) => (await api.get(`${path(inquiry)}/Comments`)).Comments,
  sameOrder: (api, inquiry) => others(api, inquiry, { OrderId: inquiry.OrderId }),
  preview: (api, inquiry, campaign) => isOpen(inquiry) && api.preview("PUT", path(inquiry), acceptance(inquiry, campaign)),
};

/** What is read when it is asked for: no index has the claims of a customer. */
const LATER = {
  explanation: async (api, inquiry) => {
    const told = await api.get(`${path(inquiry)}/Explanation`);
    learnNow(told.Date);
    return told;
  },
  sameCustomer: (api, inquiry) => inquiry.CustomerId && others(api, inquiry, { CustomerId: inquiry.CustomerId }),
  samePartner: (api, inquiry) => others(api, inquiry, { MediaPartnerId: inquiry.MediaPartnerId }),
};

export class Dossiers {
  #held = new Map();

  constructor(api) {
    this.api = api;
  }

  /** The dossier of an inquiry in its version; what is missing of it is being read. What is known of
   * the version before stays until then.
   */
  of(inquiry, campaign) {
    const before = this.#held.get(inquiry.Id);
    if (before && !before.isOld && before.inquiry.Version === inquiry.Version) return before;
    const made = new Dossier(this.api, inquiry, campaign, before?.parts);
    this.#held.set(inquiry.Id, made);
    if (this.#held.size > KEPT) this.#held.delete(this.#held.keys().next().value);
    return made;
  }

  /** Whether something is known of an inquiry, in whichever version. */
  has(inquiry) {
    return this.#held.has(inquiry.Id);
  }

  /** Has an inquiry's dossier read anew, as after something was written about it. */
  forget(id) {
    const held = this.#held.get(id);
    if (held) held.isOld = true;
  }
}

class Dossier {
  #listeners = new Set();

  constructor(api, inquiry, campaign, before = {}) {
    Object.assign(this, { api, inquiry, campaign, parts: before, isOld: false });
    for (const name of new Set([...Object.keys(READS), ...Object.keys(before)])) this.again(name);
  }

  /** Reads a part that few need, once. */
  ask(name) {
    if (!this.parts[name]) this.again(name);
  }

  /** Reads a part again, as after it could not be read. */
  again(name) {
    this.#take(name, READS[name] ?? LATER[name]);
  }

  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #take(name, read) {
    this.#set(name, { data: this.parts[name]?.data, busy: true });
    try {
      this.#set(name, { data: (await read(this.api, this.inquiry, this.campaign)) || null });
    } catch (error) {
      this.#set(name, { error });
    }
  }

  #set(name, part) {
    this.parts = { ...this.parts, [name]: part };
    for (const each of [...this.#listeners]) each();
  }
}

/** The dossier of the inquiry that is looked at. Nothing is asked while somebody only passes by. */
export function useDossier(dossiers, inquiry, campaign) {
  const [, again] = useState(0);
  const [stayed, setStayed] = useState("");
  const key = inquiry ? `${inquiry.Id}/${inquiry.Version}` : "";
  useEffect(() => {
    if (!inquiry) return undefined;
    const timer = setTimeout(() => setStayed(key), dossiers.has(inquiry) ? 0 : SETTLED);
    return () => clearTimeout(timer);
  }, [key]);
  const dossier = inquiry && (stayed === key || dossiers.has(inquiry)) ? dossiers.of(inquiry, campaign) : null;
  useEffect(() => dossier?.subscribe(() => again((turn) => turn + 1)), [dossier]);
  return dossier;
}
