// One claim as its partner sees it: what became of it and why, the thread and the evidence, and what
// may be done now: answer a question, withdraw, or appeal.

import { html, useRef, useState } from "./preact.js";
import { Evidence } from "./evidence.js";
import { isAnother } from "./form.js";
import { instant, learnNow, words } from "./format.js";
import { useLoaded } from "./loading.js";
import { Chip, Dialog, Facts, Failure, Field, Link, Loading, Money, Said, Until, When } from "./parts.js";
import { StateChip, isOpen } from "./states.js";
import { Thread } from "./thread.js";

export function Claim({ api, id, may }) {
  const path = `/ActionInquiries/${encodeURIComponent(id)}`;
  const claim = useLoaded(() => api.get(path), [api, id]);
  const thread = useLoaded(async () => (await api.get(`${path}/Comments`)).Comments, [api, id, claim.data?.Version]);
  const why = useLoaded(async () => {
    const told = await api.get(`${path}/Explanation`);
    learnNow(told.Date);
    return told;
  }, [api, id, claim.data?.Version]);
  const inquiry = claim.data;
  if (claim.error) return html`<div class="page"><${Failure} error=${claim.error} again=${claim.reload} /></div>`;
  if (!inquiry) return html`<div class="page"><${Loading} of="Reading the claim" /></div>`;
  const open = isOpen(inquiry);
  return html`<div class="page">
    <header><div><p><${Link} to=${{ screen: "claims" }}>← Claims<//></p><h1><${Said} text=${inquiry.OrderId} /></h1></div>
      <p><${StateChip} of=${inquiry.ResolutionStatus} />${inquiry.AppealState && html` <${Chip}>Appeal: ${words(inquiry.AppealState)}<//>`}</p></header>
    <div class="columns">
      <section class="panel" aria-label="Claim"><h2>Claim</h2><${Facts} of=${[
        ["Campaign", html`<${Said} text=${inquiry.CampaignName} />`], ["Ordered", html`<${When} at=${inquiry.TransactionDate} />`], ["Amount", html`<${Money} of=${inquiry.TransactionAmount} currency=${inquiry.Currency} />`],
        ["Type", words(inquiry.InquiryType)], ["Filed", html`<${When} at=${inquiry.CreationDate} />`], ["Expected payout", inquiry.ExpectedPayout && html`<${Money} of=${inquiry.ExpectedPayout} currency=${inquiry.Currency} />`],
        ["Answer due", open && inquiry.ResolutionDeadlineDate && html`<${When} at=${inquiry.ResolutionDeadlineDate} /> · <${Until} at=${inquiry.ResolutionDeadlineDate} />`],
        ["Customer", inquiry.CustomerId && html`<${Said} text=${inquiry.CustomerId} />`], ["Your reference", inquiry.MediaPartnerInquiryId && html`<${Said} text=${inquiry.MediaPartnerInquiryId} />`],
        ["Link", inquiry.TrackingLink && html`<${Said} text=${inquiry.TrackingLink} />`], ["Inquiry", inquiry.Id]]} /></section>
      <section class="panel" aria-label="What became of it"><h2>What became of it</h2><${Facts} of=${[
        ["Decided", inquiry.ResolutionDate && html`<${When} at=${inquiry.ResolutionDate} />`], ["Reason", inquiry.RejectReason], ["Payout", inquiry.FinalPayout && html`<${Money} of=${inquiry.FinalPayout} currency=${inquiry.Currency} />`], ["Action", inquiry.ActionId]]} />
        ${open && html`<p>${inquiry.ResolutionStatus === "INCOMPLETE" ? "The shop has asked for more. It goes on once you answer." : "The shop has not decided it yet."}</p>`}
        ${inquiry.Verification?.Explanation && html`<p>${inquiry.Verification.Explanation}</p>`}
        <${Failure} error=${why.error} />${why.data?.Reasons.map((each) => html`<p key=${each.About + each.Code}><strong>${words(each.About)}.</strong> ${each.Text}</p>`)}
        ${may && html`<${Acts} api=${api} inquiry=${inquiry} path=${path} reload=${claim.reload} />`}</section>
    </div>
    <div class="columns"><div class="panel"><${Thread} api=${api} inquiry=${inquiry} part=${thread} internal=${true} /></div><${Evidence} api=${api} inquiry=${inquiry} may=${may} panel=${true} /></div>
  </div>`;
}

/** What may be done about a claim as it stands. */
function Acts({ api, inquiry, path, reload }) {
  const [asked, setAsked] = useState("");
  const done = () => { setAsked(""); reload(); };
  const acts = {
    answer: inquiry.ResolutionStatus === "INCOMPLETE" && "Answer",
    withdraw: isOpen(inquiry) && "Withdraw",
    appeal: inquiry.ResolutionStatus === "DECLINED" && !inquiry.AppealState && "Appeal",
  };
  const offered = Object.entries(acts).filter(([, title]) => title);
  const [, title] = offered.find(([name]) => name === asked) ?? [];
  return html`<div class="actions">${offered.map(([name, text]) => html`<button key=${name} class="button ${name === "withdraw" ? "" : "main"}" type="button" onClick=${() => setAsked(name)}>${text}</button>`)}</div>
    ${title && html`<${Act} key=${asked} ...${{ api, inquiry, path, asked, title, done }} onClose=${() => setAsked("")} />`}`;
}

const WORDS = {
  answer: "What the shop asked for. Change what was wrong, and say what you know.",
  withdraw: "It is closed, and nobody decides it any more. That cannot be undone.",
  appeal: "Once, with something new: a fact that the shop did not have, or evidence that you have added since the decline. Another person decides it.",
};

function Act({ api, inquiry, path, asked, title, done, onClose }) {
  const [text, setText] = useState("");
  const [changed, setChanged] = useState({});
  const [failure, setFailure] = useState(null);
  const [busy, setBusy] = useState(false);
  const key = useRef(crypto.randomUUID());
  const write = () => {
    if (asked === "withdraw") return api.write("DELETE", path, {}, key.current);
    if (asked === "appeal") return api.write("POST", `${path}/Appeal`, text.trim() ? { Text: text } : {}, key.current);
    return api.write("PUT", path, { ...changed, ...(text && { InquiryNotes: text }) }, key.current);
  };
  const send = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await write();
      done();
    } catch (error) {
      if (isAnother(error)) key.current = crypto.randomUUID();
      setFailure(error);
      setBusy(false);
    }
  };
  const set = (name) => (event) => setChanged(Object.fromEntries(Object.entries({ ...changed, [name]: event.target.value }).filter(([, value]) => value)));
  const ready = asked !== "answer" || text.trim() || Object.keys(changed).length > 0;
  return html`<${Dialog} title=${title} onClose=${onClose}><p>${WORDS[asked]}</p><form class="form" onSubmit=${send}>
    ${asked === "answer" && html`<div class="form two"><${Field} label="Amount of the order"><input inputmode="decimal" placeholder=${inquiry.TransactionAmount} onInput=${set("TransactionAmount")} /><//>
      <${Field} label="Ordered" hint=${`Now ${instant(inquiry.TransactionDate)}`}><input type="datetime-local" onInput=${set("TransactionDate")} /><//></div>`}
    ${asked !== "withdraw" && html`<${Field} label=${asked === "appeal" ? "What is new" : "What you add"} hint=${asked === "appeal" && "New evidence may stand alone."}><textarea rows="4" maxlength="2000" value=${text} onInput=${(event) => setText(event.target.value)}></textarea><//>`}
    <${Failure} error=${failure} /><div class="actions"><button class="button" type="button" onClick=${onClose}>Cancel</button><button class="button main" type="submit" disabled=${!ready || busy}>${title}</button></div></form><//>`;
}
