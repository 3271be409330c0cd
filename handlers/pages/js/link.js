// One WebSocket that is never trusted: it pings, notices a dead link, backs off and comes back.
// Framework-free; the chat and the agents' desk both use it. Frames are objects with their kind in `t`.

const PING_EVERY = 20_000; // ms; a mobile carrier's NAT forgets idle flows after 30 s and more
const PONG_WITHIN = 5_000;
const OPEN_WITHIN = 10_000;
const LONGEST_PAUSE = 30_000;
// Close codes after which coming back would change nothing.
const FINAL = new Set([4400, 4403]);
export const EXPIRED = 4401;

/** "5": the pause after five failures in a row, half of it random so that a crowd does not return at once. */
export function pause(failures) {
  const full = Math.min(LONGEST_PAUSE, 500 * 2 ** Math.min(failures, 6));
  return full / 2 + Math.random() * (full / 2);
}

export function socketUrl(base, query) {
  const url = new URL(`${base}/ws/v1?${query}`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}

export class Link {
  #socket = null;
  #timers = { ping: 0, pong: 0, open: 0, again: 0 };
  #failures = 0;
  #n = 0;
  #pinged = false;
  #after = 0;
  #stopped = true;

  /**
   * url        wss://host/ws/v1
   * hello      async () => the first frame, or null when there is nothing to say it with (stops)
   * onFrame    (frame) => void, for every frame but pong
   * onStatus   ("connecting" | "ready" | "lost" | "stopped", {code, failures}) => void
   * opened     (url) => a socket that is there already, or null
   */
  constructor({ url, hello, onFrame, onStatus, opened = () => null }) {
    Object.assign(this, { url, hello, onFrame, onStatus, opened, status: "stopped" });
    this.wake = this.wake.bind(this);
    this.woken = () => document.visibilityState === "visible" && this.wake();
  }

  start() {
    if (!this.#stopped) return;
    this.#stopped = false;
    addEventListener("online", this.wake);
    addEventListener("pageshow", this.wake);
    document.addEventListener("visibilitychange", this.woken);
    this.#open();
  }

  stop(code = 1000) {
    this.#stopped = true;
    removeEventListener("online", this.wake);
    removeEventListener("pageshow", this.wake);
    document.removeEventListener("visibilitychange", this.woken);
    this.#drop();
    this.#tell("stopped", code);
  }

  /** True when the frame was handed to an open, greeted socket; that it arrives only an answer proves. */
  send(frame) {
    if (this.status !== "ready") return false;
    this.#socket.send(JSON.stringify(frame));
    this.probe();
    return true;
  }

  /** Ask now whether the link is alive. A deadline that already runs is never put off. */
  probe() {
    if (this.#pinged || this.status !== "ready") return;
    this.#pinged = true;
    this.#socket.send(JSON.stringify({ t: "ping", n: ++this.#n }));
    this.#set("pong", () => this.#lost(0), PONG_WITHIN);
  }

  /** The page became visible or the network came back: prove the link, or try at once. */
  wake() {
    if (this.#stopped) return;
    if (this.status === "ready") this.probe();
    else if (this.status === "lost") this.#open();
  }

  async #open() {
    this.#drop();
    this.#tell("connecting");
    const socket = this.opened(this.url) ?? new WebSocket(this.url);
    this.#socket = socket;
    this.#set("open", () => this.#lost(0), OPEN_WITHIN);
    socket.onopen = () => this.#greet(socket);
    socket.onmessage = (message) => socket === this.#socket && this.#heard(JSON.parse(message.data));
    socket.onclose = (event) => socket === this.#socket && this.#lost(event.code);
    if (socket.readyState === WebSocket.OPEN) this.#greet(socket);
  }

  async #greet(socket) {
    const frame = await this.hello();
    if (socket !== this.#socket || socket.readyState !== WebSocket.OPEN) return;
    if (frame) socket.send(JSON.stringify(frame));
    else this.stop(EXPIRED);
  }

  #heard(frame) {
    if (frame.t === "ready") {
      this.#failures = 0;
      clearTimeout(this.#timers.open);
      this.#tell("ready");
      this.#keepPinging();
    }
    if (frame.t === "pong") {
      this.#pinged = false;
      clearTimeout(this.#timers.pong);
      return;
    }
    if (frame.t === "bye") this.#after = frame.after_ms;
    this.onFrame(frame);
  }

  #keepPinging() {
    this.#set("ping", () => {
      this.probe();
      this.#keepPinging();
    }, PING_EVERY);
  }

  #lost(code) {
    this.#drop();
    if (this.#stopped) return;
    if (FINAL.has(code)) {
      this.stop(code);
      return;
    }
    this.#failures += 1;
    const wait = Math.max(this.#after, pause(this.#failures - 1));
    this.#after = 0;
    this.#set("again", () => this.#open(), wait);
    this.#tell("lost", code);
  }

  #drop() {
    for (const name of Object.keys(this.#timers)) clearTimeout(this.#timers[name]);
    this.#pinged = false;
    const socket = this.#socket;
    this.#socket = null;
    if (socket) socket.close();
  }

  #set(name, what, after) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = setTimeout(what, after);
  }

  #tell(status, code = 0) {
    this.status = status;
    this.onStatus(status, { code, failures: this.#failures });
  }
}
