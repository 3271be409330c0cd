// Replies on their way: kept until the server has them, sent in order, each with its cid so that none arrives twice.
import { api } from "./desk-api.js";

const RETRY_AFTER = 2000;

export class Outbox {
  #busy = new Set();

  constructor(store, addEvents) {
    this.store = store;
    this.addEvents = addEvents;
  }

  put(id, text, { entry, file } = {}) {
    const one = { cid: newId(), text, entry, file, at: Date.now(), state: "waiting" };
    this.store.talk(id, (talk) => ({ outbox: [...talk.outbox, one] }));
    this.flush(id);
  }

  /** A reply that was refused goes back to where it can be changed; returns its {text, file}. */
  takeBack(id, cid) {
    const one = this.#of(id).find((failed) => failed.cid === cid);
    this.store.talk(id, { outbox: this.#of(id).filter((other) => other.cid !== cid) });
    return { text: one?.text ?? "", file: one?.file };
  }

  flushAll() {
    for (const id of Object.keys(this.store.get().talks)) this.flush(Number(id));
  }

  async flush(id) {
    if (this.#busy.has(id)) return;
    this.#busy.add(id);
    try {
      for (;;) {
        const one = this.#of(id).find((waiting) => waiting.state === "waiting");
        if (!one || !(await this.#send(id, one))) break;
      }
    } finally {
      this.#busy.delete(id);
    }
  }

  async #send(id, { cid, text, entry, file }) {
    try {
      const { event } = await api.say(id, entry ? { cid, entry } : { cid, text, file: file?.id });
      this.#change(id, cid, { state: "sent" });
      this.addEvents(id, [event]);
      return true;
    } catch (error) {
      if (error.passing) setTimeout(() => this.flush(id), Math.max(RETRY_AFTER, error.retryAfter * 1000));
      else this.#change(id, cid, { state: "failed", code: error.code, agent: error.agent });
      return !error.passing;
    }
  }

  #of(id) {
    return this.store.get().talks[id]?.outbox ?? [];
  }

  #change(id, cid, patch) {
    if (!this.#of(id).length) return;
    this.store.talk(id, { outbox: this.#of(id).map((one) => (one.cid === cid ? { ...one, ...patch } : one)) });
  }
}

// crypto.randomUUID is missing on plain http hosts of a local network.
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
