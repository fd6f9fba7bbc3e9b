// The console: somebody signs in, and the place in the address says which screen is shown.

import { html, render, useEffect, useErrorBoundary, useRef, useState } from "./preact.js";
import { Api, Refused, rootOf } from "./api.js";
import { count } from "./format.js";
import { Outbox } from "./outbox.js";
import { Dialog, Failure, Link, Loading } from "./parts.js";
import { usePlace } from "./router.js";
import { screensOf } from "./screens.js";
import { open, returned, signIn, signOut } from "./session.js";

function App() {
  const [state, setState] = useState({ step: "starting" });
  const begin = ({ session, accounts }, idToken) => {
    if (accounts) return setState({ step: "choosing", accounts, idToken });
    const ended = () => setState((before) => before.step === "in" ? { step: "out", ended: true } : before);
    const api = new Api(rootOf(location), session, ended);
    setState({ step: "in", api, outbox: new Outbox(api) });
  };
  useEffect(() => {
    returned()
      .then(async (token) => token ? begin(await open(token), token) : setState({ step: "out" }))
      .catch((error) => setState({ step: "out", error }));
  }, []);
  useEffect(() => () => state.outbox?.close(), [state.outbox]);
  if (state.step === "starting") return html`<main class="gate"><${Loading} of="Opening the console" /></main>`;
  if (state.step === "choosing") {
    const choose = (sid) => open(state.idToken, sid).then((told) => begin(told, state.idToken))
      .catch((error) => setState({ step: "out", error }));
    return html`<${Accounts} accounts=${state.accounts} choose=${choose} />`;
  }
  if (state.step === "out") return html`<${Gate} ended=${state.ended} error=${state.error} />`;
  return html`<${Console} api=${state.api} outbox=${state.outbox} />`;
}

function Brand() {
  return html`<span class="brand"><svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true"><rect width="32" height="32" rx="7" /><path d="M8 23V10l8 8 8-8v13" /></svg>Makegood</span>`;
}

function Gate({ ended, error }) {
  return html`<main class="gate"><div class="panel">
    <h1><${Brand} /></h1>
    ${ended && html`<p role="status"><strong>Your session has ended.</strong> Sign in again to come back to where you were. Nothing that you decided is lost.</p>`}
    <${Failure} error=${error} />
    ${!ended && !error && html`<p>Action inquiries, from the claim to the money.</p>`}
    <p><button class="button main" type="button" onClick=${signIn}>Sign in</button></p>
  </div></main>`;
}

function Accounts({ accounts, choose }) {
  return html`<main class="gate"><div class="panel">
    <h1>Which account?</h1>
    <ul class="plain">${accounts.map((each) => html`<li key=${each.AccountSid}>
      <button class="button wide" type="button" onClick=${() => choose(each.AccountSid)}>${each.Name || each.AccountSid}
        <small>${each.Audience.toLowerCase()} · ${each.Role.toLowerCase()}</small></button></li>`)}</ul>
  </div></main>`;
}

function Console({ api, outbox }) {
  const place = usePlace();
  const screens = screensOf(api.session);
  const shown = screens.find((each) => each.path === place.screen) ?? screens[0];
  const screensBar = useRef(null);
  useEffect(() => {
    document.title = `${shown.title} – Makegood`;
    screensBar.current.querySelector("[aria-current]").scrollIntoView({ inline: "nearest", block: "nearest" });
  }, [shown]);
  return html`<div class="console">
    <a class="skip" href="#main" onClick=${(event) => { event.preventDefault(); document.getElementById("main").focus(); }}>Skip to the content</a>
    <header class="top">
      <${Brand} />
      <nav aria-label="Screens" ref=${screensBar}>${screens.map((each) => html`<${Link} key=${each.path} to=${{ screen: each.path }} aria-current=${each === shown ? "page" : undefined}>${each.title}<//>`)}</nav>
      <${Unsent} outbox=${outbox} />
      <details class="who"><summary title=${api.session.PersonName}><bdi>${api.session.PersonName || "Signed in"}</bdi></summary>
        <div class="panel"><p>${api.session.Role.toLowerCase()} of ${api.session.AccountSid}</p>
        ${api.session.Audience === "ADVERTISER" && html`<${Mails} api=${api} />`}
        <${SignOut} api=${api} outbox=${outbox} /></div></details>
    </header>
    <main id="main" tabindex="-1" class="screen ${shown.path}"><${Guarded} key=${shown.path}><${shown.view} api=${api} session=${api.session} outbox=${outbox} place=${place} /><//></main>
  </div>`;
}

/** Whether the person is told by e-mail; read when they ask for it. */
function Mails({ api }) {
  const [mails, setMails] = useState("");
  const [failure, setFailure] = useState(null);
  const answered = (asked) => asked.then((told) => { setMails(told.Mails); setFailure(null); }, setFailure);
  const turn = (wanted) => answered(api.write("PUT", "/Preferences", { Mails: wanted }));
  return html`<${Failure} error=${failure} />${mails
    ? html`<p><label><input type="checkbox" checked=${mails === "true"} onChange=${(event) => turn(String(event.target.checked))} /> Tell me by e-mail what waits</label></p>`
    : html`<button class="button" type="button" onClick=${() => answered(api.get("/Preferences"))}>E-mails</button>`}`;
}

/** Signs out; where that drops decisions that are not sent, it says how many and asks first. */
function SignOut({ api, outbox }) {
  const [asking, setAsking] = useState(false);
  useChanges(outbox);
  const left = outbox.pending.length;
  const leave = () => { outbox.clear(); signOut(api); };
  return html`<button class="button" type="button" onClick=${() => left ? setAsking(true) : leave()}>Sign out</button>
    ${asking && left > 0 && html`<${Dialog} title="Not sent yet" onClose=${() => setAsking(false)}>
      <p>${count(left)} of your decisions ${left === 1 ? "is" : "are"} not sent. If you sign out now, ${left === 1 ? "it is" : "they are"} dropped.</p>
      <div class="actions"><button class="button" type="button" onClick=${leave}>Sign out and drop ${left === 1 ? "it" : "them"}</button>
        <button class="button main" type="button" onClick=${() => setAsking(false)}>Stay signed in</button></div><//>`}`;
}

/** Draws a component anew whenever the outbox changes. */
function useChanges(outbox) {
  const [, again] = useState(0);
  useEffect(() => outbox.subscribe(() => again((turn) => turn + 1)), [outbox]);
}

/** Says in the page's head what is not sent, wherever one is. */
function Unsent({ outbox }) {
  useChanges(outbox);
  const unsent = outbox.all.filter((each) => each.state === "unsent");
  if (!unsent.length) return html`<span role="status"></span>`;
  const why = unsent.some((each) => each.error instanceof Refused) ? "the API does not take it just now" : "no connection";
  return html`<span class="chip bad" role="status">${count(unsent.length)} not sent – ${why}</span>`;
}

/** A screen that fails says so, and leaves the others alone. */
function Guarded({ children }) {
  const [error, again] = useErrorBoundary((fault) => console.error(fault));
  return error ? html`<${Failure} error=${new Error("This screen has failed. Try again; if it stays, tell who runs Makegood.")} again=${again} />` : children;
}

render(html`<${App} />`, document.getElementById("app"));
