// What the person sent and the server has not confirmed; survives a reload, a closed tab and a dead battery.
// One key per message, so that two tabs never overwrite each other's.

const MOST = 50;
const LONGEST = 24 * 3600 * 1000; // ms; older ones wait for the person's "try again"

/** Storage that never throws: a sandboxed frame or a private window has none, then memory must do. */
export function storage() {
  try {
    localStorage.setItem("probe", "1");
    localStorage.removeItem("probe");
    return localStorage;
  } catch {
    const kept = new Map();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => kept.set(key, value),
      removeItem: (key) => kept.delete(key),
      key: (i) => [...kept.keys()][i] ?? null,
      get length() {
        return kept.size;
      },
    };
  }
}

/** randomUUID needs a secure context; a test host on plain http has none. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

export class Outbox {
  /** items: [{cid, body, file?, at, state: "waiting" | "failed" | "acked", code?}], oldest first.
   *  `file` tells of one to be sent along; once it is uploaded body.file is its id. */
  constructor(store, prefix) {
    this.store = store;
    this.prefix = prefix;
    this.items = this.#read();
  }

  add(body, file) {
    const item = { cid: uuid(), body, file, at: Date.now(), state: "waiting" };
    this.items = [...this.items, item];
    this.#keep(item);
    return item;
  }

  get(cid) {
    return this.items.find((item) => item.cid === cid);
  }

  get full() {
    return this.items.filter((item) => item.state !== "acked").length >= MOST;
  }

  /** The oldest that can go, and the oldest whose file must go first: words may pass a file on its way. */
  next() {
    return this.items.find((item) => item.state === "waiting" && (!item.file || item.body.file));
  }

  nextFile() {
    return this.items.find((item) => item.state === "waiting" && item.file && !item.body.file);
  }

  lifted(cid, id) {
    const item = this.get(cid);
    if (!item) return;
    this.#change(cid, { body: { ...item.body, file: id } });
    this.#keep(this.get(cid));
  }

  /** The server has it; the bubble stays until its event arrives, the stored copy goes. */
  acked(cid, seq, ts) {
    this.#change(cid, { state: "acked", seq, ts });
    this.store.removeItem(this.prefix + cid);
  }

  failed(cid, code) {
    this.#change(cid, { state: "failed", code });
    this.#keep(this.get(cid));
  }

  /** Sent again under the same cid: had the first one arrived after all, the server answers with it. */
  retry(cid) {
    this.#change(cid, { state: "waiting", code: undefined, at: Date.now() });
    this.#keep(this.get(cid));
  }

  drop(cid) {
    this.items = this.items.filter((item) => item.cid !== cid);
    this.store.removeItem(this.prefix + cid);
  }

  #change(cid, changes) {
    this.items = this.items.map((item) => (item.cid === cid ? { ...item, ...changes } : item));
  }

  #keep(item) {
    if (item) this.store.setItem(this.prefix + item.cid, JSON.stringify(item));
  }

  #read() {
    const items = [];
    for (let i = 0; i < this.store.length; i++) {
      const key = this.store.key(i);
      if (!key?.startsWith(this.prefix)) continue;
      try {
        const item = JSON.parse(this.store.getItem(key));
        items.push(Date.now() - item.at > LONGEST ? { ...item, state: "failed", code: "old" } : item);
      } catch {
        this.store.removeItem(key);
      }
    }
    return items.sort((a, b) => a.at - b.at);
  }
}
