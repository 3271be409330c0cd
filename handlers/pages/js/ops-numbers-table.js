// A table of figures with its CSV; under a chart it is folded, on its own it is open.
import { html, useState } from "../vendor/preact-htm.js";
import { useWords } from "./desk-words.js";
import { How } from "./ops-numbers-tiles.js";

const SHOWN = 12;
const BARS = ["share", "by_bot"]; // shares of one whole: their length says more than their digits
const LEVELS = 8;

/** `children` is a chart over the folded table, or, with `instead`, the table in another form. */
export function Panel({ family, table, titles, format, file, children, wide, instead }) {
  const { t } = useWords();
  const title = t(`page.numbers.tab.${table.name}`);
  const drawn = [children].flat().some(Boolean);
  const body = html`<${Cells} table=${table} titles=${titles} format=${format} title=${title} />`;
  return html`
    <section class=${`figures ${wide ? "wide" : ""}`} data-table=${table.name} aria-labelledby=${`title-${table.name}`}>
      <header>
        <h2 id=${`title-${table.name}`}>${title}</h2>
        <a class="csv" href=${file(family, table.name)} download aria-label=${t("page.numbers.csv.of", { table: title })}>CSV</a>
      </header>
      ${children}
      ${instead ? null : drawn ? html`<details class="as-table"><summary>${t("page.numbers.table")}</summary>${body}</details>` : body}
      <${How} name=${table.name} />
    </section>
  `;
}

function Cells({ table, titles, format, title }) {
  const { t, number } = useWords();
  const [all, setAll] = useState(false);
  const long = table.rows.length > SHOWN && table.columns[0].kind !== "day";
  const rows = long && !all ? table.rows.slice(0, SHOWN) : table.rows;
  return html`
    <div class="scroll" tabindex="0" role="group" aria-label=${title}>
      <table class="cells">
        <thead>
          <tr>${table.columns.map((one, at) => html`<th key=${one.name} scope="col" class=${at ? "" : "first"}>${t(`page.numbers.col.${one.name}`)}</th>`)}</tr>
        </thead>
        <tbody>${rows.map((row, n) => html`<tr key=${n}>${row.map((cell, at) => html`<${Cell} key=${at} at=${at} cell=${cell} column=${table.columns[at]} titles=${titles} format=${format} />`)}</tr>`)}</tbody>
      </table>
    </div>
    ${long && html`<button class="link" aria-expanded=${all} onClick=${() => setAll(!all)}>${all ? t("page.numbers.less") : t("page.numbers.more", { n: number(table.rows.length) })}</button>`}
  `;
}

function Cell({ at, cell, column, titles, format }) {
  const text = format.cell(cell, column.kind, titles);
  if (!at) return html`<th scope="row">${text}</th>`;
  if (BARS.includes(column.name) && cell !== null) {
    return html`<td class="bar-cell"><meter min="0" max="1" value=${cell} aria-hidden="true"></meter><span>${text}</span></td>`;
  }
  if (column.kind === "trend" && cell !== null) return html`<td class="trend" data-way=${Math.sign(cell)}>${text}</td>`;
  return html`<td>${text}</td>`;
}

/** Hours across, weekdays down; the fuller the hour the darker the cell, and the number stands in it. */
export function Heat({ table, format }) {
  const { t } = useWords();
  const most = Math.max(1, ...table.rows.flatMap((row) => row.slice(1)));
  return html`
    <div class="scroll" tabindex="0" role="group" aria-label=${t("page.numbers.tab.hours")}>
      <table class="heat">
        <thead><tr><th scope="col" class="first">${t("page.numbers.col.weekday")}</th>${table.columns.slice(1).map((one) => html`<th key=${one.name} scope="col">${one.name}</th>`)}</tr></thead>
        <tbody>
          ${table.rows.map(
            ([day, ...counts]) => html`
              <tr key=${day}>
                <th scope="row">${format.cell(day, "weekday")}</th>
                ${counts.map((count, hour) => html`<td key=${hour} data-level=${Math.ceil((count / most) * LEVELS)}>${count || ""}</td>`)}
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
  `;
}
