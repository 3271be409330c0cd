// The desk's live line: one socket that resumes where it stopped, notices a mute link, and never gives up quietly.

const PING_EVERY = 20000;
const PONG_WITHIN = 5000;
const SLOWEST_RETRY = 15000;
const OPEN_WITHIN = 8000;
const SESSION_OVER = new Set([4401, 4403]);

export class Line {
  #socket = null;
  #failures = 0;
  #over = false;
  #comeBackIn = 0; // ms, as a server that restarts asked
  #timers = { retry: 0, ping: 0, pong: 0, open: 0 };

  /**
   * `subs()` tells what to resume: [{conv, after}], `hello` what else the first frame says. `onFrame(frame)` gets everything but the line's own frames,
   * `onLink(up, failures)` each change of the line, `onSessionOver()` ends it for good.
   */
  constructor({ url, subs, hello = {}, onFrame, onLink, onSessionOver }) {
    Object.assign(this, { url, subs, hello, onFrame, onLink, onSessionOver });
    for (const [target, name] of WAKERS) target.addEventListener(name, this.#wake);
    this.#connect();
  }

  send(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Ask whether the other end hears. A pending deadline is never pushed back: a mute link would look alive. */
  probe() {
    if (!this.send({ t: "ping", n: Date.now() }) || this.#timers.pong) return;
    const socket = this.#socket;
    this.#timers.pong = setTimeout(() => this.#drop(socket), PONG_WITHIN);
  }

  close() {
    const socket = this.#socket;
    this.#over = true;
    for (const [target, name] of WAKERS) target.removeEventListener(name, this.#wake);
    this.#lost(0);
    clearTimeout(this.#timers.retry);
    socket?.close(1000);
  }

  #connect() {
    clearTimeout(this.#timers.retry);
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    this.#timers.open = setTimeout(() => this.#drop(socket), OPEN_WITHIN);
    socket.onopen = () => socket.send(JSON.stringify({ t: "hello", v: 1, subs: this.subs(), ...this.hello }));
    socket.onmessage = (message) => socket === this.#socket && this.#hear(JSON.parse(message.data));
    socket.onclose = (closed) => socket === this.#socket && this.#lost(closed.code);
  }

  #hear(frame) {
    clearTimeout(this.#timers.pong);
    this.#timers.pong = 0;
    if (frame.t === "pong") return;
    if (frame.t === "bye") {
      this.#comeBackIn = frame.after_ms;
      return;
    }
    if (frame.t === "ready") {
      clearTimeout(this.#timers.open);
      clearInterval(this.#timers.ping);
      this.#timers.ping = setInterval(() => this.probe(), PING_EVERY);
      this.#failures = 0;
      this.onLink(true, 0);
    }
    this.onFrame(frame);
  }

  // close() of a dead link waits for an answer that never comes, so the socket is forgotten at once.
  #drop(socket) {
    if (socket !== this.#socket) return;
    socket.onclose = null;
    socket.close();
    this.#lost(0);
  }

  #lost(code) {
    this.#socket = null;
    clearInterval(this.#timers.ping);
    clearTimeout(this.#timers.pong);
    clearTimeout(this.#timers.open);
    this.#timers.pong = 0;
    if (this.#over) return;
    if (SESSION_OVER.has(code)) {
      this.#over = true;
      this.onSessionOver();
      return;
    }
    const pause = Math.min(SLOWEST_RETRY, 500 * 2 ** this.#failures);
    const jittered = this.#comeBackIn || pause / 2 + Math.random() * (pause / 2);
    this.#comeBackIn = 0;
    this.#failures += 1;
    this.#timers.retry = setTimeout(() => this.#connect(), jittered);
    this.onLink(false, this.#failures);
  }

  // After sleep or a lost network readyState still says "open": ask, or connect without waiting for the timer.
  #wake = () => {
    if (this.#over || document.visibilityState === "hidden") return;
    if (this.#socket) this.probe();
    else this.#connect();
  };
}

const WAKERS = [
  [document, "visibilitychange"],
  [window, "pageshow"],
  [window, "online"],
  [window, "focus"],
];
