// The chat's screen: header, what happens now, the log, the composer.
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact-htm.js";
import { Composer } from "./chat-composer.js";
import { Menu } from "./chat-menu.js";
import { Row, Typing, initial } from "./chat-log.js";
import { rowsOf, stateOf } from "./chat-rows.js";
import { Icon, Mark } from "./icons.js";

const QUIET_FOR = 2000; // ms; a link that is back sooner is not worth a word
const AT_END = 48; // px
const SCREENFUL = 16; // rows
const SUGGESTED = [1, 2, 3, 4];

export function ChatView({ chat, words }) {
  const { events, pending } = chat;
  const state = stateOf(events, chat.session);
  const [rows, whole] = useNewestFirst(rowsOf(events, pending, chat.divider));
  const end = useEnd(rows, chat, whole);
  const typing = chat.typingNow(state);
  const empty = chat.loaded && rows.length === 0;
  return html`
    <${Header} state=${state} typing=${typing} words=${words} chat=${chat} />
    <${Strip} status=${chat.status} words=${words} />
    ${state.state === "queued" && html`<${Queue} state=${state} words=${words} chat=${chat} />`}
    <main class="log" ref=${end.box} onScroll=${end.scrolled}>
      ${empty && html`<${Welcome} words=${words} chat=${chat} />`}
      <div role="log" aria-live="polite" aria-label=${words.t("page.chat.log")} tabindex="0">
        ${rows.map((row) => html`<${Row} key=${row.key} row=${row} words=${words} chat=${chat} />`)}
      </div>
      ${typing && html`<${Typing} words=${words} face=${face(state)} />`}
    </main>
    <footer>
      ${end.away && html`<${Jump} count=${end.missed} words=${words} onClick=${end.jump} />`}
      ${chat.notice && html`<p class="notice" role="alert">${chat.notice}</p>`}
      <${Human} state=${state} words=${words} chat=${chat} />
      <${Composer} words=${words} chat=${chat} draft=${chat.draft} disabled=${chat.status === "refused"} />
    </footer>
  `;
}

function face(state) {
  return state.state === "assigned" ? { who: "agent", name: state.agent } : { who: "bot", name: "" };
}

function Header({ state, typing, words, chat }) {
  const held = state.state === "assigned";
  const now = typing && held ? "typing" : state.state === "closed" ? "bot" : state.state;
  return html`
    <header>
      ${chat.framed &&
      html`<button type="button" class="back" onClick=${chat.close} aria-label=${words.t("page.chat.back")}>
        <${Icon} name="back" />
      </button>`}
      <div class=${`face big ${held ? "agent" : ""}`} aria-hidden="true">
        ${held ? initial(state.agent) : html`<${Mark} />`}
      </div>
      <div class="who">
        <h1>${held ? state.agent : words.t("page.chat.brand")}</h1>
        <p class=${`now ${state.state}`}>${words.t(`page.chat.now.${now}`)}</p>
      </div>
      <${Menu} words=${words} chat=${chat} known=${chat.known} />
    </header>
  `;
}

function Strip({ status, words }) {
  const [shown, setShown] = useState(false);
  const bad = status !== "ready";
  useEffect(() => {
    if (!bad) {
      setShown(false);
      return undefined;
    }
    const timer = setTimeout(() => setShown(true), status === "refused" ? 0 : QUIET_FOR);
    return () => clearTimeout(timer);
  }, [bad, status === "refused"]);
  const kind = status === "refused" ? "refused" : navigator.onLine ? "connecting" : "offline";
  return html`
    <div class=${`strip ${shown ? `shown ${kind}` : ""}`} role="status">
      ${shown && html`<i class="spinner"></i><span>${words.t(`page.chat.link.${kind}`)}</span>`}
    </div>
  `;
}

