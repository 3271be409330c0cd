// The draft of an answer on its way: written, checked, rehearsed on people's questions, published.
import { html, useEffect, useState } from "../vendor/preact-htm.js";
import { call } from "./desk-api.js";
import { useWords } from "./desk-words.js";
import { Findings, Rehearsal } from "./ops-faq.js";

const ASK_EVERY = 1000;
const OVER = ["idle", "done", "failed"];
const SIGN = { "+": "added", "-": "gone", "@": "place" };

export function Draft({ id, days, draft, onChange, onOut, onPublished, onDecided }) {
  const { t, problem } = useWords();
  const [checked, setChecked] = useState(null);
  const [rehearsal, setRehearsal] = useState(null);
  const [note, setNote] = useState("");
  const [told, setTold] = useState("");
  const [busy, setBusy] = useState(false);
  const errors = checked?.findings.filter((one) => !one.warning) ?? [];

  async function post(deed, more, then) {
    setTold("");
    setBusy(true);
    try {
      await then(await call("POST", `ops/faq/additions/${deed}?days=${days}`, { ...draft, ...more }));
    } catch (error) {
      await refused(error);
    }
    setBusy(false);
  }
  async function refused(error) {
    if (error.status === 401) return onOut("expired");
    setTold(problem(error.code, { agent: error.agent }));
    if (error.findings.length) setChecked({ findings: error.findings, lines: [] });
    if (error.code === "gap_decided") onDecided();
    if (error.code !== "faq_overtaken") return undefined;
    setChecked(null); // the next check is of the edition that serves now
    const { live } = await call("GET", "ops/faq").catch(() => ({}));
    return live && onChange({ ...draft, base: live });
  }
  const write = (event) => (onChange({ ...draft, text: event.target.value }), setChecked(null), setRehearsal(null));
  const check = () => post("check", {}, setChecked);
  const rehearse = () =>
    post("rehearsal", { gap: id }, ({ started }) => (started ? setRehearsal({ step: "messages", findings: [], done: 0, of: 0 }) : setTold(t("page.missing.rehearse.busy"))));
  const publish = (event) => (event.preventDefault(), post("publish", { gap: id, note }, (made) => onPublished(made.id)));
  useRehearsal(rehearsal, id, setRehearsal);

  const running = rehearsal && !OVER.includes(rehearsal.step);
  return html`
    <section class="draft" aria-labelledby="title-draft-of">
      <h2 id="title-draft-of">${t("page.missing.draft.title", { file: draft.file })}</h2>
      <p class="quiet">${t("page.missing.draft.hint")}</p>
      <textarea name="draft" spellcheck="false" aria-label=${t("page.missing.draft.text")} rows=${Math.min(32, draft.text.split("\n").length + 2)}
        value=${draft.text} onInput=${write}></textarea>
      ${told && html`<p class="told" role="alert">${told}</p>`}
      ${checked && html`
        <p class=${errors.length ? "verdict bad" : "verdict"} role="status">
          ${errors.length ? t("page.missing.check.bad", { count: errors.length }) : t("page.missing.check.good")}</p>
        <${Findings} findings=${checked.findings} />
        ${checked.lines.length > 0 && html`<details><summary>${t("page.missing.check.lines")}</summary><${Lines} lines=${checked.lines} /></details>`}
      `}
      <form class="row" onSubmit=${publish}>
        <button type="button" class=${checked ? "" : "primary"} disabled=${busy} onClick=${check}>${t("page.missing.check")}</button>
        <button type="button" disabled=${busy || running || !checked || errors.length > 0} onClick=${rehearse}>${t("page.missing.rehearse")}</button>
        <label>${t("page.missing.note")} <input value=${note} maxlength="500" onInput=${(event) => setNote(event.target.value)} /></label>
        <button class=${checked ? "primary" : ""} disabled=${busy || running || !checked || errors.length > 0}>${t("page.missing.publish")}</button>
        <button type="button" class="discard" onClick=${() => onChange(null)}>${t("page.missing.draft.close")}</button>
      </form>
    </section>
    ${rehearsal && html`<${Rehearsal} found=${rehearsal} />`}
    ${rehearsal?.result && html`<${Mended} result=${rehearsal.result} />`}
  `;
}

/** Ask how far the rehearsal of this draft is, until it is over. */
function useRehearsal(rehearsal, id, setRehearsal) {
  const running = Boolean(rehearsal) && !OVER.includes(rehearsal.step);
  useEffect(() => {
    if (!running) return undefined;
    let timer = 0;
    const ask = async () => {
      const found = await call("GET", "ops/faq").catch(() => null);
      if (found?.rehearsal.about === id) setRehearsal(found.rehearsal);
      timer = setTimeout(ask, ASK_EVERY);
    };
    timer = setTimeout(ask, ASK_EVERY);
    return () => clearTimeout(timer);
  }, [running]);
}

function Mended({ result }) {
  const { t, number } = useWords();
  const mended = result.proof.changed.filter((one) => one.mended).length;
  return mended > 0 && html`<p class="verdict wide">${t("page.missing.mended", { count: number(mended) })}</p>`;
}

function Lines({ lines }) {
  return html`<pre class="lines" tabindex="0">${lines.map((line, n) => html`<span key=${n} class=${SIGN[line[0]] ?? ""}>${`${line}\n`}</span>`)}</pre>`;
}
