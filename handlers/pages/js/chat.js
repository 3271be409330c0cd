// Starts the chat page: whose it is, in which language, and what the screen may ask of the conversation.
import { html, render } from "../vendor/preact-htm.js";
import { Conversation, claims } from "./chat-core.js";
import { ChatView } from "./chat-view.js";
import { Host } from "./host.js";
import { storage } from "./outbox.js";
import { loadWords, pageLanguage } from "./words.js";

const NOTICE_FOR = 6000; // ms
const ANSWER_WITHIN = 12_000; // ms; after that the dots would promise too much

class Chat {
  /** `visitor`: nobody has signed in, see visitor.js; else null. */
  constructor(host, store, owner, words, visitor) {
    Object.assign(this, { host, store, owner, words, visitor, framed: host.framed, notice: "", asked: 0, drawn: 0 });
    this.known = !visitor;
    this.divider = Number(this.#stored("read") ?? Infinity); // "new messages" stands before the first one after it
    this.draft = {
      get: () => this.#stored("draft") ?? "",
      set: (text) => (text ? store.setItem(this.#key("draft"), text) : store.removeItem(this.#key("draft"))),
    };
    const lift = async (item) => (await this.loadFiles()).lift(item);
    this.files = null;
    this.core = new Conversation({ owner, store, getToken: (again) => (visitor ?? host).getToken(again), lift, onChange: () => this.draw() });
    this.sharePlace = this.sharePlace.bind(this);
    this.close = () => host.tell("close");
  }

  get events() {
    return this.core.events;
  }
  get pending() {
    return this.core.pending;
  }
  get status() {
    return this.core.status;
  }
  get session() {
    return this.core.session;
  }
  get loaded() {
    return this.core.loaded;
  }

  start() {
    this.core.start();
    addEventListener("dragenter", () => this.loadFiles(), { once: true });
    this.draw();
  }

  stop() {
    this.core.stop();
    this.draw = () => {};
  }

  say(text) {
    return this.#send({ text });
  }

  press({ value, label }) {
    return this.#send({ button: value, text: label });
  }

  rate(stars, handoff) {
    return this.core.send({ button: `rate:${stars}:${handoff}` });
  }

  #send(body, file, kept) {
    const cid = this.core.send(body, file, kept);
    this.divider = Infinity;
    if (cid) this.asked = Date.now();
    else this.note(this.words.t("page.chat.too_many"));
    setTimeout(() => this.draw(), ANSWER_WITHIN + 100);
    return cid;
  }

  retry(cid) {
    this.core.retry(cid);
  }

  discard(cid) {
    this.core.discard(cid);
    this.files?.cancel(cid);
  }

  /** What handles files: many chats never need it. */
  loadFiles() {
    this.loading ??= import("./chat-files.js")
      .then(({ make }) => make(this))
      .then((files) => {
        this.files = files;
        this.draw();
        return files;
      });
    return this.loading;
  }

  /** What draws cards; where it cannot be had the words say it all. */
  loadCards() {
    this.cards ??= false;
    this.drawing ??= import("./chat-cards.js")
      .then(({ make }) => make(this.words.language, () => this.draw()))
      .then((cards) => (this.cards = cards), () => (this.cards = null))
      .then(() => this.draw());
  }

  async attach(files) {
    if (!this.known) return this.note(this.words.t("page.chat.attach.sign_in"));
    return (await this.loadFiles()).choose(files);
  }

  sendFile(body, file, kept) {
    return this.#send(body, file, kept);
  }

  tellTyping() {
    this.core.tellTyping();
  }

  loadOlder() {
    this.core.loadOlder();
  }

  /** Somebody writes: an agent said so, or the bot was asked and has not answered yet. */
  typingNow(state) {
    if (this.core.typing > Date.now()) return true;
    if (state.state === "queued" || state.state === "assigned") return false;
    const answered = this.events.findLast((event) => event.from.kind !== "user");
    const mine = this.events.findLast((event) => event.from.kind === "user" && event.t === "msg");
    const waits = mine && (!answered || mine.seq > answered.seq) && !mine.body.button?.startsWith("rate:");
    return Boolean(waits) && Date.now() - Math.max(this.asked, mine.ts) < ANSWER_WITHIN;
  }

  sharePlace() {
    const found = ({ coords }) => this.#send({ place: { lat: round(coords.latitude), lon: round(coords.longitude) } });
    const failed = () => this.note(this.words.t("page.chat.place.denied"));
    if (!navigator.geolocation) return failed();
    return navigator.geolocation.getCurrentPosition(found, failed, { timeout: 10_000, maximumAge: 300_000 });
  }

  /** The newest message was on the screen. */
  seen() {
    if (document.visibilityState !== "visible" || this.hidden || this.core.last === null) return;
    this.store.setItem(this.#key("read"), String(this.core.last));
    this.core.tellRead();
    this.#tellUnread();
  }

  show(visible) {
    this.hidden = !visible;
    if (visible) this.#returned();
    else this.divider = this.core.last ?? Infinity;
    this.draw();
  }

  #returned() {
    if (!this.#incoming(this.divider).length) this.divider = Infinity;
    this.core.wake();
    this.seen();
    // On a touch screen the keyboard would cover half of what the person came to read.
    this.wantsFocus = !matchMedia("(pointer: coarse)").matches;
  }

  #incoming(after) {
    return this.events.filter((event) => event.seq > after && event.t === "msg" && event.from.kind !== "user");
  }

  /** Rows that come while the person looks are not "new": the line is only for what came before that. */
  #keepDivider() {
    if (this.first === undefined && this.core.loaded) {
      this.first = true;
      if (!this.#incoming(this.divider).length) this.divider = Infinity;
    }
  }

  draw() {
    this.#tellUnread(); // at once: out of sight nothing is drawn
    if (this.drawn) return;
    this.drawn = requestAnimationFrame(() => {
      this.drawn = 0;
      this.#keepDivider();
      render(html`<${ChatView} chat=${this} words=${this.words} />`, document.getElementById("chat"));
      if (this.wantsFocus) document.querySelector("textarea").focus();
      this.wantsFocus = false;
      if (!this.hidden && document.visibilityState === "visible" && atEnd()) this.seen();
    });
  }

  #tellUnread() {
    if (!this.core.loaded) return;
    const fresh = this.#incoming(Math.max(Number(this.#stored("read")), this.core.seen));
    if (fresh.length !== this.unread) this.host.tell("unread", { count: fresh.length });
    this.unread = fresh.length;
  }

  note(text) {
    this.notice = text;
    clearTimeout(this.noticeTimer);
    this.noticeTimer = setTimeout(() => {
      this.notice = "";
      this.draw();
    }, NOTICE_FOR);
    this.draw();
  }

  #key(name) {
    return `chat.${this.owner}.${name}`;
  }

