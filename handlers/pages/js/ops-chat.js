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

/** Loaded with the first chat that is opened, and the words of files with it. */
export function Chat(props) {
  const words = useWords();
  const [whole, setWhole] = useState(null);
  useEffect(() => {
    withFiles(words).then(setWhole);
  }, [words]);
  return whole && html`<${WordsProvider} value=${whole}><${Opened} ...${props} /><//>`;
}

function Opened({ id, me, feed, picture, onBack, onShut }) {
  const { t, problem } = useWords();
  const [talk, setTalk] = useState({ pack: null, events: [], code: "" });
  const title = useRef(null);

  async function load() {
    try {
      const pack = await api.pack(id);
      setTalk((known) => ({ pack, events: merged(pack.events, known.events), code: "" }));
      return pack;
    } catch (error) {
      setTalk((known) => ({ ...known, code: error.code }));
      return null;
    }
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
      <${Transcript} events=${talk.events} offset=${feed.offset} language=${about.language} />
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

/** What happened before a human was called for the last time is the bot's part; it stays folded until asked for. */
function Transcript({ events, offset, language }) {
  const { t } = useWords();
  const box = useRef(null);
  const [source] = useState(makeSource);
  const called = events.findLastIndex((event) => event.t === "state" && event.body.state === "queued" && before(events, event));
  const [bots, people] = called > 0 ? [events.slice(0, called), events.slice(called)] : [[], events];
  const folded = linesOf(bots);
  useLayoutEffect(() => {
    box.current.scrollTop = box.current.scrollHeight;
  }, [events.length]);
  const show = (lines) => lines.map((line) => html`<${Said} key=${line.n} line=${line} at=${line.ts + offset} language=${language} source=${source} />`);
  return html`
    <div class="transcript" role="log" aria-label=${t("page.desk.log")} tabindex="0" ref=${box}>
      ${folded.length > 0 &&
      html`<details class="bots-part">
        <summary>${t("page.ops.chat.bots_part", { count: folded.length })}</summary>
        ${show(folded)}
      </details>`}
      ${show(linesOf(people))}
    </div>
  `;
}

/** A call for a human, not a return to the queue: nobody had been in the chat since the bot. */
function before(events, called) {
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
