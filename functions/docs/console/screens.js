// The screens, in the order in which they are offered: who sees them, and what shows them. A
// screen is a component that is given {api, session, outbox, place}.

import { Approvals } from "./approvals.js";
import { Bulk } from "./bulk.js";
import { Claims } from "./claims.js";
import { People } from "./people.js";
import { Policy } from "./policy.js";
import { Queue } from "./queue.js";
import { Webhooks } from "./webhooks.js";

const EVERYBODY = ["REVIEWER", "FINANCE", "VIEWER", "ADMIN"];
const REVIEWERS = ["REVIEWER", "ADMIN"];

export const SCREENS = [
  { path: "queue", title: "Queue", audience: "ADVERTISER", roles: EVERYBODY, view: Queue },
  { path: "bulk", title: "In bulk", audience: "ADVERTISER", roles: REVIEWERS, view: Bulk },
  { path: "approvals", title: "Approvals", audience: "ADVERTISER", roles: ["FINANCE", "VIEWER", "ADMIN"], view: Approvals },
  { path: "claims", title: "Claims", audience: "PARTNER", roles: EVERYBODY, view: Claims },
  { path: "policy", title: "Policy", audience: "ADVERTISER", roles: EVERYBODY, view: Policy },
  ...["ADVERTISER", "PARTNER"].flatMap((audience) => [
    { path: "people", title: "People", audience, roles: ["ADMIN"], view: People },
    { path: "webhooks", title: "Webhooks", audience, roles: ["ADMIN"], view: Webhooks },
  ]),
];

/** The screens of a session. */
export function screensOf(session) {
  return SCREENS.filter((each) => each.audience === session.Audience && each.roles.includes(session.Role));
}
