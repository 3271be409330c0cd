// One question without an answer: how it was asked, what agents said, what the FAQ has, and what to do about it.
import { html, useEffect, useState } from "../vendor/preact-htm.js";
import { call } from "./desk-api.js";
import { useWords } from "./desk-words.js";
import { Draft } from "./ops-missing-draft.js";

const NOTHING = "-";

/** A draft outlives the page until it is published or discarded. */
const shelf = {
  take: (id) => JSON.parse(localStorage.getItem(`faq.draft.${id}`) ?? "null"),
  put: (id, draft) => (draft ? localStorage.setItem(`faq.draft.${id}`, JSON.stringify(draft)) : localStorage.removeItem(`faq.draft.${id}`)),
};

export function Question({ id, days, onOut, onDone }) {
  const { t, problem } = useWords();
  const [found, setFound] = useState(null);
  const [told, setTold] = useState("");
  const [done, setDone] = useState("");
  const [draft, setDraft] = useState(() => shelf.take(id));
  const path = (deed = "") => `ops/faq/missing/${id}${deed}?days=${days}`;

  async function ask(work, then) {
    setTold("");
    try {
      then(await work());
    } catch (error) {
      if (error.status === 401) onOut("expired");
      else setTold(problem(error.code, { agent: error.agent }));
      if (error.code === "gap_decided") onDone();
    }
  }
  const fetchIt = () => ask(() => call("GET", path()), setFound);
  useEffect(() => void fetchIt(), []);

  const keepDraft = (next) => (shelf.put(id, next), setDraft(next));
  const newEntry = () => ask(() => call("POST", path("/draft"), {}), keepDraft);
  const addTo = (entry) =>
    ask(() => call("POST", path("/phrases"), { entry }), (made) => (made.text ? keepDraft(made) : setTold(t("page.missing.nothing_to_add"))));
  const decide = (deed) => ask(() => call("POST", path(deed), {}), () => (keepDraft(null), fetchIt(), onDone()));
  const published = (edition) => (keepDraft(null), setDone(t("page.missing.published", { edition })), fetchIt(), onDone());

  if (!found) return html`<section class="missing-one"><p class="nothing" role="status">${told || t("page.ops.loading")}</p></section>`;
  return html`<div class="side">
    <section class="missing-one" aria-labelledby="title-question">
      <h2 id="title-question">${Object.values(found.typical)[0]}</h2>
      <${Facts} found=${found} />
      ${done && html`<p class="verdict" role="status">${done}</p>`}
      ${told && html`<p class="told" role="alert">${told}</p>`}
      <${Examples} found=${found} draft=${draft} onKeep=${(body, then) => ask(() => call("POST", path("/case"), body), then)} />
      <${Said} found=${found} />
      ${found.state === "open"
        ? html`<${Deeds} found=${found} drafted=${Boolean(draft)} onDraft=${newEntry} onAdd=${addTo} onIgnore=${() => decide("/ignore")} />`
        : html`<${Decided} found=${found} onReopen=${() => decide("/reopen")} />`}
    </section>
    ${found.state === "open" && draft && html`
      <${Draft} key=${draft.file} id=${id} days=${days} draft=${draft} onChange=${keepDraft} onOut=${onOut} onPublished=${published} onDecided=${onDone} />
    `}
  </div>`;
}

function Facts({ found }) {
  const { t, number, when } = useWords();
  const near = found.near;
  return html`
    <p class="figures">
      <span>${t("page.missing.people", { count: number(found.people) })}</span>
      <span>${t("page.missing.messages", { count: number(found.messages) })}</span>
      <span>${t("page.missing.minutes", { count: number(found.minutes) })}</span>
      ${found.first && html`<span>${t("page.missing.between", { first: when(found.first), last: when(found.last) })}</span>`}
      ${Object.entries(found.ways).map(([way, count]) => html`<span key=${way}>${t(`page.missing.way.${way}`, { count: number(count) })}</span>`)}
    </p>
    <p><span class="quiet">${t("page.missing.near")}</span>${" "}
      ${near ? html`<${Entry} one=${near} /> ${number(Math.round(near.score * 100))} %` : t("page.missing.near.none")}</p>
  `;
}

function Entry({ one }) {
  const { pick } = useWords();
  return html`${pick(one.title)} <code>${one.entry}</code>`;
}

