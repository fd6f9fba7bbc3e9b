// The screens, in the order in which they are offered: who sees them, and what shows them. A
// screen is a component that is given {api, session, outbox, place}.

import { Approvals } from "./approvals.js";
import { Bulk } from "./bulk.js";
import { Claims } from "./claims.js";
import { Queue } from "./queue.js";

const EVERYBODY = ["REVIEWER", "FINANCE", "VIEWER", "ADMIN"];
const REVIEWERS = ["REVIEWER", "ADMIN"];

export const SCREENS = [
  { path: "queue", title: "Queue", audience: "ADVERTISER", roles: EVERYBODY, view: Queue },
  { path: "bulk", title: "In bulk", audience: "ADVERTISER", roles: REVIEWERS, view: Bulk },
  { path: "approvals", title: "Approvals", audience: "ADVERTISER", roles: ["FINANCE", "VIEWER", "ADMIN"], view: Approvals },
  { path: "claims", title: "Claims", audience: "PARTNER", roles: EVERYBODY, view: Claims },
];

/** The screens of a session. */
export function screensOf(session) {
  return SCREENS.filter((each) => each.audience === session.Audience && each.roles.includes(session.Role));
}
