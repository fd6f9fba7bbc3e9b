// The screens, in the order in which they are offered: who sees them, and what shows them. A
// screen is a component that is given {api, session, outbox, place}.

import { Approvals } from "./approvals.js";
import { Bulk } from "./bulk.js";
import { Claims } from "./claims.js";
import { Earnings } from "./earnings.js";
import { Files } from "./files.js";
import { Funds } from "./funds.js";
import { Levels } from "./levels.js";
import { Orders } from "./orders.js";
import { People } from "./people.js";
import { Policy } from "./policy.js";
import { Queue } from "./queue.js";
import { Statements } from "./statements.js";
import { Tokens } from "./tokens.js";
import { Webhooks } from "./webhooks.js";

const EVERYBODY = ["REVIEWER", "FINANCE", "VIEWER", "ADMIN"];
const REVIEWERS = ["REVIEWER", "ADMIN"];
const FINANCE = ["FINANCE", "VIEWER", "ADMIN"];

export const SCREENS = [
  { path: "queue", title: "Queue", audience: "ADVERTISER", roles: EVERYBODY, view: Queue },
  { path: "bulk", title: "In bulk", audience: "ADVERTISER", roles: REVIEWERS, view: Bulk },
  { path: "approvals", title: "Approvals", audience: "ADVERTISER", roles: FINANCE, view: Approvals },
  { path: "funds", title: "Funds", audience: "ADVERTISER", roles: FINANCE, view: Funds },
  { path: "claims", title: "Claims", audience: "PARTNER", roles: EVERYBODY, view: Claims },
  { path: "earnings", title: "Earnings", audience: "PARTNER", roles: FINANCE, view: Earnings },
  ...["ADVERTISER", "PARTNER"].map((audience) => ({ path: "statements", title: "Statements", audience, roles: FINANCE, view: Statements })),
  { path: "policy", title: "Policy", audience: "ADVERTISER", roles: EVERYBODY, view: Policy },
  { path: "orders", title: "Orders", audience: "ADVERTISER", roles: EVERYBODY, view: Orders },
  ...["ADVERTISER", "PARTNER"].flatMap((audience) => [
    { path: "levels", title: "Service levels", audience, roles: EVERYBODY, view: Levels },
    { path: "files", title: "Files", audience, roles: EVERYBODY, view: Files },
    { path: "people", title: "People", audience, roles: ["ADMIN"], view: People },
    { path: "tokens", title: "Tokens", audience, roles: ["ADMIN"], view: Tokens },
    { path: "webhooks", title: "Webhooks", audience, roles: ["ADMIN"], view: Webhooks },
  ]),
];

/** The screens of a session. */
export function screensOf(session) {
  return SCREENS.filter((each) => each.audience === session.Audience && each.roles.includes(session.Role));
}
