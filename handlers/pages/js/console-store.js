// What the desk knows: one state, changed only here and in console-actions.js, drawn by the components.
import { useEffect, useState } from "../vendor/preact-htm.js";

const OLD_OUTBOX = 24 * 3600 * 1000;

export function makeStore(me) {
  let state = {
    me,
    link: "opening", // opening, up, down
    outdated: false, // the server has newer pages than this one
    clockOffset: 0, // the server's clock minus ours, ms
    waiting: [],
    mine: [],
    rev: 0,
    rowsAt: Date.now(), // when the rows' waiting_s were true
    colleagues: [],
    topics: {},
    reasons: {}, // of closing: code -> titles
    reasonGroups: [], // the same in their two levels
    tab: "queue",
    openId: null,
    talks: {},
    dialog: null,
    cardOpen: false,
    notice: null, // {key, values}: one line about what could not be done
    busy: false,
  };
  const ears = new Set();
  return {
    get: () => state,
    set(change) {
      state = { ...state, ...(typeof change === "function" ? change(state) : change) };
      for (const ear of ears) ear();
    },
    talk(id, change) {
      const known = state.talks[id] ?? newTalk(id, outboxKept(me, id));
      const next = { ...known, ...(typeof change === "function" ? change(known) : change) };
      this.set({ talks: { ...state.talks, [id]: next } });
      keepOutbox(me, next);
      return next;
    },
    forget(id) {
      const { [id]: _gone, ...talks } = state.talks;
      this.set({ talks });
    },
    listen(ear) {
      ears.add(ear);
      return () => ears.delete(ear);
    },
  };
}

export function useStore(store) {
  const [, draw] = useState(0);
  useEffect(() => {
    let asked = false;
    return store.listen(() => {
      if (asked) return;
      asked = true;
      queueMicrotask(() => {
        asked = false;
        draw((count) => count + 1);
      });
    });
  }, [store]);
  return store.get();
}

function newTalk(id, outbox) {
  return {
    id,
    status: "loading", // loading, ready, failed
    about: null, // the conversation: channel, name, language
    case: null, // the open call for a human, if there is one
    past: [],
    events: [], // every event known, by n, without a hole
    n: 0,
    left: null, // {agent}: it may not be read any more, because this agent or nobody in particular has it
    seenN: 0,
    readTo: 0, // public number up to which the person has read
    tried: [],
    gaveUp: "",
    suggestions: [],
    card: { status: "none", facts: null, at: null, error: null },
    outbox, // [{cid, text, entry, file, note, at, state: waiting|failed, code, agent}]
    typingUntil: 0,
    care: {}, // how to speak about this, by language
    others: {}, // login -> {agent, until, typingUntil}: colleagues who have this chat open
    tray: [], // files to be sent with the next reply, see console-files.js
  };
}

/** Adds what is new and follows without a hole; `missed` says that something between was not heard. */
export function withEvents(talk, items) {
  const events = [...talk.events];
  let { n } = talk;
  for (const event of items) {
    if (event.n <= n) continue;
    if (n && event.n !== n + 1) return { talk: { ...talk, events, n }, missed: true };
    events.push(event);
    n = event.n;
  }
  const cids = new Set(items.map((event) => event.cid).filter(Boolean));
  const outbox = talk.outbox.filter((one) => !cids.has(one.cid));
  const heard = items.some((event) => event.from.kind === "user" && event.t === "msg");
  return { talk: { ...talk, events, n, outbox, typingUntil: heard ? 0 : talk.typingUntil }, missed: false };
}

/** The moment (server's ms) since which the person waits for an agent's word; null when the last word was an agent's. */
export function waitsSince(events) {
  let since = null;
  let queued = false;
  for (let i = events.length - 1; i >= 0; i -= 1) {
    const { t, from, body, ts } = events[i];
    if (t === "msg" && from.kind === "agent") break;
    if (t === "state" && (body.state === "bot" || body.state === "closed")) break;
    if (t === "state" && body.state === "queued") {
      since = ts;
      queued = true;
    } else if (t === "msg" && from.kind === "user" && !queued) since = ts;
  }
  return since;
}

/** When (server's ms) the chat goes back to the queue unless the agent writes; null when nobody waits for that. */
export function returnsAt(events, silence) {
  for (let i = events.length - 1; i >= 0; i -= 1) {
    const { t, from, body, ts } = events[i];
    if (t === "msg" && from.kind === "agent") return null;
    const heard = t === "msg" && from.kind === "user";
    if (heard || (t === "state" && body.state === "assigned")) return ts + silence * 1000;
  }
  return null;
}

/** What the person wrote since this agent last looked or answered. */
export function unread(talk) {
  let count = 0;
  for (let i = talk.events.length - 1; i >= 0; i -= 1) {
    const { n, t, from } = talk.events[i];
    if (n <= talk.seenN || (t === "msg" && from.kind === "agent")) break;
    if (t === "msg" && from.kind === "user") count += 1;
  }
  return count;
}

/** The rows of Mine with what their events tell: unread, the timer's start, the last line; who waits longest first. */
export function myRows(state) {
  const rows = state.mine.map((row) => {
    const talk = state.talks[row.id];
    if (talk?.status !== "ready") return { ...row, since: state.rowsAt - row.waiting_s * 1000, unread: 0 };
    const since = waitsSince(talk.events);
    return {
      ...row,
      since: since === null ? null : since - state.clockOffset,
      unread: unread(talk),
      preview: lastLine(talk.events) || row.preview,
    };
  });
  const aside = (row) => Number(Boolean(row.snoozed_until));
  return rows.sort((a, b) => aside(a) - aside(b) || (a.since ?? Infinity) - (b.since ?? Infinity) || a.id - b.id);
}

export const TABS = ["mine", "queue", "shift"];

/** What the open tab lists. */
export function rowsOf(state) {
  return { mine: myRows, queue: waitingRows }[state.tab]?.(state) ?? [];
}

function waitingRows(state) {
  return state.waiting.map((row) => ({ ...row, since: state.rowsAt - row.waiting_s * 1000, unread: 0 }));
}

function lastLine(events) {
  for (let i = events.length - 1; i >= 0; i -= 1) {
    const { t, from, body } = events[i];
    if (t === "msg" && (from.kind === "user" || from.kind === "agent")) return body.text || body.files?.[0]?.name || "";
  }
  return "";
}

export const isUrgent = (row) => row.reason === "emergency" || row.topic === "emergency";
export const isMine = (state, id) => state.mine.some((row) => row.id === id);

const outboxKey = (me, id) => `desk.outbox.${me.login}.${id}`;

function outboxKept(me, id) {
  try {
    const kept = JSON.parse(localStorage.getItem(outboxKey(me, id)) ?? "[]");
    return kept.filter((one) => Date.now() - one.at < OLD_OUTBOX);
  } catch {
    return [];
  }
}

function keepOutbox(me, talk) {
  if (talk.outbox.length) localStorage.setItem(outboxKey(me, talk.id), JSON.stringify(talk.outbox));
  else localStorage.removeItem(outboxKey(me, talk.id));
}
