// The place in the console, kept in the address: `#/queue/4711?CampaignId=1000` is the screen
// "queue", the id "4711", and a query. So every place can be shared, and "back" works.

import { useEffect, useState } from "./preact.js";

/** A part of an address; one that is no encoded text is taken as it is. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function placeOf(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [screen = "", ...rest] = path.split("/");
  const id = rest.map(decoded).join("/");
  return { screen, id, query: Object.fromEntries(new URLSearchParams(query)) };
}

export function hrefOf({ screen, id = "", query = {} }) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const path = id ? `${screen}/${encodeURIComponent(id)}` : screen;
  return `#/${path}${given.length ? `?${new URLSearchParams(given)}` : ""}`;
}

/** Goes to a place; `replace` leaves no step in the history, as for a filter that is being typed. */
export function go(place, { replace = false } = {}) {
  const href = hrefOf(place);
  if (href === location.hash) return;
  if (replace) {
    history.replaceState(null, "", href);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = href;
  }
}

export function usePlace() {
  const [place, setPlace] = useState(() => placeOf(location.hash));
  useEffect(() => {
    const moved = () => setPlace(placeOf(location.hash));
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return place;
}
