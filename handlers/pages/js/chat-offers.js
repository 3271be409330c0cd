// Tariffs and services as cards in a row that one swipes; two tariffs are compared side by side.
import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { languageOf } from "./rich-text.js";

const UNITS = ["gb", "min", "sms"];

export function Tariffs({ card, words, chat }) {
  const { tariffs } = card;
  const [picked, setPicked] = useState(card.compare ? tariffs.map((one) => one.code) : []);
  const chosen = picked.map((code) => tariffs.find((one) => one.code === code));
  // A third one takes the place of the one picked first.
  const pick = (code) => setPicked(picked.includes(code) ? picked.filter((one) => one !== code) : [...picked, code].slice(-2));
  return html`
    ${!card.compare && html`
      <ul class="offers" aria-label=${words.t("page.cards.tariffs")}>
        ${tariffs.map((one) => html`
          <${Offer} key=${one.code} one=${one} words=${words}>
            <${Fee} amount=${one.fee} period="month" words=${words} />
            <dl>${UNITS.map((unit) => html`<div><dt>${words.t(`page.cards.of.${unit}`)}</dt><dd>${amount(one[unit], unit, words)}</dd></div>`)}</dl>
            <div class="acts">
              ${one.mine && html`<em>${words.t("page.cards.mine")}</em>`}
              ${tariffs.length > 1 && html`<button type="button" aria-pressed=${String(picked.includes(one.code))} aria-label=${told("compare", one, words)} onClick=${() => pick(one.code)}>${words.t("page.cards.compare")}</button>`}
              <${Wish} one=${one} to="change" words=${words} chat=${chat} />
            </div>
          <//>`)}
      </ul>`}
    ${chosen.length === 1 && tariffs.length > 1 && html`<p class="hint" role="status">${words.t("page.cards.pick", { name: chosen[0].name })}</p>`}
    ${chosen.length === 2 && html`<${Comparison} two=${chosen} words=${words} chat=${chat} seen=${!card.compare} />`}
  `;
}

/** `seen`: it has just been asked for, so it comes into view. */
function Comparison({ two, words, chat, seen }) {
  const table = useRef();
  useEffect(() => {
    if (seen) table.current.scrollIntoView({ block: "nearest" });
  }, two.map((one) => one.code));
  const rows = [
    ["fee", "fee", (one) => money(one.fee, words)],
    ...UNITS.map((unit) => [`of.${unit}`, unit, (one) => amount(one[unit], unit, words)]),
    ["change_fee", "", (one) => (one.mine ? "–" : money(one.change_fee, words))],
  ];
  return html`
    <table class="card compared" ref=${table}>
      <caption class="hear">${words.t("page.cards.compared", { one: two[0].name, other: two[1].name })}</caption>
      <thead><tr><td></td>${two.map((one) => html`<th scope="col" lang="ru">${one.name}${one.mine && html`<em lang=${words.language}>${words.t("page.cards.mine")}</em>`}</th>`)}</tr></thead>
      <tbody>
        ${rows.map(([label, what, of]) => {
          const [left, right] = two.map(of);
          const differs = left !== right;
          return html`
            <tr class=${differs ? "differs" : ""}>
              <th scope="row">${words.t(`page.cards.${label}`)}</th><td>${left}</td>
              <td>${right}${differs && what && html` <small>${more(two, what, words)}</small>`}</td>
            </tr>`;
        })}
        ${two.some((one) => one.press) && html`<tr class="acts"><td></td>${two.map((one) => html`<td><${Wish} one=${one} to="change" words=${words} chat=${chat} /></td>`)}</tr>`}
      </tbody>
    </table>
  `;
}

/** By how much the second one has more or less, with its sign; of what has no limit only that it differs. */
function more([one, other], what, words) {
  if (one[what] === null || other[what] === null) return words.t("page.cards.differs");
  const n = new Intl.NumberFormat(words.locale, { signDisplay: "always", maximumFractionDigits: 2 }).format(other[what] - one[what]);
  return words.t(what === "fee" ? "page.cards.roubles" : `page.cards.${what}`, { n });
}

export function Services({ card, words, chat }) {
  return html`
    <ul class="offers" aria-label=${words.t("page.cards.services")}>
      ${card.services.map((one) => html`
        <${Offer} key=${one.code} one=${one} words=${words}>
          <${Fee} amount=${one.fee} period=${one.period} words=${words} />
          ${one.trial_days > 0 && html`<p>${words.count("page.cards.trial", one.trial_days)}</p>`}
          <div class="acts"><${Wish} one=${one} to="connect" words=${words} chat=${chat} /></div>
        <//>`)}
    </ul>
  `;
}

function Offer({ one, words, children }) {
  return html`
    <li class="card">
      <b lang="ru">${one.name}</b>
      ${one.gloss && html`<span lang=${languageOf(one.gloss)}>${one.gloss}</span>`}
      ${one.about && html`<p lang=${words.language}>${one.about}</p>`}
      ${children}
    </li>
  `;
}

function Fee({ amount: fee, period, words }) {
  return html`<p class="fee"><strong>${money(fee, words)}</strong>${fee > 0 && html` ${words.t(`page.cards.per.${period}`)}`}</p>`;
}

/** The same as the bot's own button: it names the price again and asks for a yes. */
function Wish({ one, to, words, chat }) {
  if (!one.press) return null;
  const press = () => chat.press({ value: one.press, label: told(to, one, words) });
  return html`<button type="button" class="wish" aria-label=${told(to, one, words)} onClick=${press}>${words.t(`page.cards.${to}`)}</button>`;
}

function told(key, one, words) {
  return words.t(`page.cards.${key}.words`, { name: one.name });
}

function money(value, words) {
  if (value === 0) return words.t("page.cards.free");
  return words.t("page.cards.roubles", { n: new Intl.NumberFormat(words.locale).format(value) });
}

export function amount(value, unit, words) {
  if (value === null) return words.t("page.cards.state.unlimited");
  if (value === 0) return words.t("page.cards.nothing");
  const small = unit === "gb" && value > 0 && value < 0.1;
  const n = small ? Math.floor(value * 1024) : Math.floor(value * 100) / 100;
  return words.t(`page.cards.${small ? "mb" : unit}`, { n: new Intl.NumberFormat(words.locale).format(n) });
}
