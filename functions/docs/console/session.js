// Signing in: the pool's page asks for the password and gives a code, the code and a secret of this
// tab (PKCE) give an ID token, and that gives a session of one account. Tokens stay in memory; what
// is put by for the way to the pool and back is a random secret and the place to come back to.

import { Refused, rootOf } from "./api.js";

const STORED = "makegood.sign-in";
const settings = document.querySelector("meta[name=makegood]").dataset;
const root = rootOf(location);

/** This page without its query and place: what the pool sends people back to. */
const callback = () => location.origin + location.pathname.replace(/\/?$/, "/");

/** The pool's origin; the page's own where they share one. */
const pool = () => settings.signIn || location.origin;

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

/** Goes to the pool's page, and comes back to this place. */
export async function signIn() {
  const [verifier, state] = [random(), random()];
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  sessionStorage.setItem(STORED, JSON.stringify({ verifier, state, hash: location.hash }));
  const asked = new URLSearchParams({
    response_type: "code", client_id: settings.client, redirect_uri: callback(),
    scope: "openid email profile", state,
    code_challenge: base64url(new Uint8Array(digest)), code_challenge_method: "S256",
  });
  location.assign(`${pool()}/oauth2/authorize?${asked}`);
}

/** The ID token, if the pool has just sent somebody back here; null otherwise. */
export async function returned() {
  const query = new URLSearchParams(location.search);
  const kept = JSON.parse(sessionStorage.getItem(STORED) ?? "null");
  if (!query.has("code") && !query.has("error")) return null;
  sessionStorage.removeItem(STORED);
  history.replaceState(null, "", location.pathname + (kept?.hash ?? ""));
  if (!kept || query.get("state") !== kept.state) {
    throw new Error("This sign-in was not begun in this tab. Sign in again.");
  }
  if (query.has("error")) throw new Error(query.get("error_description") || "Nobody was signed in.");
  const answer = await fetch(`${pool()}/oauth2/token`, {
    method: "POST", credentials: "omit", cache: "no-store",
    body: new URLSearchParams({
      grant_type: "authorization_code", client_id: settings.client, redirect_uri: callback(),
      code: query.get("code"), code_verifier: kept.verifier,
    }),
  });
  if (!answer.ok) throw new Error("The sign-in took too long or was used already. Sign in again.");
  return (await answer.json()).id_token;
}

/** Opens a session; {accounts} where the person has several and has to choose. */
export async function open(idToken, accountSid = "") {
  const answer = await fetch(`${root}/Sessions`, {
    method: "POST", credentials: "omit", cache: "no-store",
    headers: { Authorization: idToken, "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(accountSid ? { AccountSid: accountSid } : {}),
  });
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return { session: told };
  if (told.code === "account_ambiguous") return { accounts: told.Accounts };
  throw new Refused(answer.status, told);
}

/** Ends the session, and the pool's own memory of the person. */
export async function signOut(api) {
  await fetch(`${root}/Sessions`, {
    method: "DELETE", credentials: "omit", headers: { Authorization: api.credentials },
  }).catch(() => undefined);
  const asked = new URLSearchParams({ client_id: settings.client, logout_uri: callback() });
  location.assign(`${pool()}/logout?${asked}`);
}
