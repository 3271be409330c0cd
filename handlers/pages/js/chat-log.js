// The log: day dividers, bubbles, buttons under them, lines of what happened, the stars.
import { html, useState } from "../vendor/preact-htm.js";
import { Icon, Mark, Star } from "./icons.js";
import { languageOf, richText } from "./rich-text.js";

const STARS = [1, 2, 3, 4, 5];
// About how high a card will be, px: its place is kept while what draws it is fetched.
const ROOM = { packages: ({ counters }) => 8 + 86 * counters.length, coverage: () => 190, tariffs: ({ compare }) => (compare ? 215 : 268), services: () => 196 };

export function Row({ row, words, chat }) {
  if (row.kind === "day") return html`<div class="day"><span>${words.day(row.ts)}</span></div>`;
  if (row.kind === "unread") return html`<div class="unread"><span>${words.t("page.chat.new")}</span></div>`;
  if (row.kind === "state") return html`<${Happened} row=${row} words=${words} />`;
  if (row.kind === "rate") return html`<${Rate} row=${row} words=${words} chat=${chat} />`;
  return html`<${Bubble} row=${row} words=${words} chat=${chat} />`;
}

function Happened({ row, words }) {
  const text = words.t(`page.chat.event.${row.line}`, { agent: row.state.agent ?? "" });
  return html`<div class="happened"><span>${text}</span></div>`;
}

function Bubble({ row, words, chat }) {
  const { who, body, first, last } = row;
  const place = [who, first && "first", last && "last", row.tick === "failed" && "failed"].filter(Boolean).join(" ");
  const card = cardOf(body, chat);
  const author = who === "me" ? words.t("page.chat.author.me") : row.name || words.t("page.chat.author.bot");
  return html`
    <div class=${`row ${place}`}>
      ${who !== "me" && html`<${Face} row=${row} />`}
      <div class="stack">
        ${first && who === "agent" && html`<div class="name" aria-hidden="true">${row.name}</div>`}
        <div class="bubble">
          <span class="hear">${author}: </span>
          ${body.quote?.text && html`<q class="quote">${body.quote.text}</q>`}
          ${body.files && html`<${Files} row=${row} chat=${chat} />`}
          <span class="said" lang=${languageOf(body.text ?? "")}>${content(card ? card.beside : body, words)}</span>
          <${Meta} row=${row} words=${words} />
        </div>
        ${card && html`<${Card} card=${card} chat=${chat} />`}
        ${row.tick === "failed" && html`<${Failed} row=${row} words=${words} chat=${chat} />`}
      </div>
      ${body.buttons && html`<${Buttons} row=${row} chat=${chat} />`}
    </div>
  `;
}

/** What shows files is fetched when the first one is to be shown. */
function Files({ row, chat }) {
  if (chat.files) return html`<${chat.files.View} row=${row} />`;
  chat.loadFiles();
  return html`<div class="files"></div>`;
}

/** The card to draw, or null when the words must do. */
function cardOf({ card, edited }, chat) {
  if (!card || edited || !ROOM[card.kind]) return null;
  if (chat.cards === undefined) chat.loadCards();
  return chat.cards === null || (chat.cards && chat.cards.cannot(card)) ? null : card;
}

function Card({ card, chat }) {
  const room = { width: "100%", minHeight: `${ROOM[card.kind](card)}px` };
  return html`<div style=${room}>${chat.cards && html`<${chat.cards.View} card=${card} chat=${chat} />`}</div>`;
}

function content(body, words) {
  if (body.unnamed) return "";
  if (body.place) return html`<${Icon} name="pin" />${words.t("page.chat.place.sent")}`;
  return richText(body.text ?? "", body.entities);
}

function Face({ row }) {
  if (!row.last) return html`<div class="face gap"></div>`;
  if (row.who === "agent") return html`<div class="face agent" aria-hidden="true">${initial(row.name)}</div>`;
  return html`<div class="face" aria-hidden="true"><${Mark} /></div>`;
}

export function initial(name) {
  return [...(name || "?")][0].toUpperCase();
}

function Meta({ row, words }) {
  const tick = { pending: "clock", sent: "check", failed: "alert" }[row.tick];
  return html`
    <span class="meta">
      ${row.body.edited && html`<i>${words.t("page.chat.edited")}</i> `}
      <time dateTime=${new Date(row.ts).toISOString()}>${words.time(row.ts)}</time>
      ${tick && html`<${Icon} name=${tick} /><span class="hear">${words.t(`page.chat.tick.${row.tick}`)}</span>`}
    </span>
  `;
}

function Failed({ row, words, chat }) {
  const why = row.body.files && chat.files ? chat.files.why(row.code) : (words.phrases[`error.${row.code}`] ?? words.t("page.chat.failed"));
  return html`
    <div class="undelivered">
      <span>${why}</span>
      <button type="button" onClick=${() => chat.retry(row.key)}>${words.t("page.chat.retry")}</button>
      <button type="button" onClick=${() => chat.discard(row.key)}>${words.t("page.chat.discard")}</button>
    </div>
  `;
}

function Buttons({ row, chat }) {
  return html`
    <div class="buttons">
      ${row.body.buttons.map((button) => (button.url ? html`<${Way} ...${button} />` : html`<${Press} button=${button} row=${row} chat=${chat} />`))}
    </div>
  `;
}

/** A button that leads out of the chat. */
function Way({ url, label }) {
  return html`<a href=${url} target="_blank" rel="noopener" lang=${languageOf(label)}>${label}</a>`;
}

function Press({ button, row, chat }) {
  const { pressed, inert } = row.used;
  const mine = button.value === pressed;
  return html`
    <button type="button" class=${mine ? "pressed" : ""} disabled=${inert} lang=${languageOf(button.label)} onClick=${() => chat.press(button)}>
      ${mine && html`<${Icon} name="check" />`}${button.label}
    </button>
  `;
}

function Rate({ row, words, chat }) {
  const [over, setOver] = useState(0);
  const given = row.rating;
  const lit = given ?? over;
  return html`
    <div class="rate" role="group" aria-label=${words.t("page.chat.rate.ask")}>
      <p>${words.t(given ? "page.chat.rate.thanks" : "page.chat.rate.ask")}</p>
      <div class="stars" onMouseLeave=${() => setOver(0)}>
        ${STARS.map(
          (n) => html`
            <button
              type="button"
              class=${n <= lit ? "lit" : ""}
              disabled=${given !== null}
              aria-pressed=${given === n ? "true" : "false"}
              aria-label=${words.count("page.chat.rate.stars", n)}
              onMouseEnter=${() => setOver(n)}
              onClick=${() => chat.rate(n, row.body.case)}
            >
              <${Star} />
            </button>
          `,
        )}
      </div>
    </div>
  `;
}

export function Typing({ words, face }) {
  return html`
    <div class="row ${face.who} first last">
      <${Face} row=${{ ...face, last: true }} />
      <div class="stack"><div class="bubble dots" aria-hidden="true"><i></i><i></i><i></i></div></div>
      <span class="hear">${words.t("page.chat.typing")}</span>
    </div>
  `;
}