function Examples({ found, draft, onKeep }) {
  const { t, when, pick } = useWords();
  const [kept, setKept] = useState([]);
  const drafted = draft && nameOf(draft.text);
  const usual = found.decision?.entry ?? drafted ?? found.near?.entry ?? NOTHING;
  const [chosen, setChosen] = useState(null);
  const target = found.state === "ignored" ? NOTHING : (chosen ?? usual);
  const keep = (one) =>
    onKeep({ text: one.text, lang: one.lang, topic: target === NOTHING ? null : target }, () => setKept((known) => [...known, one.text]));
  return html`
    <h3>${t("page.missing.examples")}</h3>
    <ul class="examples">
      ${found.examples.map(
        (one) => html`
          <li key=${one.text}>
            <span lang=${one.lang}>${one.text}</span> <time class="quiet">${when(one.at)}</time>
            ${kept.includes(one.text)
              ? html`<span class="mark" role="status">${t("page.missing.kept")}</span>`
              : html`<button onClick=${() => keep(one)}>${t("page.missing.keep")}</button>`}
          </li>
        `,
      )}
    </ul>
    <label class="row target">${t("page.missing.target")}
      <select value=${target} disabled=${found.state === "ignored"} onChange=${(event) => setChosen(event.target.value)}>
        ${drafted && !(drafted in found.entries) && html`<option value=${drafted}>${t("page.missing.target.draft", { id: drafted })}</option>`}
        ${Object.entries(found.entries).map(([id, title]) => html`<option key=${id} value=${id}>${pick(title)} (${id})</option>`)}
        <option value=${NOTHING}>${t("page.missing.target.nothing")}</option>
      </select>
    </label>
  `;
}

/** What the draft's entry, or the entry that it adds to, is called; null while that is not written. */
function nameOf(text) {
  const name = /^(?:- id: *)?([a-z0-9_]+) *:? *$/.exec(text.split("\n")[0])?.[1] ?? null;
  return name === "todo" ? null : name;
}

function Said({ found }) {
  const { t, pick, number } = useWords();
  const said = Object.entries(found.said);
  return html`
    <h3>${t("page.missing.said")}</h3>
    ${said.map(([language, text]) => html`<blockquote key=${language} lang=${language}>${text}</blockquote>`)}
    ${found.answered_with.map(
      (one) => html`<p key=${one.entry}>${t("page.missing.said.ready", { title: pick(one.title) || one.entry, times: number(one.times) })}</p>`,
    )}
    ${!said.length && !found.answered_with.length && html`<p class="quiet">${t("page.missing.said.none")}</p>`}
  `;
}

function Deeds({ found, drafted, onDraft, onAdd, onIgnore }) {
  const { t, pick } = useWords();
  const first = found.answered_with[0]?.entry ?? found.near?.entry ?? Object.keys(found.entries)[0];
  const [entry, setEntry] = useState(first);
  return html`
    <div class="row deeds">
      <button class=${drafted ? "" : "primary"} onClick=${onDraft}>${t("page.missing.draft")}</button>
      <label>${t("page.missing.add_to")}
        <select value=${entry} onChange=${(event) => setEntry(event.target.value)}>
          ${Object.entries(found.entries).map(([id, title]) => html`<option key=${id} value=${id}>${pick(title)}</option>`)}
        </select>
      </label>
      <button onClick=${() => onAdd(entry)}>${t("page.missing.add")}</button>
      <button class="ignore" onClick=${onIgnore}>${t("page.missing.ignore")}</button>
    </div>
  `;
}

function Decided({ found, onReopen }) {
  const { t, when, number } = useWords();
  const { decision, effect } = found;
  return html`
    <h3>${t("page.missing.effect")}</h3>
    <p><b>${t(`page.missing.state.${found.state}`)}</b>${" "}
      ${t("page.missing.decided", { author: decision.author, when: when(decision.at) })}${" "}
      ${decision.edition && t("page.missing.decided.edition", { edition: decision.edition, entry: decision.entry })}</p>
    <p class="figures">
      ${["before", "missed", ...(decision.entry ? ["answered"] : [])].map(
        (name) => html`<span key=${name} class=${name === "answered" ? "good" : ""}>${t(`page.missing.effect.${name}`, { count: number(effect[name]) })}</span>`,
      )}
    </p>
    <div class="row deeds"><button onClick=${onReopen}>${t("page.missing.reopen")}</button></div>
  `;
}
