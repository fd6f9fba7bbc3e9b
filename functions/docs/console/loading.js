// Reading for a screen: what is there, what went wrong, and the same again.

import { isPassing } from "./api.js";
import { useCallback, useEffect, useRef, useState } from "./preact.js";

const LOOK_AGAIN = 1_000;

/** {data, error, busy, reload} of an asynchronous read, made again whenever `needs` change. What
 * came before stays until the next is there; an answer that comes too late is dropped.
 */
export function useLoaded(read, needs) {
  const [state, setState] = useState({ data: undefined, error: null, busy: true });
  const turn = useRef(0);
  const load = useCallback(async () => {
    const mine = (turn.current += 1);
    setState((before) => ({ ...before, busy: true }));
    try {
      const data = await read();
      if (mine === turn.current) setState({ data, error: null, busy: false });
    } catch (error) {
      if (mine === turn.current && error.name !== "AbortError") {
        setState((before) => ({ ...before, error, busy: false }));
      }
    }
  }, needs);
  useEffect(() => {
    load();
    return () => { turn.current += 1; };
  }, [load]);
  return { ...state, reload: load };
}

/** {error, again} of the first of several reads that failed; `again` reads that one again. */
export function failureOf(...reads) {
  const failed = reads.find((each) => each.error);
  return { error: failed?.error, again: failed?.reload };
}

/** A value that changes only once it has been the same for a while, as what is being typed. */
export function useSettled(value, milliseconds = 250) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [JSON.stringify(value), milliseconds]);
  return settled;
}

/** Reads something that goes on by itself until its `Status` is DONE or FAILED, and gives it as it is
 * then; null where it is not `wanted()` any more. `onTold` is given what was read each time, or what
 * keeps us from reading: that ends nothing of what is followed.
 */
export async function follow(read, wanted, onTold) {
  while (wanted()) {
    try {
      const told = await read();
      if (!wanted()) break;
      onTold(told, null);
      if (["DONE", "FAILED"].includes(told.Status)) return told;
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (wanted()) onTold(undefined, error);
    }
    await new Promise((next) => setTimeout(next, LOOK_AGAIN));
  }
  return null;
}

/** A function that begins a turn and gives `wanted()`: whether the turn is still the last one, on a
 * screen that is still there.
 */
export function useTurns() {
  const turn = useRef(0);
  useEffect(() => () => { turn.current += 1; }, []);
  return () => {
    const mine = (turn.current += 1);
    return () => mine === turn.current;
  };
}
