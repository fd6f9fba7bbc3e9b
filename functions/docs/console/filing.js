// Filing one claim. While it is typed, the API says what would become of it; nothing is filed before
// somebody says so.

import { html, useRef, useState } from "./preact.js";
import { isPassing } from "./api.js";
import { isAnother } from "./form.js";
import { words } from "./format.js";
import { useLoaded, useSettled } from "./loading.js";
import { Chip, Failure, Field, Link, Said } from "./parts.js";
import { go } from "./router.js";

const NEEDED = ["CampaignId", "OrderId", "TransactionDate", "TransactionAmount", "InquiryType"];
const CHECKED = [...NEEDED, "ExpectedPayout", "CustomerId"];
const TYPES = [["UNTRACKED", "The order did not track"], ["INCORRECT", "It tracked with a wrong amount"], ["DECLINED", "It tracked, and was declined"]];
const OUTCOMES = {
  FINE: ["good", "It can be filed"], REFUSED: ["bad", "It cannot be filed"], TOO_EARLY: ["warn", "Too early"], TOO_LATE: ["bad", "Too late"],
  TRACKED: ["warn", "It is tracked already"], CLAIMED: ["warn", "It is claimed already"], NO_CONTRACT: ["bad", "No contract"], DECLINED_BEFORE: ["warn", "It was declined before"],
};

export function FileClaim({ api, campaigns }) {
  const [fields, setFields] = useState({ CampaignId: campaigns[0]?.CampaignId ?? "", InquiryType: "UNTRACKED" });
  const [failure, setFailure] = useState(null);
  const [busy, setBusy] = useState(false);
  const key = useRef(crypto.randomUUID());
  const settled = useSettled(fields, 350);
  const complete = NEEDED.every((name) => settled[name]);
  const check = useLoaded(async () => {
    if (!complete) return null;
    const asked = Object.fromEntries(CHECKED.filter((name) => settled[name]).map((name) => [`${name}1`, settled[name]]));
    return (await api.write("POST", "/ActionInquiries/Check", asked)).Checks[0];
  }, [JSON.stringify(settled)]);
  const fault = (name) => failure?.faults?.find((each) => each.Field === name)?.Message ?? check.error?.faults?.find((each) => each.Field.replace(/\d+$/, "") === name)?.Message;
  const set = (name) => (event) => { setFailure(null); setFields({ ...fields, [name]: event.target.value }); };
  const file = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value));
      const written = await api.write("POST", "/ActionInquiries", given, key.current);
      go({ screen: "claims", id: written.Uri.split("/").at(-1) });
    } catch (error) {
      if (isAnother(error)) key.current = crypto.randomUUID();
      setFailure(error);
      setBusy(false);
    }
  };
  const campaign = campaigns.find((each) => each.CampaignId === fields.CampaignId);
  const input = (name, label, more = {}) => html`<${Field} label=${label} hint=${more.hint} fault=${fault(name)}><input value=${fields[name] ?? ""} onInput=${set(name)} aria-invalid=${Boolean(fault(name))} ...${more} hint=${undefined} /><//>`;
  return html`<div class="page"><header><div><h1>File a claim</h1><p>It is checked while you type, and filed when you say so.</p></div><${Link} class="button" to=${{ screen: "claims" }}>Back to the claims<//></header>
    <form class="panel" onSubmit=${file}>
      <div class="form two">
        <${Field} label="Campaign"><select value=${fields.CampaignId} onChange=${set("CampaignId")}>${campaigns.map((each) => html`<option key=${each.CampaignId} value=${each.CampaignId}>${each.CampaignName}</option>`)}</select><//>
        <${Field} label="What happened"><select value=${fields.InquiryType} onChange=${set("InquiryType")}>${TYPES.map(([code, text]) => html`<option key=${code} value=${code}>${text}</option>`)}</select><//>
        ${input("OrderId", "Order id", { maxlength: 100, required: true })}
        ${input("TransactionDate", "Ordered", { type: "datetime-local", required: true, hint: `In the campaign's time zone${campaign?.Timezone ? `, ${campaign.Timezone}` : ""}` })}
        ${input("TransactionAmount", "Amount of the order", { inputmode: "decimal", required: true, hint: campaign?.Currency && `In ${campaign.Currency}` })}
        ${input("ExpectedPayout", "Payout that you expect", { inputmode: "decimal" })}
        ${input("CustomerId", "Your id of the shopper")}
        ${input("MediaPartnerInquiryId", "Your reference")}
        ${input("TrackingLink", "Link that the shopper followed")}
      </div>
      <${Field} label="Anything the shop should know" fault=${fault("InquiryNotes")}><textarea rows="3" maxlength="2000" value=${fields.InquiryNotes ?? ""} onInput=${set("InquiryNotes")}></textarea><//>
      <${Check} check=${check} complete=${complete} />
      ${failure && html`<${Failure} error=${failure} />`}
      <div class="actions"><span></span><button class="button main" type="submit" disabled=${busy}>File the claim</button></div>
    </form></div>`;
}

function Check({ check, complete }) {
  if (check.error && isPassing(check.error)) return html`<div class="check-told" role="status"><${Chip} tone="warn">It was not checked<//> <span>${check.error.message}</span> <button class="button" type="button" onClick=${check.reload}>Check again</button></div>`;
  if (check.error) return html`<div class="check-told" role="status"><${Chip} tone="bad">It cannot be filed<//> <${Said} text=${check.error.faults?.[0]?.Message ?? check.error.message} /></div>`;
  if (!complete || !check.data) return html`<div class="check-told faint" role="status">${check.busy && complete ? "Checking …" : "Order, date and amount are enough for a check."}</div>`;
  const { Outcome: outcome, Message: message, InquiryId: inquiry } = check.data;
  const [tone, title] = OUTCOMES[outcome] ?? ["warn", words(outcome)];
  return html`<div class="check-told" role="status"><${Chip} tone=${tone}>${title}<//> <span>${message}</span>
    ${inquiry && html` <${Link} to=${{ screen: "claims", id: inquiry }}>Your claim for it<//>`}</div>`;
}
