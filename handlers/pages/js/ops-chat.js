// One chat, read without being in it: what the bot did folded, then people; a whisper, taking over, handing to somebody.
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact-htm.js";
import { api } from "./desk-api.js";
import { Icon } from "./desk-icons.js";
import { useWords, withFiles, WordsProvider } from "./desk-words.js";
import { makeSource } from "./console-files.js";
import { Files, linesOf, Text } from "./console-log.js";
import { Facts } from "./ops-facts.js";
import { ops } from "./ops-api.js";
import { Moves } from "./ops-moves.js";

const EARLIER = 200; // events
const BEFORE_CALL = 10 * 60_000; // ms of what was said to the bot that belong to a case

/** Loaded with the first chat that is opened, and the words of files with it. */
export function Chat(props) {
  const words = useWords();
  const [whole, setWhole] = useState(null);
  useEffect(() => {
    withFiles(words).then(setWhole);
  }, [words]);
  return whole && html`<${WordsProvider} value=${whole}><${Opened} ...${props} /><//>`;
}

/** `asked`: when the human was called whose case is wanted, in ms; 0 for the last one. */
function Opened({ id, me, feed, picture, asked = 0, onBack, onShut }) {
  const { t, problem } = useWords();
  const [talk, setTalk] = useState({ pack: null, events: [], code: "" });
  const title = useRef(null);

  async function load() {
    try {
      const pack = await api.pack(id);
      const events = await backTo(id, asked, pack.events);
      setTalk((known) => ({ pack, events: merged(events, known.events), code: "" }));
      return pack;
    } catch (error) {
      setTalk((known) => ({ ...known, code: error.code }));
      return null;
    }
  }
  async function onEarlier() {
    const events = await before(id, talk.events);
    setTalk((known) => ({ ...known, events: merged(events, known.events) }));
  }
  function onEvents(fresh) {
    setTalk((known) => ({ ...known, events: merged(known.events, fresh) }));
    if (fresh.some((event) => event.t === "state")) load(); // who holds it now, and since when
  }
  useEffect(() => {
    title.current.focus();
    let over = false;
    load().then((pack) => pack && !over && feed.follow({ id, after: pack.head, onEvents, onLeft: onShut }));
    return () => ((over = true), feed.leave());
  }, []);

  const about = talk.pack?.conversation;
  const held = talk.pack?.case;
  return html`
    <header class="beside-head">
      ${onBack && html`<button class="tool" aria-label=${t("page.ops.list.back")} onClick=${onBack}><${Icon} name="back" /></button>`}
      <h2 tabindex="-1" ref=${title}>
        ${about && html`<span class="mark">${t(`page.desk.mark.${about.language}`)}</span> `}
        ${about ? about.name || t("page.desk.nameless") : t("page.ops.chat.number", { id })}
      </h2>
      <button class="tool" aria-label=${t("page.ops.shut")} onClick=${onShut}><${Icon} name="shut" /></button>
    </header>
    ${talk.code && html`<p class="problem" role="alert">${problem(talk.code)}</p>`}
    ${talk.pack &&
    html`
      <p class="detail chat-state">${stateOf(t, about, held)} · ${t("page.ops.chat.number", { id })}</p>
      <${Facts} id=${id} onReveal=${() => ops.reveal(id)} />
      <${Transcript} events=${talk.events} asked=${asked} offset=${feed.offset} language=${about.language} onEarlier=${onEarlier} />
      <${Moves} id=${id} me=${me} about=${about} held=${held} picture=${picture} onMoved=${load} />
    `}
  `;
}

function stateOf(t, about, held) {
  const channel = t(`page.desk.channel.${about.channel}`);
  if (about.state === "assigned") return `${channel} · ${t("page.ops.chat.with", { agent: about.agent })}`;
  if (about.state === "queued") return `${channel} · ${t("page.ops.chat.queued", { position: held?.position ?? "" })}`;
  return `${channel} · ${t(about.state === "closed" ? "page.ops.chat.closed" : "page.ops.chat.bot")}`;
}

