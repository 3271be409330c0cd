// Answers drawn from their data: what is left, signal by technology, what is on offer. Loaded when the first card is there.
import { html } from "../vendor/preact-htm.js";
import { amount, Services, Tariffs } from "./chat-offers.js";
import { Words } from "./words.js";

const BARS = { none: 0, weak: 2, good: 4 };

function day(iso, words) {
  const [year, month, date] = iso.split("-").map(Number);
  return words.dayMonth.format(new Date(year, month - 1, date));
}

function Packages({ card, words }) {
  return html`
    <ul class="card packages" aria-label=${words.t("page.cards.left")}>
      ${card.counters.map((one) => html`<${Counter} one=${one} words=${words} />`)}
    </ul>
  `;
}

function Counter({ one, words }) {
  const { unit, left, total, state } = one;
  const endless = state === "unlimited";
  const share = endless ? 100 : Math.max(left > 0 ? 2 : 0, Math.min(100, (left / total) * 100));
  return html`
    <li class=${state}>
      <div><b>${words.phrases[`page.cards.for.${one.for}`] ?? words.t(`page.cards.of.${unit}`)}</b>
        ${state !== "enough" && html`<em>${words.t(`page.cards.state.${state}`)}</em>`}</div>
      ${!endless && html`<div><strong>${amount(left, unit, words)}</strong><span>${words.t("page.cards.total", { total: amount(total, unit, words) })}</span></div>`}
      <i class="track" aria-hidden="true"><i style=${{ width: `${share}%` }}></i></i>
      <small>${words.t("page.cards.until", { day: day(one.until, words) })}</small>
    </li>
  `;
}

function Coverage({ card, words }) {
  return html`
    <table class="card coverage">
      <caption class="hear">${card.place}</caption>
      <thead><tr><td></td><th scope="col">${words.t("page.cards.outdoors")}</th><th scope="col">${words.t("page.cards.indoors")}</th></tr></thead>
      <tbody>
        ${Object.keys(card.outdoors).sort().reverse().map((name) => html`
          <tr>
            <th scope="row">${name}</th>
            <td><${Signal} level=${card.outdoors[name]} words=${words} /></td>
            <td><${Signal} level=${card.indoors[name]} words=${words} /></td>
          </tr>`)}
      </tbody>
    </table>
  `;
}

function Signal({ level, words }) {
  const bars = [1, 2, 3, 4].map((n) => html`<rect x=${n * 6 - 6} y=${16 - n * 4} width="4" height=${n * 4} rx="1" class=${n <= BARS[level] ? "full" : ""} />`);
  return html`<span class=${`signal ${level}`}><svg viewBox="0 0 22 16" aria-hidden="true">${bars}</svg>${words.t(`page.cards.signal.${level}`)}</span>`;
}

const KINDS = { packages: Packages, coverage: Coverage, tariffs: Tariffs, services: Services };

class Cards {
  #words = new Map();

  constructor(draw) {
    this.draw = draw;
  }

  /** The card in its own language, or null while that is on its way. */
  View = ({ card, chat }) => {
    const words = this.#words.get(card.language);
    if (words) return html`<${KINDS[card.kind]} card=${card} words=${words} chat=${chat} />`;
    if (words === undefined) this.learn(card.language).then(this.draw, this.draw);
    return null;
  };

  /** Its labels could not be had: the words must do. */
  cannot({ language }) {
    return this.#words.get(language) === false;
  }

  async learn(language) {
    this.#words.set(language, null);
    try {
      const answer = await fetch(`/i18n/${language}/cards.json`);
      if (!answer.ok) throw new Error(answer.statusText);
      this.#words.set(language, new Words(language, await answer.json()));
    } catch (error) {
      this.#words.set(language, false);
      throw error;
    }
  }
}

export async function make(language, draw) {
  const cards = new Cards(draw);
  await cards.learn(language);
  return cards;
}

await new Promise((done) => {
  const href = new URL("../css/cards.css", import.meta.url).href;
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href, onload: done, onerror: done }));
});
