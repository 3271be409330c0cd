// The log of a conversation: what was said and by whom, notes for colleagues, what happened between.
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact-htm.js";
import { Icon } from "./desk-icons.js";
import { Attached, weight } from "./file-view.js";
import { Place } from "./console-place.js";
import { useWords } from "./desk-words.js";
import { useSecond } from "./console-timer.js";

const GROUP_WITHIN = 10 * 60 * 1000;
const NEAR_END = 60; // px

/** `own`: the first name under which the agent who looks speaks in this chat; their words can be corrected. */
export function Log({ talk, clockOffset, source, own, onCorrect, onTakeBack, onEarlier }) {
  const { t, day } = useWords();
  const lines = useMemo(() => linesOf(talk.events), [talk.events]);
  const box = useRef(null);
  const [away, setAway] = useState(false);
  const [fresh, setFresh] = useState(0);
  const before = useRef({ first: 0, height: 0 });
  const room = useRef(0); // the log's own height, px

  // What was said earlier comes in above; what is being read stays where it is.
  useLayoutEffect(() => {
    const first = talk.events[0]?.n ?? 0;
    if (first < before.current.first) box.current.scrollTop += box.current.scrollHeight - before.current.height;
    before.current = { first, height: box.current.scrollHeight };
  });
  // At the end the log follows what is said; scrolled up it stays and counts.
  useLayoutEffect(() => {
    if (away) setFresh((known) => known + 1);
    else toEnd();
  }, [talk.n, talk.outbox.length]);
  useLayoutEffect(() => {
    setAway(false);
    setFresh(0);
    toEnd();
  }, [talk.id, talk.status]);
  useEffect(() => {
    const watcher = new ResizeObserver(() => {
      room.current = box.current?.clientHeight;
      if (box.current && !box.current.dataset.away) toEnd();
    });
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);

  function toEnd() {
    box.current.scrollTop = box.current.scrollHeight;
  }

  function onScroll({ currentTarget: seen }) {
    if (seen.clientHeight !== room.current) return; // the log was made smaller, nobody scrolled: the watcher follows
    const far = seen.scrollHeight - seen.scrollTop - seen.clientHeight > NEAR_END;
    seen.dataset.away = far ? "1" : "";
    setAway(far);
    if (!far) setFresh(0);
  }

  const read = lastRead(lines, talk.readTo);
  let lastDay = "";
  return html`
    <div class="log-frame">
      <div class="log" role="log" aria-label=${t("page.desk.log")} tabIndex="0" ref=${box} onScroll=${onScroll}>
        ${talk.events[0]?.n > 1 &&
        html`<button class="link earlier" onClick=${onEarlier}>${t("page.desk.log.earlier")}</button>`}
        ${lines.map((line) => {
          const at = line.ts - clockOffset;
          const named = day(at);
          const divider = named !== lastDay && html`<p class="day" key=${`day-${line.n}`}><span>${named}</span></p>`;
          lastDay = named;
          return [divider, html`<${Line} key=${line.n} line=${line} at=${at} language=${talk.about?.language} source=${source} read=${line === read}
            onCorrect=${isOwn(line, own) && onCorrect} />`];
        })}
        ${talk.outbox.map((one) => html`<${Unsent} key=${one.cid} one=${one} onTakeBack=${onTakeBack} />`)}
        <${Typing} until=${talk.typingUntil} />
      </div>
      ${away &&
      html`<button class="to-end" onClick=${toEnd}>
        <${Icon} name="down" />${fresh > 0 ? t("page.desk.log.new", { count: fresh }) : t("page.desk.log.end")}
      </button>`}
    </div>
  `;
}

/** What the agent has written here themselves, without a file. */
export function isOwn(line, own) {
  return Boolean(own) && line.t === "msg" && line.from.kind === "agent" && line.from.name === own && !line.body.files;
}

/** Events as lines: edits folded into what they change, bubbles of one author within ten minutes in one group. */
export function linesOf(events) {
  const edits = new Map();
  const lost = new Map();
  for (const { t, body } of events) {
    if (t === "edit" && body.id) edits.set(body.id, [...(edits.get(body.id) ?? []), body]);
    else if (t === "undelivered") lost.set(body.n, body.why);
  }
  const lines = [];
  for (const given of events) {
    // An edit that names what it changes is folded into it; another one is said again, marked.
    const again = given.t === "edit" && !given.body.id;
    const event = again ? { ...given, t: "msg" } : given;
    if (!["msg", "note", "state", "csat"].includes(event.t)) continue;
    const changes = edits.get(event.id);
    // What was said first and between stays to be read under what it says now.
    const body = changes ? { ...event.body, ...changes.at(-1) } : event.body;
    const earlier = changes ? [event.body, ...changes.slice(0, -1)].map(({ text }) => text).filter((text) => text && text !== body.text) : [];
    const before = lines.at(-1);
    if (event.body.album && event.body.album === before?.body.album) {
      lines[lines.length - 1] = withMore(before, event);
      continue;
    }
    const joins =
      before?.t === event.t &&
      (event.t === "msg" || event.t === "note") &&
      before.from.kind === event.from.kind &&
      before.from.name === event.from.name &&
      event.ts - before.ts < GROUP_WITHIN;
    lines.push({ ...event, body, earlier, lost: lost.get(event.n), edited: again || Boolean(changes), joins });
  }
  return lines;
}

/** What was sent in one go stands in one bubble. */
function withMore(line, { body }) {
  const words = [line.body, body].filter((one) => one.text && !one.unnamed).map((one) => one.text);
  const said = { text: words.join("\n"), unnamed: !words.length, files: [...(line.body.files ?? []), ...(body.files ?? [])] };
  return { ...line, body: { ...line.body, ...said } };
}

/** The newest of the agents' messages that the person has read; none in channels that do not tell. */
function lastRead(lines, readTo) {
  return lines.findLast((line) => line.t === "msg" && line.from.kind === "agent" && line.seq <= readTo);
}

function Line({ line, at, ...rest }) {
  if (line.t === "state" || line.t === "csat" || line.body.linked) return html`<${Happened} line=${line} at=${at} />`;
  return html`<${Bubble} line=${line} at=${at} ...${rest} />`;
}

function Bubble({ line, at, language, source, read, onCorrect }) {
  const { t, time, when, has } = useWords();
  const kind = line.t === "note" ? "note" : line.from.kind;
  const who = line.from.name || t(`page.desk.author.${kind}`);
  const theirs = kind === "user" || kind === "bot" || kind === "agent";
  return html`
    <article class=${`bubble ${kind}${line.joins ? " joins" : ""}`}>
      <header class=${line.joins ? "sr" : "who"}>
        ${kind === "note" && html`<${Icon} name="note" />`}${kind === "bot" && html`<${Icon} name="bot" />`}
        ${kind === "note" ? t("page.desk.note.by", { name: who }) : who}
      </header>
      <div class="said" lang=${theirs && language === "zh" ? "zh-CN" : undefined}>
        ${line.body.files && html`<${Files} files=${line.body.files} source=${source} />`}
        ${!line.body.unnamed && html`<${Text} text=${line.body.text ?? ""} entities=${line.body.entities ?? []} />`}
        ${line.body.place && html`<${Place} place=${line.body.place} />`}
        ${line.body.snoozed_until && html`<p class="text">${t("page.desk.aside.noted", { time: when(Date.parse(line.body.snoozed_until)) })}</p>`}
        ${line.earlier.map((text, index) => html`<p class="earlier-text" key=${index}><span class="sr">${t("page.desk.edited.was")} </span><del>${text}</del></p>`)}
        <span class="when">${line.edited && html`<i>${t("page.desk.edited")}</i> `}${time(at)}</span>
        ${onCorrect && html`<button class="link correct" onClick=${() => onCorrect(line)}>${t("page.desk.correct")}</button>`}
      </div>
      ${read && html`<p class="read-mark">${t("page.desk.read")}</p>`}
      ${line.lost &&
      html`<p class="lost" role="alert"><${Icon} name="failed" />${t(has(`page.desk.undelivered.${line.lost}`) ? `page.desk.undelivered.${line.lost}` : "page.desk.undelivered.refused")}</p>`}
      ${line.body.buttons?.length > 0 &&
      html`<ul class="offered" aria-label=${t("page.desk.offered")}>
        ${line.body.buttons.map((button) => html`<li key=${button.value ?? button.label}>${button.label}</li>`)}
      </ul>`}
    </article>
  `;
}

export function Files({ files, source }) {
  const { files: words } = useWords();
  return html`
    <div class=${files.length > 1 ? "files album" : "files"}>
      ${files.map((file) => html`<${Attached} key=${file.id} file=${file} source=${source} t=${words.t} why=${words.unseenByAgent} />`)}
    </div>
  `;
}

/** Plain text with entities; offsets are UTF-16 units, as JavaScript's own strings count. */
export function Text({ text, entities }) {
  const parts = [];
  let from = 0;
  for (const { type, offset, length, url } of [...entities].sort((a, b) => a.offset - b.offset)) {
    if (offset < from) continue;
    parts.push(text.slice(from, offset));
    const inside = text.slice(offset, offset + length);
    if (type === "bold") parts.push(html`<b>${inside}</b>`);
    else if (type === "code") parts.push(html`<code>${inside}</code>`);
    else if (type === "link" && /^https?:\/\//.test(url || inside)) {
      parts.push(html`<a href=${url || inside} target="_blank" rel="noopener noreferrer">${inside}</a>`);
    } else parts.push(inside);
    from = offset + length;
  }
  parts.push(text.slice(from));
  return html`<p class="text">${parts}</p>`;
}

function Happened({ line, at }) {
  const { t, time, has } = useWords();
  const { state, agent, rating, ask } = line.body;
  if (line.t === "csat" && ask) return html`<p class="happened">${t("page.desk.happened.asked")} <time>${time(at)}</time></p>`;
  if (line.t === "csat") {
    return html`<p class="happened">${t("page.desk.happened.rated", { rating })} <time>${time(at)}</time></p>`;
  }
  if (line.body.linked) {
    return html`<p class="happened">${t("page.desk.happened.linked", { phone: line.body.text })} <time>${time(at)}</time></p>`;
  }
  const key = `page.desk.happened.${state}`;
  if (!has(key)) return null;
  return html`<p class="happened">${t(key, { agent: agent ?? "" })} <time>${time(at)}</time></p>`;
}

function Unsent({ one, onTakeBack }) {
  const { t, problem, files: words } = useWords();
  const failed = one.state === "failed";
  return html`
    <article class=${`bubble agent unsent${failed ? " failed" : ""}`}>
      <div class="said">
        ${one.file && html`<p class="file">${one.file.name} ${weight(one.file.size, words.t)}</p>`}
        <p class="text">${one.text}</p>
        <span class="when" role=${failed ? "alert" : undefined}>
          <${Icon} name=${failed ? "failed" : "clock"} />
          ${failed ? problem(one.code, { agent: one.agent ?? "" }) : html`<span class="sr">${t("page.desk.sending")}</span>`}
        </span>
      </div>
      ${failed && html`<button class="link" onClick=${() => onTakeBack(one.cid)}>${t("page.desk.take_back")}</button>`}
    </article>
  `;
}

function Typing({ until }) {
  const { t } = useWords();
  const now = useSecond();
  return html`<p class="typing">${now < until ? t("page.desk.typing") : ""}</p>`;
}
