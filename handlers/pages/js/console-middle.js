// The middle column: who, where, about what and why the bot gave up; the log; the composer or the way to take the chat.
import { html, useState } from "../vendor/preact-htm.js";
import { Icon } from "./desk-icons.js";
import { stopwatch, useWords } from "./desk-words.js";
import { Composer } from "./console-composer.js";
import { Log } from "./console-log.js";
import { isMine, isUrgent, returnsAt } from "./console-store.js";
import { Timer, useSecond } from "./console-timer.js";

const WARN_BEFORE = 60; // seconds before a silent chat goes back to the queue

export function Middle({ state, desk, feed, settings }) {
  const { t } = useWords();
  const [refill, setRefill] = useState(null);
  const talk = state.talks[state.openId];
  if (!talk) return html`<main class="middle"><${Nobody} state=${state} /></main>`;
  const mine = isMine(state, talk.id);
  const waiting = state.waiting.find((row) => row.id === talk.id);
  const aside = state.mine.find((row) => row.id === talk.id && row.snoozed_until);
  return html`
    <main class="middle">
      <${Head} talk=${talk} row=${waiting ?? state.mine.find((row) => row.id === talk.id)} state=${state} desk=${desk} mine=${mine} />
      <${Others} others=${talk.others} />
      <${Tried} key=${`tried-${talk.id}`} talk=${talk} topics=${state.topics} />
      ${talk.status === "failed"
        ? html`<p class="nothing grow">${t("page.desk.talk.failed")} <button class="link" onClick=${() => feed.load(talk.id)}>${t("page.desk.card.again")}</button></p>`
        : html`<${Log} talk=${talk} clockOffset=${state.clockOffset} onEarlier=${() => feed.loadEarlier(talk.id)}
            onTakeBack=${(cid) => setRefill({ text: desk.takeBack(talk.id, cid) })} source=${desk.source}
            own=${mine && state.me.name.split(" ")[0]} onCorrect=${(line) => desk.beginCorrection(talk.id, line)} />`}
      ${aside && html`<${Aside} row=${aside} state=${state} desk=${desk} />`}
      ${mine
        ? html`<${Composer} key=${talk.id} talk=${talk} login=${state.me.login} own=${state.me.name.split(" ")[0]} desk=${desk} settings=${settings}
            refill=${refill} onTyping=${() => feed.typing(talk.id)}
            warning=${html`<${Returns} talk=${talk} state=${state} />`} />`
        : html`<${NotMine} talk=${talk} row=${waiting} state=${state} desk=${desk} />`}
    </main>
  `;
}

/** Colleagues who have the same chat open, and whether they write in it. */
function Others({ others }) {
  const { t } = useWords();
  const now = useSecond();
  const here = Object.values(others).filter(({ until }) => until > now);
  const writing = here.filter(({ typingUntil }) => typingUntil > now);
  const names = (list) => list.map(({ agent }) => agent).join(", ");
  const said = writing.length ? t("page.desk.others.writing", { names: names(writing) }) : here.length ? t("page.desk.others.looking", { names: names(here) }) : "";
  return html`<p class=${writing.length ? "others writing" : "others"} role="status">${said}</p>`;
}

/** Put aside: until when, and back by one click. */
function Aside({ row, state, desk }) {
  const { t, when } = useWords();
  return html`<p class="aside-strip" role="status">
    <span><${Icon} name="clock" />${t("page.desk.aside.until", { time: when(row.snoozed_until - state.clockOffset) })}</span>
    <button class="link" disabled=${state.busy} onClick=${() => desk.unsnooze(row.id)}>${t("page.desk.aside.wake")}</button>
  </p>`;
}

function Nobody({ state }) {
  const { t } = useWords();
  if (!state.rev) return html`<p class="nobody">${t("page.desk.loading")}</p>`;
  const key = state.waiting.length ? "some" : "none";
  return html`
    <div class="nobody">
      <p class="nobody-count">${state.waiting.length}</p>
      <p>${t(`page.desk.nobody.${key}`)}</p>
      ${state.waiting.length > 0 && html`<p class="detail">${t("page.desk.nobody.hint")} <kbd>N</kbd></p>`}
    </div>
  `;
}

function Head({ talk, row, state, desk, mine }) {
  const { t, has, pick } = useWords();
  const about = row ?? talk.case ?? talk.about;
  if (!about) return html`<header class="head"><h2 class="head-who">…</h2></header>`;
  const reason = has(`page.desk.reason.${about.reason}`) ? t(`page.desk.reason.${about.reason}`) : "";
  const topic = pick(state.topics[about.topic]) || (has(`page.desk.topic.${about.topic}`) ? t(`page.desk.topic.${about.topic}`) : "");
  const { language } = talk.about ?? about;
  const marks = ["missed", "repeat"].filter((name) => about[name]);
  // "Wants a human" says all there is to say when the topic is that very wish.
  const parts = [t(`page.desk.channel.${about.channel}`), about.topic === "human" ? "" : topic, reason];
  return html`
    ${isUrgent(about) && html`<p class="urgent-strip"><${Icon} name="alarm" />${t("page.desk.urgent.strip")}</p>`}
    <header class="head">
      <button class="tool back" aria-label=${t("page.desk.back")} onClick=${() => desk.open(null)}><${Icon} name="back" /></button>
      <h2 class="head-who">${about.name || t("page.desk.nameless")}</h2>
      <div class="moves">
        ${mine &&
        html`
          <${Move} name="transfer" shortcut="Alt+T" onClick=${() => desk.show("transfer")} />
          <${Move} name="snooze" icon="clock" shortcut="Alt+Z" onClick=${() => desk.show("snooze")} />
          <${Move} name="back" icon="bot" shortcut="Alt+B" onClick=${() => desk.show("back")} />
          <${Move} name="close" shortcut="Alt+X" onClick=${() => desk.show("close")} />
        `}
        <button class="move card-toggle" aria-expanded=${state.cardOpen} title="Alt+I" onClick=${() => desk.toggleCard()}>
          <${Icon} name="card" /><span>${t("page.desk.card.title")}</span>
        </button>
      </div>
      <p class="head-line">
        ${!state.me.languages.includes(language) && html`<span class="reads">${t(`page.desk.reads.${language}`)}</span>`}
        ${marks.map((name) => html`<span class=${`row-mark ${name}`}>${t(`page.desk.row.${name}`)}</span>`)}
        ${[...new Set(parts)].filter(Boolean).map((part) => html`<span>${part}</span>`)}
        ${row && !mine && html`<span><${Timer} since=${state.rowsAt - row.waiting_s * 1000} target=${state.me.queue_target_s} /></span>`}
      </p>
    </header>
  `;
}

