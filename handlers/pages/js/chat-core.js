// A conversation that loses nothing and doubles nothing: optimistic sends out of a stored outbox, resume by
// gap-free numbers, and long polling where no WebSocket gets through. Framework-free.

import { early } from "./early.js";
import { EXPIRED, Link, pause, socketUrl } from "./link.js";
import { Outbox } from "./outbox.js";

const PAGE = 50;
const HOLE_FOR = 1000; // ms a missing number may take before it is asked for
const POLL_AFTER = 3; // failed opens
const LONGEST_TIMER = 2 ** 31 - 1; // ms; a longer one would go off at once

export class Conversation {
  #link;
  #outbox;
  #late = new Map(); // events that arrived before the one they follow
  #hole = 0;
  #polling = null;
  #older = false;
  #renewal = 0;
  #lifting = false;
  #tries = 0; // uploads that failed in a row
  #asked = null; // the cid that waits for its ack; one at a time, so that a refusal never changes the order

  /**
   * base       "" or the server's origin
   * getToken   async (again: boolean) => JWT or null; `again` when the last one was refused
   * store      storage()
   * lift       async (item) => {file} or {error, again}: uploads the file of an item of the outbox
   * onChange   () => void, after `events`, `pending`, `status` or `typing` changed
   */
  constructor({ base = "", owner, getToken, store, lift, onChange }) {
    Object.assign(this, { base, getToken, lift, onChange });
    this.events = []; // contiguous, oldest first
    this.last = null; // number of the newest one held without a gap
    this.head = 0;
    this.seen = 0; // up to where this person has read, on whatever device
    this.status = "connecting"; // ready | lost | refused
    this.typing = 0; // until when (ms) somebody writes
    this.session = {}; // what `ready` told: head, state
    this.emptied = false;
    this.refused = false; // the last token was not taken
    this.#outbox = new Outbox(store, `chat.${owner}.out.`);
    this.#link = new Link({
      url: socketUrl(base, "as=chat"),
      opened: early,
      hello: () => this.#hello(),
      onFrame: (frame) => this.#heard(frame),
      onStatus: (status, why) => this.#linked(status, why),
    });
  }

  start() {
    this.#link.start();
  }

  stop() {
    this.#link.stop();
    this.#stopPolling();
    clearTimeout(this.#renewal);
  }

  get pending() {
    return this.#outbox.items;
  }

  /** Returns the cid at once; null when too much already waits. body: {text} | {button, text} | {place}.
   *  `file` tells of a file that goes with it, `kept(cid)` puts it where it survives a reload. */
  send(body, file, kept = async () => {}) {
    if (this.#outbox.full) return null;
    const item = this.#outbox.add(body, file);
    kept(item.cid).then(() => this.#deliver());
    this.onChange();
    return item.cid;
  }

  retry(cid) {
    this.#outbox.retry(cid);
    this.#deliver();
    this.onChange();
  }

  discard(cid) {
    this.#outbox.drop(cid);
    this.onChange();
  }

  tellTyping() {
    this.#link.send({ t: "typing", conv: "current" });
  }

  /** The newest message was on the screen. A mark that got lost is told again with the next `ready`, or poll. */
  tellRead() {
    const upto = this.last;
    if (upto <= this.seen) return;
    if (this.#link.send({ t: "read", conv: "current", upto })) this.seen = upto;
    else if (this.#polling) this.#ask("read", (this.seen = upto)).catch(() => {});
  }

  /** Over plain HTTP; what does that is fetched only where no socket gets through. */
  async #ask(what, ...given) {
    const over = await import("./poll.js");
    return over[what](this.base, ...given, await this.getToken(this.refused), this.#polling?.signal);
  }

  get hasOlder() {
    return this.events.length > 0 && this.events[0].seq > 1;
  }

  loadOlder() {
    if (!this.hasOlder || this.#older) return;
    const before = this.events[0].seq;
    this.#older = this.#link.send({ t: "history", conv: "current", before, limit: PAGE });
    if (!this.#older && this.#polling) this.#pollOlder(before);
  }

  /** The newest page is here, or there is nothing to show. */
  get loaded() {
    return this.events.length > 0 || this.emptied;
  }

  wake() {
    this.#link.wake();
  }

  // ---- the socket

  async #hello() {
    const token = await this.getToken(this.refused);
    this.refused = false;
    if (!token) return null;
    this.#renewBefore(token);
    return { t: "hello", v: 1, token, subs: [{ conv: "current", after: this.last }] };
  }

  /** A token lives ten minutes at most, a socket for hours: hand over a fresh one a minute before. */
  #renewBefore(token) {
    clearTimeout(this.#renewal);
    const left = expires(token) - Date.now() - 60_000;
    this.#renewal = setTimeout(async () => {
      const fresh = await this.getToken(true);
      if (fresh && this.#link.send({ t: "auth", token: fresh })) this.#renewBefore(fresh);
    }, Math.min(Math.max(5_000, left), LONGEST_TIMER));
  }

  #linked(status, { code, failures }) {
    if (code === EXPIRED) this.refused = true;
    this.#asked = null;
    if (status === "ready") {
      this.#stopPolling();
      this.#deliver();
    } else if (failures >= POLL_AFTER && status === "lost") {
      this.#startPolling();
    }
    if (status === "stopped") this.#stopPolling();
    if (!this.#polling) this.status = status === "stopped" ? "refused" : status;
    this.#older = false;
    this.onChange();
  }

  #heard(frame) {
    const answer = {
      ready: () => Object.assign(this, { session: frame, emptied: frame.head === 0, seen: frame.seen }),
      read: () => (this.seen = frame.upto),
      batch: () => this.#take(frame.items, frame.head),
      event: () => this.#take([frame]),
      ack: () => this.#acked(frame),
      nack: () => this.#refused(frame),
      typing: () => this.#showTyping(),
      reset: () => this.#forget(),
    }[frame.t];
    if (!answer) return;
    answer();
    this.onChange();
  }

  #deliver() {
    this.#liftNext();
    const item = this.#outbox.next();
    if (!item || this.#asked) return;
    if (this.#link.send({ t: "send", cid: item.cid, conv: "current", body: item.body })) this.#asked = item.cid;
    else if (this.#polling) this.#postAll();
  }

  async #liftNext() {
    const item = this.#outbox.nextFile();
    if (!item || this.#lifting || (this.status !== "ready" && this.#tries)) return;
    this.#lifting = true;
    const { file, error, again } = await this.lift(item);
    this.#lifting = false;
    this.#tries = again ? this.#tries + 1 : 0;
    if (file) this.#outbox.lifted(item.cid, file);
    else if (!again && this.#outbox.get(item.cid)) this.#outbox.failed(item.cid, error);
    if (again) setTimeout(() => this.#deliver(), pause(this.#tries));
    else this.#deliver();
    this.onChange();
  }

  #acked({ cid, seq, ts }) {
    this.#outbox.acked(cid, seq, ts);
    this.#asked = null;
    this.#deliver();
  }

  #refused({ cid, code, retry_after: after }) {
    if (!after) this.#outbox.failed(cid, code);
    setTimeout(() => {
      this.#asked = null;
      this.#deliver();
    }, (after ?? 0) * 1000);
  }

  #showTyping() {
    this.typing = Date.now() + 5_000;
    setTimeout(() => this.onChange(), 5_100);
  }

  // ---- numbers

  #take(items, head = 0) {
    this.head = Math.max(this.head, head, ...items.map((event) => event.seq));
    const first = this.events[0]?.seq;
    const older = first ? items.filter((event) => event.seq < first) : [];
    if (older.length) {
      this.events = [...older.filter((event) => event.seq >= first - older.length), ...this.events];
      this.#older = false;
    }
    if (this.last === null && items.length) this.last = items[0].seq - 1;
    for (const event of items) if (event.seq > this.last) this.#late.set(event.seq, event);
    const fresh = [];
    while (this.#late.has(this.last + 1)) {
      fresh.push(this.#late.get(++this.last));
      this.#late.delete(this.last);
    }
    if (fresh.length) this.events = [...this.events, ...fresh];
    for (const event of fresh) this.#settle(event);
    this.#watchHole();
  }

  #settle(event) {
    if (event.cid) this.#outbox.drop(event.cid);
    if (event.t === "msg" && event.from.kind !== "user") this.typing = 0;
  }

  #watchHole() {
    clearTimeout(this.#hole);
    if (!this.#late.size) return;
    const next = Math.min(...this.#late.keys());
    const limit = next - this.last - 1;
    this.#hole = setTimeout(() => this.#link.send({ t: "history", conv: "current", before: next, limit }), HOLE_FOR);
  }

  /** The server says that our place in the stream is no use: show the newest page afresh. */
  #forget() {
    this.events = [];
    this.last = null;
    this.#late.clear();
  }

  // ---- without a socket

  #startPolling() {
    if (this.#polling) return;
    this.#polling = new AbortController();
    this.#pollOn(this.#polling.signal);
    this.#postAll();
  }

  #stopPolling() {
    this.#polling?.abort();
    this.#polling = null;
  }

  async #pollOn(signal) {
    let failures = 0;
    while (!signal.aborted) {
      const query = this.last === null ? `last=${PAGE}` : `after=${this.last}`;
      const answer = await this.#ask("poll", query).catch(() => null);
      if (signal.aborted) return;
      this.refused = answer?.refused ?? false;
      const heard = answer !== null && !this.refused;
      failures = heard ? 0 : failures + 1;
      this.status = heard ? "ready" : "lost";
      if (heard) this.#polled(answer);
      this.onChange();
      if (!heard) await new Promise((resolve) => setTimeout(resolve, pause(failures)));
    }
  }

  #polled({ events, head, seen }) {
    this.seen = seen;
    this.emptied = head === 0;
    if (this.last !== null && head < this.last) this.#forget();
    else this.#take(events, head);
    this.last ??= head;
  }

  async #pollOlder(before) {
    this.#older = true;
    const answer = await this.#ask("poll", `before=${before}&limit=${PAGE}`).catch(() => null);
    this.#older = false;
    if (answer?.events) this.#take(answer.events, answer.head);
    this.onChange();
  }

  async #postAll() {
    if (this.posting) return;
    this.posting = true;
    for (let item; this.#polling && (item = this.#outbox.next()); ) {
      const answer = await this.#ask("post", { cid: item.cid, ...item.body }).catch(() => ({ again: true }));
      if (answer.seq) this.#outbox.acked(item.cid, answer.seq, answer.ts);
      else if (answer.error && !answer.again) this.#outbox.failed(item.cid, answer.error);
      else await new Promise((resolve) => setTimeout(resolve, pause(3)));
      this.onChange();
    }
    this.posting = false;
  }
}

/** When a token ends, ms; it is read for renewal only, the server alone judges it. */
export function expires(token) {
  return (claims(token).exp ?? 0) * 1000;
}

export function claims(token) {
  try {
    const bytes = Uint8Array.from(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return {};
  }
}