function Queue({ state, words, chat }) {
  const place = state.position ?? 0;
  const minutes = Math.round((state.wait_s ?? 0) / 60);
  const where = place > 1 ? words.t("page.chat.queue.place", { n: place }) : words.t(place ? "page.chat.queue.next" : "page.chat.now.queued");
  const wait = state.wait_s >= 60 ? words.count("page.chat.queue.wait", minutes) : words.t("page.chat.queue.soon");
  return html`
    <section class="queue" role="status">
      <div class="place" aria-hidden="true">${place > 0 ? place : html`<${Icon} name="headset" />`}</div>
      <div class="what">
        <strong>${where}</strong>
        <span>${state.wait_s === undefined ? words.t("page.chat.queue.unknown") : wait}</span>
      </div>
      <button type="button" onClick=${() => chat.press({ value: "leave", label: words.t("page.chat.queue.leave") })}>
        ${words.t("page.chat.queue.leave")}
      </button>
    </section>
  `;
}

function Welcome({ words, chat }) {
  return html`
    <section class="welcome">
      <div class="sign" aria-hidden="true"><${Mark} /></div>
      <h2>${words.t("page.chat.welcome.title")}</h2>
      <p>${words.t("page.chat.welcome.text")}</p>
      <div class="suggested">
        ${SUGGESTED.map((n) => {
          const text = words.t(`page.chat.suggest.${n}`);
          return html`<button type="button" onClick=${() => chat.say(text)}>${text}</button>`;
        })}
      </div>
    </section>
  `;
}

function Human({ state, words, chat }) {
  if (state.state === "queued" || state.state === "assigned") return null;
  const label = words.t("page.chat.human");
  return html`
    <div class="human">
      <button type="button" onClick=${() => chat.press({ value: "human", label })}>
        <${Icon} name="headset" />${label}
      </button>
    </div>
  `;
}

function Jump({ count, words, onClick }) {
  const label = count > 0 ? words.count("page.chat.jump.new", count) : words.t("page.chat.jump");
  return html`
    <button type="button" class="jump" onClick=${onClick} aria-label=${label} title=${label}>
      <${Icon} name="down" />${count > 0 && html`<span aria-hidden="true">${count}</span>`}
    </button>
  `;
}

/** What fills a screen is painted first, and the rest of the page after it: a slow phone shows the end half as late. */
function useNewestFirst(rows) {
  const [whole, setWhole] = useState(false);
  const some = rows.length > 0;
  useEffect(() => some && void requestAnimationFrame(() => setTimeout(() => setWhole(true))), [some]);
  return [whole ? rows : rows.slice(-SCREENFUL), whole];
}

/** Keeps the newest row in sight while it is in sight, and the read one in place when older rows come in above. */
function useEnd(rows, chat, whole) {
  const box = useRef(null);
  const [away, setAway] = useState(false);
  const [missed, setMissed] = useState(0);
  const was = useRef({ end: true, height: 0, first: null, count: 0, said: 0 });
  useLayoutEffect(() => {
    const log = box.current;
    const before = was.current;
    const grew = rows.length > before.count;
    const said = rows.filter((row) => row.kind === "msg").length;
    if (grew && rows.at(-1).who === "me" && before.first !== null) before.end = true;
    const grewAbove = before.first !== null && rows[0]?.key !== before.first && grew;
    if (before.end) log.scrollTop = log.scrollHeight;
    else if (grewAbove) log.scrollTop += log.scrollHeight - before.height;
    else if (said > before.said) setMissed(missed + said - before.said);
    Object.assign(before, { height: log.scrollHeight, first: rows[0]?.key ?? null, count: rows.length, said });
  });
  useEffect(() => {
    const stay = new ResizeObserver(() => {
      was.current.room = box.current.clientHeight;
      if (was.current.end) box.current.scrollTop = box.current.scrollHeight;
    });
    stay.observe(box.current);
    return () => stay.disconnect();
  }, []);
  function scrolled() {
    const log = box.current;
    if (log.clientHeight !== was.current.room) return; // it was made smaller, nobody scrolled
    const end = log.scrollHeight - log.scrollTop - log.clientHeight < AT_END;
    if (end) setMissed(0);
    was.current.end = end;
    setAway(!end);
    if (end) chat.seen();
    if (whole && log.scrollTop < 200) chat.loadOlder();
  }
  function jump() {
    box.current.scrollTo({ top: box.current.scrollHeight, behavior: "smooth" });
  }
  return { box, away, missed, scrolled, jump };
}
