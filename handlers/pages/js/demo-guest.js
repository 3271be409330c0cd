// The host's side of the embedded chat: hands it tokens, hears what it wants to show. Exact origin both ways.

export class Guest {
  #frame = null;
  #ready = false;
  #later = [];

  /** getToken: async () => JWT; onClose, onUnread(count): what the chat asks of the app around it. */
  constructor({ getToken, language, onClose, onUnread }) {
    Object.assign(this, { getToken, language, onClose, onUnread });
    this.heard = this.heard.bind(this);
    addEventListener("message", this.heard);
  }

  /** The iframe once it is in the page; told again, with a null between, whenever the page is drawn. */
  attach(frame) {
    if (!frame || frame === this.#frame) return;
    this.#frame = frame;
    this.#ready = false;
  }

  open() {
    this.#frame?.focus();
    this.#say({ type: "support:open" });
  }

  hide() {
    this.#say({ type: "support:hide" });
  }

  ask(text) {
    this.#say({ type: "support:ask", text });
  }

  shutdown() {
    removeEventListener("message", this.heard);
    this.#later = [];
  }

  async heard({ data, origin, source }) {
    if (origin !== location.origin || !this.#frame || source !== this.#frame.contentWindow) return;
    if (data?.type === "support:ready") await this.#greet();
    if (data?.type === "support:token?") this.#post({ type: "support:token", token: await this.getToken() });
    if (data?.type === "support:close") this.onClose();
    if (data?.type === "support:unread") this.onUnread(data.count);
  }

  async #greet() {
    this.#post({ type: "support:init", token: await this.getToken(), language: this.language });
    this.#ready = true;
    for (const message of this.#later.splice(0)) this.#post(message);
  }

  #say(message) {
    if (this.#ready) this.#post(message);
    else this.#later.push(message);
  }

  #post(message) {
    this.#frame?.contentWindow?.postMessage(message, location.origin);
  }
}
