// Questions without an answer: the list on the left, one of them with its draft on the right. Loaded when opened.
import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { call } from "./desk-api.js";
import { addWords, useWords, WordsProvider } from "./desk-words.js";
import { Question } from "./ops-missing-question.js";

const STATES = ["open", "accepted", "merged", "ignored"];
const DAYS = ["7", "14", "30", "90"];
const ORDERS = ["people", "minutes"];
const USUAL = "14";

export function Missing({ query, setQuery, onOut }) {
  const words = useWords();
  const [own, setOwn] = useState(null);
  useEffect(() => {
    addStyle();
    let over = false;
    addWords(words, "missing").then((found) => over || setOwn(found));
    return () => (over = true);
  }, [words]);
  if (own?.language !== words.language) return html`<p class="nothing" role="status">${words.t("page.ops.loading")}</p>`;
  return html`<${WordsProvider} value=${own}><${Both} query=${query} setQuery=${setQuery} onOut=${onOut} /><//>`;
}

function addStyle() {
  const href = new URL("../css/ops-missing.css", import.meta.url).href;
  if ([...document.styleSheets].some((sheet) => sheet.href === href)) return;
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
}

function Both({ query, setQuery, onOut }) {
  const { t } = useWords();
  const state = STATES.includes(query.state) ? query.state : STATES[0];
  const days = DAYS.includes(query.days) ? query.days : USUAL;
  const order = ORDERS.includes(query.order) ? query.order : ORDERS[0];
  const [found, problem, again] = useList(state, days, onOut);
  const rows = [...(found?.rows ?? [])];
  if (order === "minutes") rows.sort((one, other) => other.minutes - one.minutes || other.people - one.people);
  const patch = (name, usual) => (event) => setQuery({ [name]: event.target.value === usual ? "" : event.target.value });
  return html`<div class="missing wide">
    <section class="missing-list" aria-labelledby="title-missing">
      <h2 id="title-missing">${t("page.missing.title")}</h2>
      <p class="quiet lead">${t("page.missing.lead")}</p>
      <div class="states" role="group" aria-label=${t("page.missing.state")}>
        ${STATES.map(
          (one) => html`
            <button key=${one} data-state=${one} aria-pressed=${one === state}
              onClick=${() => setQuery({ state: one === STATES[0] ? "" : one, gap: "" })}>
              ${t(`page.missing.state.${one}`)} <b>${found?.counts[one] ?? ""}</b>
            </button>
          `,
        )}
      </div>
      <div class="row wish">
        <label>${t("page.missing.days")}
          <select value=${days} onChange=${patch("days", USUAL)}>${DAYS.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}</select>
        </label>
        <label>${t("page.missing.order")}
          <select value=${order} onChange=${patch("order", ORDERS[0])}>
            ${ORDERS.map((one) => html`<option key=${one} value=${one}>${t(`page.missing.order.${one}`)}</option>`)}
          </select>
        </label>
      </div>
      ${problem && html`<p class="told" role="alert">${problem}</p>`}
      ${!found && !problem && html`<p class="nothing" role="status">${t("page.missing.counting")}</p>`}
      ${found && !rows.length && html`<p class="nothing">${t("page.missing.none")}</p>`}
      <ul class="gaps" tabindex="0" aria-labelledby="title-missing">
        ${rows.map((row) => html`<${Row} key=${row.id} row=${row} chosen=${row.id === query.gap} onPick=${() => setQuery({ gap: row.id })} />`)}
      </ul>
      ${found?.rest > 0 && html`<p class="quiet">${t("page.missing.rest", { count: found.rest })}</p>`}
    </section>
    ${query.gap
      ? html`<${Question} key=${query.gap + days} id=${query.gap} days=${days} onOut=${onOut} onDone=${again} />`
      : html`<section class="missing-one"><p class="quiet">${t("page.missing.pick")}</p></section>`}
  </div>`;
}

/** [what was found, a sentence about what went wrong, ask again] */
function useList(state, days, onOut) {
  const { problem } = useWords();
  const [found, setFound] = useState(null);
  const [told, setTold] = useState("");
  const [round, setRound] = useState(0);
  const turn = useRef(0);
  useEffect(() => {
    const mine = (turn.current += 1); // an answer to an older wish is not shown
    call("GET", `ops/faq/missing?state=${state}&days=${days}`).then(
      (answer) => mine === turn.current && (setFound(answer), setTold("")),
      (error) => (error.status === 401 ? onOut("expired") : mine === turn.current && setTold(problem(error.code))),
    );
  }, [state, days, round]);
  return [found, told, () => setRound((number) => number + 1)];
}

function Row({ row, chosen, onPick }) {
  const { t, number } = useWords();
  return html`
    <li>
      <button class=${chosen ? "gap chosen" : "gap"} data-gap=${row.id} aria-current=${chosen ? "true" : undefined} onClick=${onPick}>
        ${Object.entries(row.typical).map(([language, text]) => html`<span key=${language} class="said" lang=${language}>${text}</span>`)}
        <span class="figures">
          <span>${t("page.missing.people", { count: number(row.people) })}</span>
          <span>${t("page.missing.messages", { count: number(row.messages) })}</span>
          ${row.minutes > 0 && html`<span>${t("page.missing.minutes", { count: number(row.minutes) })}</span>`}
          ${row.effect && row.state !== "ignored" && html`<span class="good">${t("page.missing.effect.answered", { count: number(row.effect.answered) })}</span>`}
        </span>
      </button>
    </li>
  `;
}
