// The figures one looks at first, each with its change against the period before and how it is counted.
import { html } from "../vendor/preact-htm.js";
import { useWords } from "./desk-words.js";

// Which way is good news; what is in neither list is neither.
const UP = ["by_bot", "confirmed", "in_time", "stars"];
const DOWN = ["replied", "lost", "speed", "doubted"];
// In this order, from whichever family has come.
const ORDER = ["contacts", "by_bot", "confirmed", "replied", "in_time", "lost", "stars", "handled", "speed", "doubted"];

export function Tiles({ found, format, target }) {
  const tiles = Object.values(found).flatMap((one) => (one.data?.tiles ?? []).map((tile) => ({ ...tile, old: one.old })));
  const byName = Object.fromEntries(tiles.map((tile) => [tile.name, tile]));
  return html`
    <ul class="tiles">
      ${ORDER.map((name) => html`<li key=${name} class="tile" data-name=${name} aria-busy=${byName[name]?.old ?? true}><${Tile} name=${name} tile=${byName[name]} format=${format} target=${target} /></li>`)}
    </ul>
  `;
}

function Tile({ name, tile, format, target }) {
  const { t, number } = useWords();
  const none = tile && tile.value === null;
  return html`
    <h2>${t(`page.numbers.tile.${name}`, { target })}</h2>
    <p class="value">${tile ? (none ? t("page.numbers.none") : format.cell(tile.value, tile.kind)) : " "}</p>
    <p class="detail">
      ${tile?.also != null && html`<span>${t("page.numbers.p90", { value: format.cell(tile.also, tile.kind) })}</span>`}
      ${tile && name !== "contacts" && html`<span>${t("page.numbers.of", { n: number(tile.n) })}</span>`}
    </p>
    <p class="change-line">${tile && !none && html`<${Change} tile=${tile} format=${format} />`}</p>
    <${How} name=${name} />
  `;
}

function Change({ tile, format }) {
  const { t } = useWords();
  if (tile.before === null || (tile.name === "contacts" && !tile.before)) return html`<span class="detail">${t("page.numbers.before.none")}</span>`;
  const more = Math.sign(tile.value - tile.before);
  const good = UP.includes(tile.name) ? more : DOWN.includes(tile.name) ? -more : 0;
  const was = t("page.numbers.before", { value: format.cell(tile.before, tile.kind) });
  if (!more) return html`<span class="detail">${t("page.numbers.same")}</span>`;
  return html`
    <span class="change" data-good=${good}>${more > 0 ? "▲" : "▼"} ${format.change(tile.kind, tile.value, tile.before)}</span>
    ${" "}<span class="detail">${was}</span>
  `;
}

export function How({ name }) {
  const { t } = useWords();
  return html`<details class="how"><summary>${t("page.numbers.how")}</summary><p>${t(`page.numbers.how.${name}`)}</p></details>`;
}
