// The campaign's policy: its versions and rules, what a version would have said of past claims, and
// what one in the shadow says beside the one in force.

import { html, useState } from "./preact.js";
import { ANSWERS, Backtest, ByRule, useBacktest } from "./backtest.js";
import { REASONS } from "./decisions.js";
import { count, words } from "./format.js";
import { failureOf, useLoaded } from "./loading.js";
import { Chip, Dialog, Empty, Facts, Failure, Loading, Said, When } from "./parts.js";
import { go } from "./router.js";

export function Policy({ api, session, place }) {
  const campaigns = useLoaded(() => api.all("/Campaigns", "Campaigns"), [api]);
  const campaign = campaigns.data?.find((each) => each.Id === place.query.CampaignId) ?? campaigns.data?.[0];
  const path = campaign && `/Campaigns/${encodeURIComponent(campaign.Id)}/Policies`;
  const list = useLoaded(async () => (path ? (await api.get(path)).Policies : null), [api, path]);
  const versions = list.data ?? [];
  const number = place.id || versions.find((each) => each.State === "ACTIVE")?.Version || versions[0]?.Version;
  const one = useLoaded(async () => (path && number ? api.get(`${path}/${encodeURIComponent(number)}`) : null), [path, number, list.data]);
  const may = session.Role === "ADMIN";
  const failed = failureOf(campaigns, list, one);
  const none = campaigns.data?.length === 0;
  return html`<div class="page">
    <header><div><h1>Policy</h1><p>What decides by itself, and what goes to people.</p></div>
      ${campaigns.data?.length > 1 && html`<select aria-label="Campaign" value=${campaign.Id} onChange=${(event) => go({ screen: "policy", query: { CampaignId: event.target.value } })}>${campaigns.data.map((each) => html`<option key=${each.Id} value=${each.Id}>${each.Name}</option>`)}</select>`}</header>
    <${Failure} ...${failed} />
    ${none && html`<div class="panel"><${Empty} title="No campaign yet" /></div>`}
    ${!failed.error && !list.data && !none && html`<${Loading} of="Reading the policy" />`}
    ${list.data && !versions.length && html`<div class="panel"><${Empty} title="No version yet"><p>Every claim goes to a person. A version is made by request; see the guide.</p><//></div>`}
    ${versions.length > 0 && html`<div class="tabs" role="group" aria-label="Versions">${versions.map((each) => html`<button type="button" key=${each.Version} aria-pressed=${each.Version === number} onClick=${() => go({ ...place, screen: "policy", id: each.Version })}>Version ${each.Version} <${Chip} of=${each.State}>${stateOf(each)}<//></button>`)}</div>`}
    ${one.data && html`<${Version} key=${one.data.Version} api=${api} campaign=${campaign} path=${path} version=${one.data} may=${may} reload=${list.reload} />`}
  </div>`;
}

const stateOf = (version) => ({ ACTIVE: "In force", SHADOW: "In the shadow", DRAFT: "Draft", PAST: "Past" })[version.State];

function Version({ api, campaign, path, version, may, reload }) {
  const [asked, setAsked] = useState("");
  const backtest = useBacktest(api, campaign, version);
  return html`<div class="columns">
    <section class="panel" aria-label="Rules"><h2>Rules, in their order</h2>
      ${version.Tripped && html`<div class="note bad"><span>${version.Tripped}</span></div>`}
      <ol class="rules">${version.Rules.map((rule) => html`<${Rule} key=${rule.Name} rule=${rule} />`)}</ol>
      <p class="faint">What no rule meets goes to a person.</p>
      <${Facts} of=${[["Made", html`<${When} at=${version.CreationDate} />`], ["By", html`<${Said} text=${version.CreatedBy} />`], ["First in force", version.ActivationDate && html`<${When} at=${version.ActivationDate} />`], ["Sampled for people", version.SamplePercent && `${version.SamplePercent}%`], ["Why", version.Note && html`<${Said} text=${version.Note} />`]]} />
      ${may && version.Version !== "1" && html`<div class="actions">${version.State !== "SHADOW" && version.State !== "ACTIVE" ? html`<button class="button" type="button" onClick=${() => setAsked("SHADOW")}>Put in the shadow</button>` : html`<span></span>`}
        ${version.State === "ACTIVE" ? html`<button class="button" type="button" onClick=${() => setAsked("PAST")}>Take out of force</button>` : html`<button class="button main" type="button" onClick=${() => setAsked("ACTIVE")}>Put in force</button>`}</div>`}
      ${asked && html`<${Choose} api=${api} path=${`${path}/${encodeURIComponent(version.Version)}`} version=${version} state=${asked} onClose=${() => setAsked("")} onDone=${() => { setAsked(""); reload(); }} />`}
    </section>
    <div class="stack"><${Backtest} backtest=${backtest} /><${Shadow} version=${version} /></div>
  </div><${ByRule} told=${backtest.told} campaign=${campaign} />`;
}

const PAYS_ON = { SHOP: "Pays on the shop's amount", CLAIM: "Pays on the claimed amount, at most the shop's", STATED: "Pays what is stated", FILED: "Pays on the amount as it was filed" };
const OPERATORS = { ONE_OF: "is", NONE_OF: "is not", AT_MOST: "at most", AT_LEAST: "at least" };

function Rule({ rule }) {
  const reason = Number(rule.Reason) ? REASONS[Number(rule.Reason) - 1] : rule.Reason;
  const how = { APPROVE: [rule.At && PAYS_ON[rule.At], rule.Payout, rule.Wait && words(rule.Wait), Number(rule.Days) > 0 && `${rule.Days} days`], DECLINE: [reason], ASK: [rule.Text], REVIEW: [] }[rule.Then];
  const caps = Object.entries(rule.Caps ?? {}).filter(([, value]) => value);
  return html`<li><p><strong><${Said} text=${rule.Name} /></strong> <${Chip} tone=${ANSWERS[rule.Then]} of=${rule.Then} /></p>
    ${rule.When?.map((each, at) => html`<p key=${at} class="faint">${words(each.Variable)} ${OPERATORS[each.Operator]} ${[each.Value].flat().map(wordsOf).join(", ")}${each.Days ? ` in ${each.Days} days` : ""}</p>`)}
    ${how?.some(Boolean) && html`<p>${how.filter(Boolean).join(" · ")}</p>`}
    ${caps.length > 0 && html`<p class="faint">${caps.map(([name, value]) => `${words(name.replace(/([a-z])([A-Z])/g, "$1_$2"))} up to ${value}`).join(" · ")}</p>`}</li>`;
}

const wordsOf = (text) => (/^[A-Z_]+$/.test(text) ? words(text) : text);

function Choose({ api, path, version, state, onClose, onDone }) {
  const [failure, setFailure] = useState(null);
  const [busy, setBusy] = useState(false);
  const title = { ACTIVE: `Put version ${version.Version} in force?`, SHADOW: `Put version ${version.Version} in the shadow?`, PAST: `Take version ${version.Version} out of force?` }[state];
  const said = { ACTIVE: "From now on its rules decide. The version before is past.", SHADOW: "It decides nothing. What it would say is counted beside what is decided.", PAST: "Every claim goes to a person, until another version is in force." }[state];
  const act = () => {
    setBusy(true);
    api.write("PUT", path, { State: state }).then(onDone, (error) => { setFailure(error); setBusy(false); });
  };
  return html`<${Dialog} title=${title} onClose=${onClose}><p>${said}</p><${Failure} error=${failure} />
    <div class="actions"><button class="button" type="button" onClick=${onClose}>Cancel</button><button class="button main" type="button" disabled=${busy} onClick=${act}>Yes</button></div><//>`;
}

/** What the version in force and the one in the shadow answered to the same claims. */
function Shadow({ version }) {
  if (!version.Compared?.length) return null;
  const same = version.Compared.filter((each) => each.InForce === each.Shadow);
  const total = (list) => list.reduce((left, each) => left + BigInt(each.Count), 0n);
  return html`<section class="panel" aria-label="Shadow"><h2>Beside the version in force</h2><p><strong>${count(total(same))}</strong> of ${count(total(version.Compared))} claims were answered alike.</p>
    <table class="table"><thead><tr><th scope="col">In force</th><th scope="col">This version</th><th scope="col" class="number">Claims</th></tr></thead><tbody>${version.Compared.map((each) => html`<tr key=${each.InForce + each.Shadow} class=${each.InForce === each.Shadow ? "" : "differs"}>
      <td><${Chip} tone=${ANSWERS[each.InForce]} of=${each.InForce} /></td><td><${Chip} tone=${ANSWERS[each.Shadow]} of=${each.Shadow} /></td><td class="number">${count(each.Count)}</td></tr>`)}</tbody></table></section>`;
}
