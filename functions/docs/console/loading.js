// Reading for a screen: what is there, what went wrong, and the same again.

import { useCallback, useEffect, useRef, useState } from "./preact.js";

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

/** A value that changes only once it has been the same for a while, as what is being typed. */
export function useSettled(value, milliseconds = 250) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [JSON.stringify(value), milliseconds]);
  return settled;
}
