// The FAQ: which edition serves, what the folder holds, a rehearsal of an edit, every version and the way back.
import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { call } from "./desk-api.js";
import { useWords } from "./desk-words.js";
import { Playground } from "./ops-faq-try.js";

const PARTS = ["edits", "missing"];
const ASK_EVERY = 2000;
const HARM = ["unsafe", "lost", "moved", "asks", "other_human"];

/** Edits and versions, or what is missing; the latter is loaded when it is opened. */
export function Tab({ query, setQuery, onOut }) {
  const { t } = useWords();
  const [missing, setMissing] = useState(null);
  const part = PARTS.includes(query.part) ? query.part : PARTS[0];
  useEffect(() => {
    if (part === "missing") import("./ops-missing.js").then(setMissing, () => location.reload());
  }, [part]);
  return html`
    <nav class="parts wide" aria-label=${t("page.ops.faq.parts")}>
      ${PARTS.map(
        (one) => html`
          <button key=${one} class=${one === part ? "chosen" : ""} aria-current=${one === part ? "page" : undefined}
            onClick=${() => setQuery({ part: one === PARTS[0] ? "" : one, gap: "", state: "" }, { push: true })}>
            ${t(`page.ops.faq.part.${one}`)}
          </button>
        `,
      )}
    </nav>
    ${part === "edits" && html`<${Edits} onOut=${onOut} />`}
    ${part === "missing" && missing && html`<${missing.Missing} query=${query} setQuery=${setQuery} onOut=${onOut} />`}
    ${part === "missing" && !missing && html`<p class="nothing" role="status">${t("page.ops.loading")}</p>`}
  `;
}

function Edits({ onOut }) {
  const { t, problem } = useWords();
  const [state, setState] = useState(null);
  const [told, setTold] = useState("");
  const ask = useRef(async () => {});
  useEffect(() => {
    let [timer, over] = [0, false];
    ask.current = async () => {
      clearTimeout(timer);
      try {
        const found = await call("GET", "ops/faq");
        if (!over) setState(found);
      } catch (error) {
        if (error.status === 401) return onOut("expired");
        if (!over) setTold(problem(error.code));
      }
      if (!over) timer = setTimeout(() => ask.current(), ASK_EVERY);
      return undefined;
    };
    ask.current();
    return () => ((over = true), clearTimeout(timer));
  }, []);

  async function act(path, body) {
    setTold("");
    try {
      await call("POST", `ops/faq/${path}`, body);
    } catch (error) {
      if (error.status === 401) return onOut("expired");
      setTold(problem(error.code));
    }
    return ask.current();
  }

  if (!state) return html`<p class="nothing" role="status">${told || t("page.ops.loading")}</p>`;
  return html`
    ${told && html`<p class="told wide" role="alert">${told}</p>`}
    <${Draft} state=${state} act=${act} />
    <${Rehearsal} found=${state.rehearsal} />
    <${Playground} onOut=${onOut} />
    <${Versions} state=${state} act=${act} />
  `;
}

function Draft({ state, act }) {
  const { t } = useWords();
  const { draft, rehearsal } = state;
  const [note, setNote] = useState("");
  const [lines, setLines] = useState(null);
  const show = () => (lines ? setLines(null) : changed("draft").then(setLines));
  const broken = !draft.good;
  const word = broken ? "broken" : draft.differs ? "differs" : "same";
  const busy = !["idle", "done", "failed"].includes(rehearsal.step);
  const publish = (event) => (event.preventDefault(), act("publish", { note }), setNote(""));
  return html`
    <section class="wide" aria-labelledby="title-draft">
      <h2 id="title-draft">${t("page.ops.faq.folder")}</h2>
      <p class=${broken ? "verdict bad" : draft.differs ? "verdict late" : "verdict"} role="status">
        ${t(`page.ops.faq.folder.${word}`, { edition: state.live ?? "—" })}
        ${!state.settled && html` ${t("page.ops.faq.learning")}`}
      </p>
      ${draft.problem && html`<p class="line">${draft.problem}</p>`}
      <${Findings} findings=${draft.findings} more=${draft.more} />
      ${draft.changes.length > 0 && html`<p class="changes">${draft.changes.map((one) => html`<code key=${one}>${one}</code> `)}</p>`}
      <form class="row" onSubmit=${publish}>
        ${draft.differs &&
        html`<button type="button" aria-expanded=${lines !== null} onClick=${show}>${t("page.ops.faq.lines")}</button>`}
        <button type="button" disabled=${busy} onClick=${() => act("rehearsal", {})}>${t("page.ops.faq.rehearse")}</button>
        ${draft.differs &&
        !broken &&
        html`
          <label>${t("page.ops.faq.note")} <input value=${note} maxlength="500" onInput=${(event) => setNote(event.target.value)} /></label>
          <button class="main">${t("page.ops.faq.publish")}</button>
        `}
      </form>
      ${lines && draft.differs && html`<${Lines} lines=${lines} />`}
    </section>
  `;
}

