// A dialog's form: its fields, what is at fault with each, and one write that is done once.

import { useRef, useState } from "./preact.js";

/** Whether a repeat of what was refused so is another request: without an answer, or where the
 * server failed, it may have been done, and the same key finds that out. */
export const isAnother = (error) => error.status < 500;

/** `blank` are the fields at first; `onDone` is given the answer. `failure` is what no field tells. */
export function useForm(api, path, blank, onDone) {
  const [fields, setFields] = useState(blank);
  const [failure, setFailure] = useState(null);
  const key = useRef(crypto.randomUUID());
  const set = (name) => (event) => setFields({ ...fields, [name]: event.target.value });
  const fault = (name) => failure?.faults?.find((each) => each.Field === name)?.Message;
  const send = (event) => {
    event.preventDefault();
    const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value));
    api.write("POST", path, given, key.current).then(onDone, (error) => {
      if (isAnother(error)) key.current = crypto.randomUUID();
      setFailure(error);
    });
  };
  return { fields, set, fault, send, failure: failure?.faults?.length ? null : failure };
}