function merged(known, fresh) {
  const byNumber = new Map([...known, ...fresh].map((event) => [event.n, event]));
  return [...byNumber.values()].sort((a, b) => a.n - b.n);
}

/** The events before the first of these. */
async function before(id, events) {
  const first = events[0]?.n ?? 1;
  const { events: found } = await api.events(id, Math.max(0, first - 1 - EARLIER));
  return found.filter((event) => event.n < first);
}

/** These, and as many before them as it takes to reach the moment `asked`. */
async function backTo(id, asked, events) {
  let all = events;
  while (asked && all.length && all[0].n > 1 && all[0].ts > asked - BEFORE_CALL) {
    const older = await before(id, all);
    if (!older.length) break;
    all = [...older, ...all];
  }
  return all;
}

/** What happened before a human was called, or long before the call `asked` for, stays folded until one looks. */
function Transcript({ events, asked, offset, language, onEarlier }) {
  const { t, day } = useWords();
  const box = useRef(null);
  const [source] = useState(makeSource);
  const call = (event) => event.t === "state" && event.body.state === "queued" && fromBot(events, event);
  const called = asked ? events.findIndex((event) => event.ts >= asked - BEFORE_CALL) : events.findLastIndex(call);
  const [bots, people] = called > 0 ? [events.slice(0, called), events.slice(called)] : [[], events];
  const folded = linesOf(bots);
  const newest = events.at(-1)?.n;
  useLayoutEffect(() => {
    box.current.scrollTop = asked ? 0 : box.current.scrollHeight;
  }, [newest]);
  const show = (lines) =>
    lines.map((line, index) => {
      const at = line.ts + offset;
      const newDay = index === 0 || day(at) !== day(lines[index - 1].ts + offset);
      return html`
        ${newDay && html`<p class="said-state" key=${`day-${line.n}`}>${day(at)}</p>`}
        <${Said} key=${line.n} line=${line} at=${at} language=${language} source=${source} />
      `;
    });
  return html`
    <div class="transcript" role="log" aria-label=${t("page.desk.log")} tabindex="0" ref=${box}>
      ${folded.length > 0 &&
      html`<details class="bots-part">
        <summary>${t("page.ops.chat.bots_part", { count: folded.length })}</summary>
        ${events[0].n > 1 && html`<button class="link" onClick=${onEarlier}>${t("page.desk.log.earlier")}</button>`}
        ${show(folded)}
      </details>`}
      ${show(linesOf(people))}
    </div>
  `;
}

/** A call for a human, not a return to the queue: nobody had been in the chat since the bot. */
function fromBot(events, called) {
  const earlier = events.filter((event) => event.n < called.n && event.t === "state").at(-1);
  return earlier?.body.state !== "assigned";
}

function Said({ line, at, language, source }) {
  const { t, time, has } = useWords();
  if (line.t === "state" || line.t === "csat") {
    const key = line.t === "state" ? `page.desk.happened.${line.body.state}` : `page.desk.happened.${line.body.ask ? "asked" : "rated"}`;
    if (!has(key)) return null;
    return html`<p class="said-state">${t(key, { agent: line.body.agent ?? "", rating: line.body.rating })} <time>${time(at)}</time></p>`;
  }
  const kind = line.t === "note" ? "note" : line.from.kind;
  const who = line.from.name || t(`page.desk.author.${kind}`);
  return html`
    <article class=${`said-line ${kind}`}>
      ${!line.joins && html`<header>${kind === "note" ? t("page.desk.note.by", { name: who }) : who}</header>`}
      <div lang=${kind !== "note" && language === "zh" ? "zh-CN" : undefined}>
        ${line.body.files && html`<${Files} files=${line.body.files} source=${source} />`}
        ${!line.body.unnamed && html`<${Text} text=${line.body.text ?? ""} entities=${line.body.entities ?? []} />`}
        <time>${line.edited && `${t("page.desk.edited")} `}${time(at)}</time>
      </div>
    </article>
  `;
}