const coded = (text) => text.split(/`([^`]+)`/).map((part, n) => (n % 2 ? html`<code key=${n}>${part}</code>` : part));

export function Findings({ findings, more }) {
  const { t, number, language } = useWords();
  if (!findings.length) return null;
  return html`
    <ul class="findings" tabindex="0">
      ${findings.map(
        (one) => html`
          <li key=${`${one.file}${one.line}${one.message}`} class=${one.warning ? "advice" : "error"}>
            <b>${one.file}:${one.line}</b> <i>${one.rule}</i> ${coded(one.said?.[language] ?? one.message)}
            ${one.text && html`<code class="there">${one.text}</code>`}
          </li>
        `,
      )}
      ${more > 0 && html`<li class="quiet">${t("page.ops.faq.more_findings", { count: number(more) })}</li>`}
    </ul>
  `;
}

export function Rehearsal({ found }) {
  const { t, number } = useWords();
  if (found.step === "idle") return null;
  const result = found.result;
  return html`
    <section class="wide" aria-labelledby="title-rehearsal" aria-busy=${!["done", "failed"].includes(found.step)}>
      <h2 id="title-rehearsal">${t("page.ops.faq.rehearsal")}</h2>
      ${found.step !== "done" && html`<p role="status">${t(`page.ops.faq.step.${found.step}`, { done: number(found.done), of: number(found.of) })}</p>`}
      ${found.of > 0 && found.step === "deciding" && html`<progress max=${found.of} value=${found.done} aria-label=${t("page.ops.faq.rehearsal")}></progress>`}
      ${found.problem && found.problem !== "findings" && html`<p class="line">${found.problem}</p>`}
      <${Findings} findings=${found.findings} />
      ${result && html`<${Result} result=${result} />`}
    </section>
  `;
}

function Result({ result }) {
  const { t, number } = useWords();
  const kinds = Object.entries(result.kinds).filter(([, count]) => count);
  const broken = result.proof.changed.filter((one) => !one.mended);
  const bad = broken.length > 0 || kinds.some(([kind]) => HARM.includes(kind));
  return html`
    <p class=${bad ? "verdict late" : "verdict"}>
      ${t("page.ops.faq.result", { changed: number(result.changed), messages: number(result.messages), broken: number(broken.length) })}
    </p>
    ${result.entries.length > 0 && html`<div class="columns">
      <table>
        <caption>${t("page.ops.faq.edited")}</caption>
        <tbody>
          ${result.entries.slice(0, 20).map(
            (one) => html`<tr key=${one.entry}><th scope="row"><code>${one.entry}</code> ${one.what}</th><td>${number(one.messages)}</td></tr>`,
          )}
        </tbody>
      </table>
    </div>`}
    ${kinds.length > 0 && html`<div class="columns">
      <table>
        <caption>${t("page.ops.faq.kinds")}</caption>
        <tbody>
          ${kinds.map(
            ([kind, count]) => html`
              <tr key=${kind}><th scope="row">${t(`page.ops.faq.kind.${kind}`)}</th>
                <td><span class="level" data-level=${HARM.includes(kind) ? "late" : ""}>${number(count)}</span></td></tr>
            `,
          )}
        </tbody>
      </table>
      <table>
        <caption>${t("page.ops.faq.flows")}</caption>
        <tbody>
          ${result.flows.slice(0, 12).map(
            (one) => html`<tr key=${one.from + one.to}><th scope="row"><code>${one.from} → ${one.to}</code></th><td>${number(one.count)}</td></tr>`,
          )}
        </tbody>
      </table>
    </div>`}
    ${broken.length + result.changes.length > 0 && html`<ul class="findings" tabindex="0">
      ${broken.map((one) => html`<li key=${one.place} class="error"><b>${one.place}</b> “${one.text}”: ${one.wanted} → ${said(one.after)}</li>`)}
      ${result.changes.map(
        (one) => html`
          <li key=${one.kind + one.text} class=${HARM.includes(one.kind) ? "error" : ""}>
            <b>${number(one.times)} ×</b> “${one.text}” <i>${said(one.before)} → ${said(one.after)}</i>
          </li>
        `,
      )}
    </ul>`}
  `;
}

const said = (decision) => (decision.decision === "clarify" ? `? ${decision.options.join(" | ")}` : decision.topic);

function Versions({ state, act }) {
  const { t, when } = useWords();
  const [open, setOpen] = useState(null);
  const [lines, setLines] = useState([]);
  const [sure, setSure] = useState(null);
  async function show(id) {
    if (open === id) return setOpen(null);
    setLines(await changed(`editions/${id}`));
    return setOpen(id);
  }
  const back = (id) => (sure === id ? (setSure(null), act("rollback", { edition: id, note: "" })) : setSure(id));
  return html`
    <section class="wide" aria-labelledby="title-versions">
      <h2 id="title-versions">${t("page.ops.faq.versions")}</h2>
      <ul class="versions">
        ${state.versions.map(
          (one) => html`
            <li key=${one.id}>
              <div class="row">
                <b>${one.id}</b> <time>${when(one.at)}</time> ${!one.first && html`<span>${one.author}</span>`}
                ${one.id === state.live && html`<span class="mark">${t("page.ops.faq.live")}</span>`}
                ${one.restored && html`<span class="mark">${t("page.ops.faq.restored", { edition: one.restored })}</span>`}
                <span class="note">
                  ${one.first ? t("page.ops.faq.first") : html`${one.note} ${one.changes.map((file) => html`<code key=${file}>${file}</code> `)}`}
                </span>
                ${!one.first && html`<button aria-expanded=${open === one.id} onClick=${() => show(one.id)}>${t("page.ops.faq.lines")}</button>`}
                ${one.id !== state.live &&
                html`<button class=${sure === one.id ? "sure" : ""} onClick=${() => back(one.id)}>
                  ${t(sure === one.id ? "page.ops.faq.sure" : "page.ops.faq.back", { edition: one.id })}
                </button>`}
              </div>
              ${open === one.id && html`<${Lines} lines=${lines} />`}
            </li>
          `,
        )}
      </ul>
    </section>
  `;
}

const changed = (what) => call("GET", `ops/faq/${what}`).then((found) => found.lines, () => []);

const Lines = ({ lines }) =>
  html`<pre class="lines" tabindex="0">${lines.map((line, n) => html`<span key=${n} class=${SIGN[line[0]] ?? ""}>${`${line}\n`}</span>`)}</pre>`;

const SIGN = { "+": "added", "-": "gone", "@": "place" };
