// The inquiries of the queue as they are known here: the pages of a filter's list, and what was read
// again of single ones since. Of two readings of an inquiry the one with the higher version holds.

import { useEffect, useMemo, useRef, useState } from "./preact.js";
import { followingOf } from "./api.js";
import { useLoaded } from "./loading.js";

const PAGE = 50;

const version = (inquiry) => Number(inquiry.Version);

/** The pages of a list, as far as they are read; of another filter nothing is kept. {data, error, busy, reload} of the first,
 * {pages: all rows, following: what the next is asked for, failed: why that was not read}, and `next`, which
 * reads it. Nobody counts the rows for that: see `Totals`.
 */
function usePages(api, filter) {
  const of = JSON.stringify(filter);
  const first = useLoaded(async () => ({ of, ...(await api.get("/ActionInquiries", { ...filter, Count: "false", PageSize: PAGE })) }), [api, of]);
  const data = first.data?.of === of ? first.data : undefined;
  const [more, setMore] = useState({ after: null });
  const beginning = useMemo(() => ({ after: data, rows: [], following: data ? followingOf(data) : null, failed: null }), [data]);
  const read = more.after === data ? more : beginning;
  const asking = useRef(null);
  const next = async () => {
    const { after, following } = read;
    if (!following || first.busy || asking.current === following) return;
    asking.current = following;
    setMore({ ...read, failed: null });
    const add = (found) => setMore((before) => (before.after === after ? { ...before, ...found(before) } : before));
    try {
      const page = await api.get("/ActionInquiries", following);
      add(({ rows }) => ({ rows: [...rows, ...page.ActionInquiries], following: followingOf(page) }));
    } catch (failed) {
      add(() => ({ failed }));
    } finally {
      asking.current = null;
    }
  };
  const pages = useMemo(() => [...(data?.ActionInquiries ?? []), ...read.rows], [data, read.rows]);
  return { ...first, data, pages, following: read.following, failed: read.failed, next };
}

/**
 * The queue of a filter: `rows` that wait for somebody, and whether it `isEmpty`, which is said only of a
 * list that was read after the last decision was written. `find` gives an inquiry as it is known,
 * `reread` reads it by itself, and `answered` is told of each decision that was written.
 */
export function useInquiries(api, filter) {
  const list = usePages(api, filter);
  const [fresh, setFresh] = useState(() => new Map());
  const [done, setDone] = useState(() => new Map());
  const readAfter = useRef(done);

  const rows = useMemo(() => {
    const newest = (each) => (version(fresh.get(each.Id) ?? each) > version(each) ? fresh.get(each.Id) : each);
    const isMoved = (each) => fresh.get(each.Id) === each && each.ResolutionStatus !== filter.ResolutionStatus;
    const isDone = (each) => version(each) <= done.get(each.Id);
    const all = new Map(list.pages.map((each) => [each.Id, newest(each)]));
    return [...all.values()].filter((each) => !isMoved(each) && !isDone(each));
  }, [list.pages, fresh, done, filter.ResolutionStatus]);

  const isOver = Boolean(list.data) && !list.busy && !list.following && !rows.length;
  useEffect(() => {
    if (!rows.length && !list.failed) list.next();
    if (!isOver || readAfter.current === done) return;
    readAfter.current = done;
    list.reload();
  }, [isOver, rows.length, list.following]);

  const reread = async (id) => {
    const inquiry = await api.get(`/ActionInquiries/${encodeURIComponent(id)}`);
    setFresh((before) => new Map(before).set(id, inquiry));
  };
  const answered = (id, before) => {
    setDone((all) => new Map(all).set(id, Number(before) + 1));
    setFresh((all) => new Map([...all].filter(([each]) => each !== id)));
  };
  return {
    ...list, rows, reread, answered, isEmpty: isOver && !list.error && readAfter.current === done,
    find: (id) => rows.find((each) => each.Id === id) ?? fresh.get(id),
  };
}