  #stored(name) {
    return this.store.getItem(this.#key(name));
  }
}

function round(degrees) {
  return Math.round(degrees * 1000) / 1000; // about 100 m: enough for a coverage answer, and no address
}

function atEnd() {
  const log = document.querySelector(".log");
  return log && log.scrollHeight - log.scrollTop - log.clientHeight < 48;
}

/** iOS draws its keyboard over the page and shrinks only the visual viewport. */
function followKeyboard() {
  const view = window.visualViewport;
  if (!view) return;
  const follow = () => {
    const covered = window.innerHeight - view.height > 80;
    document.documentElement.style.setProperty("--screen", covered ? `${view.height}px` : "100dvh");
    if (covered) scrollTo(0, 0);
  };
  view.addEventListener("resize", follow);
}

async function boot() {
  let chat = null;
  let early = [];
  let language = new URLSearchParams(location.search).get("lang") ?? pageLanguage();
  const act = (kind, message) => {
    if (kind === "open" || kind === "hide") {
      chat.closed = kind === "hide";
      chat.show(kind === "open");
    }
    if (kind === "ask" && typeof message.text === "string") chat.say(message.text);
    if (typeof message.token === "string" && chat.visitor) signIn(message.token);
  };
  const host = new Host((kind, message) => {
    if (kind === "init" && message.language && !chat) language = message.language;
    if (chat) act(kind, message);
    else early.push([kind, message]);
  });
  const store = storage();
  const begin = (token, words, visitor) => {
    const owner = visitor ? "visitor" : (claims(token).sub ?? "nobody");
    const closed = chat?.closed;
    chat = Object.assign(new Chat(host, store, owner, words, visitor), { closed });
    chat.start();
  };
  const signIn = async (token) => {
    const { visitor, words } = chat;
    chat.visitor = null;
    chat.stop();
    await visitor.join(token);
    begin(token, words, null);
  };
  const signed = await host.getToken(false);
  const visited = !signed || store.getItem("chat.visitor");
  const visitor = visited && new (await import("./visitor.js")).Visitor(store);
  if (signed && visitor) await visitor.join(signed);
  const token = signed ?? (await visitor.getToken(false));
  const words = await loadWords("chat", language.startsWith("zh") ? "zh" : "ru");
  document.title = words.t("page.chat.title");
  if (!token) return refuse(words);
  begin(token, words, signed ? null : visitor);
  followKeyboard();
  openLink(chat);
  for (const [kind, message] of early) act(kind, message);
  early = [];
  addEventListener("visibilitychange", () => chat.show(document.visibilityState === "visible" && !chat.closed));
  addEventListener("keydown", (event) => event.key === "Escape" && !event.isComposing && chat.close());
  return chat;
}

/** ?ask=... is a link from a messenger: this very answer, now that we know whose it is. It is asked once. */
function openLink(chat) {
  const url = new URL(location.href);
  const ask = url.searchParams.get("ask");
  if (!ask) return;
  url.searchParams.delete("ask");
  history.replaceState(null, "", url);
  chat.core.send({ ask, text: "…" });
}

function refuse(words) {
  const text = words.t("page.chat.no_token");
  render(html`<main class="refused"><p role="alert">${text}</p></main>`, document.getElementById("chat"));
}

boot();
