// The screens, in the order in which they are offered: who sees them, and what shows them. A
// screen is a component that is given {api, session, outbox, place}.

import { Queue } from "./queue.js";

const EVERYBODY = ["REVIEWER", "FINANCE", "VIEWER", "ADMIN"];

export const SCREENS = [
  { path: "queue", title: "Queue", audience: "ADVERTISER", roles: EVERYBODY, view: Queue },
];

/** The screens of a session. */
export function screensOf(session) {
  return SCREENS.filter((each) => each.audience === session.Audience && each.roles.includes(session.Role));
}
