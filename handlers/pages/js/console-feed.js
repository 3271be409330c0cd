// What comes from the server: rows, events, packs and cards, over the live line or, when it cannot be had, by asking.
import { api } from "./desk-api.js";
import { Line } from "./desk-socket.js";
import { withEvents } from "./console-store.js";
import { Outbox } from "./console-outbox.js";

const POLL_EVERY = 4000;
const POLL_AFTER_FAILURES = 3;
const EARLIER = 200; // events
const TYPING_LASTS = 6000;
const LOOK_EVERY = 15000;
const VERSION = /\/assets\/([^/]+)\//.exec(import.meta.url)?.[1]; // of this page, as its address says
const LOOK_LASTS = 2.5 * LOOK_EVERY;
const TYPING_EVERY = 3000;

export class Feed {
  #line = null;
  #lookTimer = 0;
  #pollTimer = 0;
  #typedAt = 0;

  constructor(store, { onSessionOver, onNews }) {
    this.store = store;
    this.onSessionOver = onSessionOver;
    this.onNews = onNews;
    this.outbox = new Outbox(store, (id, items) => this.#addEvents(id, items));
  }

  start() {
    const address = new URL("/ws/v1", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.#line = new Line({
      url: address.href,
      subs: () => this.#followed().map(({ id, n }) => ({ conv: id, after: n })),
      onFrame: (frame) => this.#hear(frame),
      onLink: (up, failures) => this.#linkChanged(up, failures),
      onSessionOver: this.onSessionOver,
    });
    document.addEventListener("visibilitychange", this.#seeOpen);
    this.#lookTimer = setInterval(() => this.look(), LOOK_EVERY);
    api.closeReasons().then(({ groups }) => {
      const all = groups.flatMap((group) => group.reasons.map((one) => [one.code, one.title]));
      this.store.set({ reasons: Object.fromEntries(all), reasonGroups: groups });
    }, () => {});
    api.topics().then(({ topics }) => this.store.set({ topics }), () => {});
  }

  stop() {
    document.removeEventListener("visibilitychange", this.#seeOpen);
    clearInterval(this.#pollTimer);
    clearInterval(this.#lookTimer);
    this.#line?.close();
  }

  talk(id) {
    return this.store.get().talks[id];
  }

  async load(id) {
    this.store.talk(id, { status: "loading" });
    try {
      const pack = await api.pack(id);
      this.store.talk(id, (talk) => {
        const fresh = withEvents({ ...talk, events: [], n: 0 }, pack.events).talk;
        const { conversation: about, case: row, tried, past, suggestions, care } = pack;
        return { ...fresh, status: "ready", left: null, about, case: row, tried, past, suggestions, care, seenN: this.#seenKept(id), readTo: about.seen };
      });
      this.#follow(id);
      this.look();
      this.outbox.flush(id);
      this.see(id);
    } catch (error) {
      this.store.talk(id, { status: "failed" });
      this.refused(error);
    }
  }

  /** What was said before the log's first line. */
  async loadEarlier(id) {
    const first = this.talk(id).events[0]?.n ?? 1;
    try {
      const { events } = await api.events(id, Math.max(0, first - 1 - EARLIER));
      const older = events.filter((event) => event.n < first);
      this.store.talk(id, (talk) => ({ events: [...older, ...talk.events] }));
    } catch (error) {
      this.refused(error);
    }
  }

  async loadCard(id) {
    const card = this.talk(id)?.card ?? {};
    this.store.talk(id, { card: { ...card, status: "loading" } });
    let next;
    try {
      const { card: facts, card_at: at, card_error: error } = await api.card(id);
      next = { status: error ? "failed" : "ready", facts: facts ?? card.facts, at: at ?? card.at, error };
    } catch (error) {
      next = { ...card, status: "failed", error: error.code };
    }
    if (this.talk(id)) this.store.talk(id, { card: next });
  }

  /** What is on an open, visible desk has been read. */
  see(id) {
    const talk = this.talk(id);
    if (id !== this.store.get().openId || document.visibilityState === "hidden") return;
    if (talk?.status !== "ready" || talk.seenN === talk.n) return;
    this.store.talk(id, { seenN: talk.n });
    localStorage.setItem(this.#seenKey(id), String(talk.n));
  }

  leave(id) {
    this.#line?.send({ t: "unsub", conv: id });
    this.store.forget(id);
  }

  typing(id) {
    if (Date.now() - this.#typedAt < TYPING_EVERY) return;
    this.#typedAt = Date.now();
    this.#line?.send({ t: "typing", conv: id });
  }

  probe() {
    this.#line?.probe();
  }

  /** A refusal becomes one calm line; a session that is over becomes the login form. */
  refused(error) {
    if (error.status === 401) this.onSessionOver();
    else this.store.set({ notice: { code: error.code, agent: error.agent } });
  }

  #hear(frame) {
    if (frame.t === "ready") {
      this.store.set({ clockOffset: frame.now - Date.now(), outdated: Boolean(frame.assets && VERSION) && frame.assets !== VERSION });
      this.outbox.flushAll();
    } else if (frame.t === "queue") this.#takeRows(frame);
    else if (frame.t === "batch") {
      if (this.#addEvents(frame.conv, frame.items) && frame.more) this.#follow(frame.conv);
    } else if (frame.t === "left" && this.talk(frame.conv)) {
      this.store.talk(frame.conv, { left: { agent: frame.agent } });
    } else if (frame.t === "read" && this.talk(frame.conv)) this.store.talk(frame.conv, { readTo: frame.upto });
    else if (frame.t === "look" && this.talk(frame.conv)) this.#seeColleague(frame);
    else if (frame.t === "typing" && this.talk(frame.conv)) {
      this.store.talk(frame.conv, { typingUntil: Date.now() + TYPING_LASTS });
    }
  }

  /** A newcomer is answered at once, so that both know of each other. */
  #seeColleague({ conv, login, agent, typing }) {
    const now = Date.now();
    const { others } = this.talk(conv);
    const isNew = !(others[login]?.until > now);
    const seen = { agent, until: now + LOOK_LASTS, typingUntil: typing ? now + TYPING_LASTS : (others[login]?.typingUntil ?? 0) };
    this.store.talk(conv, { others: { ...others, [login]: seen } });
    if (isNew) this.look();
  }

  /** Tell colleagues which chat is open here. */
  look() {
    const id = this.store.get().openId;
    if (id !== null && document.visibilityState !== "hidden") this.#line?.send({ t: "look", conv: id });
  }

  #takeRows({ rows, mine, me, rev }) {
    const before = this.store.get();
    // Snapshots taken at one moment may cross on the way; an older one never replaces a newer.
    if (rev < before.rev) return;
    this.store.set({ waiting: rows, mine, rev, rowsAt: Date.now(), me: { ...before.me, ...me } });
    for (const { id } of mine) if (!this.talk(id)) this.load(id);
    const kept = new Set([...mine.map((row) => row.id), before.openId]);
    for (const talk of this.#followed()) if (!kept.has(talk.id)) this.leave(talk.id);
    const known = new Set(before.waiting.map((row) => row.id));
    this.onNews({ waiting: before.rev ? rows.filter((row) => !known.has(row.id)) : [], heard: null });
  }

  #addEvents(id, items) {
    const talk = this.talk(id);
    if (!talk || talk.status === "loading") return false;
    const { talk: next, missed } = withEvents(talk, items);
    this.store.talk(id, next);
    if (missed) this.#follow(id);
    this.see(id);
    const heard = next.events.filter((e) => e.n > talk.n && e.t === "msg" && e.from.kind === "user").length;
    const row = this.store.get().mine.find((one) => one.id === id);
    if (heard && row) this.onNews({ waiting: [], heard: row });
    if (items.length && id === this.store.get().openId) this.look();
    return !missed;
  }

  #follow(id) {
    this.#line?.send({ t: "sub", conv: id, after: this.talk(id)?.n ?? 0 });
  }

  #followed() {
    return Object.values(this.store.get().talks).filter((talk) => talk.status === "ready");
  }

  #seenKey(id) {
    return `desk.seen.${this.store.get().me.login}.${id}`;
  }

  #seenKept(id) {
    return Number(localStorage.getItem(this.#seenKey(id))) || 0;
  }

  #seeOpen = () => this.see(this.store.get().openId);

  #linkChanged(up, failures) {
    this.store.set({ link: up ? "up" : "down" });
    clearInterval(this.#pollTimer);
    this.#pollTimer = !up && failures >= POLL_AFTER_FAILURES ? setInterval(() => this.#poll(), POLL_EVERY) : 0;
  }

  async #poll() {
    try {
      this.#takeRows(await api.queue());
      for (const { id, n } of this.#followed()) await this.#pollTalk(id, n);
      this.outbox.flushAll();
    } catch (error) {
      if (error.status === 401) this.onSessionOver();
    }
  }

  async #pollTalk(id, n) {
    try {
      const { events, seen } = await api.events(id, n);
      this.#addEvents(id, events);
      this.store.talk(id, { readTo: seen });
    } catch (error) {
      if (error.status !== 403 && error.status !== 409) throw error;
      this.store.talk(id, { left: { agent: error.agent } });
    }
  }
}