function Move({ name, icon = name, shortcut, onClick }) {
  const { t } = useWords();
  return html`
    <button class=${`move move-${name}`} title=${shortcut} aria-keyshortcuts=${shortcut} onClick=${onClick}>
      <${Icon} name=${icon} /><span>${t(`page.desk.move.${name}`)}</span>
    </button>
  `;
}

/** What the bot understood and tried: two lines, the rest on demand. */
function Tried({ talk, topics }) {
  const { t, pick, has } = useWords();
  const [open, setOpen] = useState(false);
  const care = pick(talk.care);
  if (!talk.tried.length && !care) return null;
  const shown = open ? talk.tried : talk.tried.slice(-2);
  const language = talk.about?.language === "zh" ? "zh-CN" : "ru";
  const titleOf = (topic) => pick(topics[topic]) || (has(`page.desk.topic.${topic}`) ? t(`page.desk.topic.${topic}`) : topic);
  return html`
    <section class=${open ? "tried unfolded" : "tried"} aria-label=${t("page.desk.tried")}>
      <ol>
        ${shown.map((step, index) => {
          const topics = step.topic ? [step.topic] : step.options;
          return html`
            <li key=${index}>
              <span class="tried-text" lang=${language}>${step.text}</span>
              <span class="tried-topic">${topics.map((topic) => titleOf(topic)).join(" / ") || "—"}</span>
              <span class="score">${step.confidence.toFixed(2)}</span>
              <span class="tried-decision">${has(`page.desk.decision.${step.decision}`) && t(`page.desk.decision.${step.decision}`)}</span>
              ${step.tip && html`<span class="tried-tip">${t("page.desk.tried.tip", { title: pick(step.tip) })}</span>`}
              ${open && html`<${Ranked} ranked=${step.ranked} titleOf=${titleOf} />`}
            </li>
          `;
        })}
      </ol>
      ${care && html`<p class="care"><b>${t("page.desk.care")}</b> ${care}</p>`}
      <button class="link" aria-expanded=${open} onClick=${() => setOpen(!open)}>
        ${t(open ? "page.desk.tried.less" : "page.desk.tried.more")}
      </button>
    </section>
  `;
}

/** What else the words could have meant, with the scores. */
function Ranked({ ranked, titleOf }) {
  return html`<span class="ranked">
    ${ranked.map(([topic, score]) => html`<span key=${topic}>${titleOf(topic)} <b>${score.toFixed(2)}</b></span>`)}
  </span>`;
}

/** A silent chat goes back to the queue: said in time, in a place that is kept for it. */
function Returns({ talk, state }) {
  const { t } = useWords();
  const now = useSecond();
  const at = returnsAt(talk.events, state.me.agent_silence_s);
  const left = at === null ? Infinity : (at - state.clockOffset - now) / 1000;
  const aside = state.mine.some((row) => row.id === talk.id && row.snoozed_until);
  if (left > WARN_BEFORE || aside) return null;
  return html`<p class="returns" role="status"><${Icon} name="clock" />${t("page.desk.returns", { time: stopwatch(left) })}</p>`;
}

/** A chat that is not mine: take it if it waits, or see who has it. */
function NotMine({ talk, row, state, desk }) {
  const { t } = useWords();
  if (row) {
    const full = state.me.load >= state.me.capacity;
    return html`
      <footer class="claim">
        <p>${t(full ? "page.desk.claim.full" : "page.desk.claim.about")}</p>
        <button class="primary" disabled=${state.busy || full} onClick=${() => desk.claim(talk.id)}>
          ${t("page.desk.claim")} <kbd>Alt+Enter</kbd>
        </button>
      </footer>
    `;
  }
  if (talk.status !== "ready") return null;
  const { key, agent } = whereabouts(talk);
  return html`<footer class="claim"><p role="status">${t(`page.desk.elsewhere.${key}`, { agent })}</p></footer>`;
}

function whereabouts({ left, events }) {
  const last = events.findLast((event) => event.t === "state")?.body ?? {};
  const agent = left?.agent || last.agent || "";
  if (agent && (left || last.state === "assigned")) return { key: "held", agent };
  return { key: ["bot", "closed"].includes(last.state) ? last.state : "gone", agent };
}
