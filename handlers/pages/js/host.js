// The page or app around the chat: it hands over tokens and is told what it may want to show.
// Framed: window.postMessage with the parent's exact origin. In a WebView: #token=, a native bridge if there is one.

const ASK_WITHIN = 10_000;

export class Host {
  #waiting = [];
  #origin = null;
  #token;
  #target = window.parent === window ? null : window.parent;

  /** onMessage(kind, message): "init" {language}, "open", "ask" {text}. */
  constructor(onMessage) {
    this.onMessage = onMessage;
    this.#token = takeFragment();
    addEventListener("message", (event) => this.#heard(event));
    // Says nothing but that we are here; who may frame us is already decided by frame-ancestors.
    if (this.#target) this.#target.postMessage({ type: "support:ready" }, location.ancestorOrigins?.[0] ?? "*");
    else this.#bridge({ type: "support:ready" });
  }

  get framed() {
    return this.#target !== null;
  }

  /** A token; a fresh one when `again`. null when nobody gives one in time; the one we have stays until then. */
  getToken(again) {
    if (this.#token && !again) return Promise.resolve(this.#token);
    if (!this.#target && !bridged()) return Promise.resolve(this.#token ?? null); // a page of its own: nobody to ask
    this.tell("token?");
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(null), ASK_WITHIN);
      this.#waiting.push((token) => {
        clearTimeout(timer);
        resolve(token);
      });
    });
  }

  tell(kind, fields = {}) {
    const message = { type: `support:${kind}`, ...fields };
    if (this.#target && this.#origin) this.#target.postMessage(message, this.#origin);
    else if (!this.#target) this.#bridge(message);
  }

  #bridge(message) {
    window.webkit?.messageHandlers?.support?.postMessage(message);
    window.SupportBridge?.postMessage?.(JSON.stringify(message));
  }

  #heard(event) {
    const kind = typeof event.data?.type === "string" && event.data.type.startsWith("support:") && event.data.type.slice(8);
    if (!kind || event.source !== (this.#target ?? window)) return;
    if (this.#origin && event.origin !== this.#origin) return;
    if (kind === "init") this.#origin = event.origin;
    if (typeof event.data.token === "string") this.#take(event.data.token);
    else if (kind === "init" || kind === "token") this.#answer(null);
    this.onMessage(kind, event.data);
  }

  #take(token) {
    this.#token = token;
    this.#answer(token);
  }

  /** null: the host has said that nobody is signed in. */
  #answer(token) {
    for (const answer of this.#waiting.splice(0)) answer(token);
  }
}

function bridged() {
  return Boolean(window.webkit?.messageHandlers?.support || window.SupportBridge);
}

/** #token=... leaves the address at once: it must not stay in the history or in a screenshot. */
function takeFragment() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get("token");
  if (token) history.replaceState(null, "", location.pathname + location.search);
  return token;
}
