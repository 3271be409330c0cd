// Figures of a period: tiles, charts with their tables, CSV. What is wanted stands in the URL.
import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { addWords, useWords, WordsProvider } from "./desk-words.js";
import { ops } from "./ops-api.js";
import { Chart } from "./ops-numbers-chart.js";
import { makeFormat } from "./ops-numbers-format.js";
import { Heat, Panel } from "./ops-numbers-table.js";
import { Tiles } from "./ops-numbers-tiles.js";
import { FIELDS, Wish } from "./ops-numbers-wish.js";

const FAMILIES = ["contacts", "people", "topics", "speed"];

export function Tab({ query, setQuery, onOut }) {
  const words = useWords();
  const [own, setOwn] = useState(null);
  useEffect(() => {
    addStyle("../vendor/uplot.css");
    let over = false;
    addWords(words, "numbers").then((found) => over || setOwn(found));
    return () => (over = true);
  }, [words]);
  if (own?.language !== words.language) return html`<p class="nothing" role="status">${words.t("page.ops.loading")}</p>`;
  return html`<${WordsProvider} value=${own}><${Numbers} query=${query} setQuery=${setQuery} onOut=${onOut} /><//>`;
}

function addStyle(path) {
  const href = new URL(path, import.meta.url).href;
  if ([...document.styleSheets].some((sheet) => sheet.href === href)) return;
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
}

function Numbers({ query, setQuery, onOut }) {
  const words = useWords();
  const wanted = Object.fromEntries(FIELDS.map((name) => [name, query[name] ?? ""]));
  const [found, again] = useFamilies(wanted, onOut);
  const format = makeFormat(words);
  const file = (family, table) => ops.numbersFile(family, table, { ...wanted, lang: words.language });
  const first = Object.values(found).find((one) => one.data)?.data;
  const refused = Object.values(found).find((one) => one.error)?.error;
  return html`
    <div class="numbers">
      <${Wish} wanted=${wanted} told=${first} onChange=${setQuery} onAgain=${again} />
      ${refused && html`<${Refused} error=${refused} onAgain=${again} />`}
      <${Tiles} found=${found} format=${format} target=${first?.target_s ?? ""} />
      <${Panels} found=${found} format=${format} file=${file} />
    </div>
  `;
}

/** {family: {data, error, old}}; a family is counted anew when the wish changes, and the `old` one stays until then. */
function useFamilies(wanted, onOut) {
  const [found, setFound] = useState({});
  const [round, setRound] = useState(0);
  const asked = useRef(0);
  const wish = FIELDS.map((name) => wanted[name]).join("|");
  useEffect(() => {
    const turn = (asked.current += 1); // an answer to an older wish is not shown
    for (const family of FAMILIES) {
      ops.numbers(family, wanted).then(
        (data) => turn === asked.current && setFound((known) => ({ ...known, [family]: { data, wish } })),
        (error) => {
          if (error.status === 401) onOut("expired");
          else if (turn === asked.current) setFound((known) => ({ ...known, [family]: { error, wish } }));
        },
      );
    }
  }, [wish, round]);
  const aged = Object.fromEntries(Object.entries(found).map(([family, one]) => [family, { ...one, old: one.wish !== wish }]));
  return [aged, () => setRound(round + 1)];
}

function Refused({ error, onAgain }) {
  const { t } = useWords();
  return html`
    <p class="problem" role="alert">
      ${error.message && error.status === 400 ? t(`page.numbers.refused.${error.code}`) : t("page.numbers.failed")}
      ${" "}<button onClick=${onAgain}>${t("page.numbers.retry")}</button>
    </p>
  `;
}

function Panels({ found, format, file }) {
  const { t } = useWords();
  const panel = (family, name, { wide, heat, series, mark } = {}) => {
    const data = found[family]?.data;
    const table = data?.tables.find((one) => one.name === name);
    if (!table) return null;
    const title = t(`page.numbers.tab.${name}`);
    const named = series?.map((one) => ({ ...one, label: t(`page.numbers.col.${one.name}`) }));
    return html`
      <${Panel} key=${name} family=${family} table=${table} titles=${data.titles} format=${format} file=${file} wide=${wide} instead=${heat}>
        ${heat && html`<${Heat} table=${table} format=${format} />`}
        ${series && html`<${Chart} table=${table} series=${named} title=${title} format=${format} mark=${mark && data[mark]} />`}
      <//>
    `;
  };
  const contacts = [
    { name: "contacts", color: "--accent-strong", bars: true },
    { name: "human", color: "--late", bars: true },
  ];
  const speed = [
    { name: "p90", color: "--late" },
    { name: "p50", color: "--accent-strong" },
  ];
  return html`
    ${panel("contacts", "volume", { series: contacts })} ${panel("people", "response", { series: speed, mark: "target_s" })}
    ${panel("contacts", "endings")} ${panel("contacts", "after_human")} ${panel("topics", "topics", { wide: true })}
    ${panel("contacts", "hours", { wide: true, heat: true })} ${panel("people", "lines", { wide: true })}
    ${panel("people", "agents", { wide: true })} ${panel("speed", "speed", { series: speed })} ${panel("people", "ratings")}
    ${panel("contacts", "doors", { wide: true })}
  `;
}
