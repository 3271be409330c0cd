// Files at the desk: uploaded while the reply is still being written, shown to those who may read the chat.
import { MOST, Source, describe, refusalOf, upload } from "./file-store.js";
import { newId } from "./console-outbox.js";

const address = (id, small) => `/api/v1/agent/files/${id}${small ? "?size=small" : ""}`;

export const makeSource = () => new Source((id, small) => fetch(address(id, small), { cache: "no-store", credentials: "same-origin" }));

/** The tray of each chat: [{key, about, url?, percent, file?, error?}]; `file` is its id once it is uploaded. */
export class Trays {
  #stops = new Map();
  #keys = 0;

  constructor(store) {
    this.store = store;
  }

  async add(id, files) {
    const room = MOST - this.#of(id).length;
    if (files.length > room) this.store.set({ notice: { code: "too_many_files", n: MOST } });
    for (const file of files.slice(0, room)) this.#start(id, file, await describe(file));
  }

  remove(id, key) {
    this.#stops.get(key)?.abort();
    this.store.talk(id, { tray: this.#of(id).filter((one) => one.key !== key) });
  }

  /** What is uploaded, taken out of the tray. */
  take(id) {
    const tray = this.#of(id);
    this.store.talk(id, { tray: [] });
    return tray.filter((one) => one.file).map(({ about, file }) => ({ ...about, id: file }));
  }

  putBack(id, { id: file, ...about }) {
    this.store.talk(id, { tray: [...this.#of(id), { key: ++this.#keys, about, file, percent: 100 }] });
  }

  async #start(id, file, about) {
    const key = ++this.#keys;
    const { file_limit: limit } = this.store.get().me;
    const code = refusalOf(file, limit);
    const url = about.width ? URL.createObjectURL(file) : undefined;
    const one = { key, about, url, percent: 0, error: code && { code, mb: Math.floor(limit / 1024 / 1024) } };
    this.store.talk(id, { tray: [...this.#of(id), one] });
    if (code) return;
    const control = new AbortController();
    this.#stops.set(key, control);
    const onProgress = (percent) => this.#change(id, key, { percent });
    const where = `/api/v1/agent/conversations/${id}/files`;
    const answer = await upload(where, { blob: file, name: file.name, cid: newId(), onProgress, signal: control.signal });
    this.#stops.delete(key);
    const { file: uploaded, error, mb, ...told } = answer;
    if (uploaded) this.#change(id, key, { percent: 100, file: uploaded, about: { ...about, ...told } });
    else this.#change(id, key, { percent: 100, error: { code: error, mb } });
  }

  #of(id) {
    return this.store.get().talks[id]?.tray ?? [];
  }

  #change(id, key, patch) {
    if (!this.#of(id).length) return;
    this.store.talk(id, { tray: this.#of(id).map((one) => (one.key === key ? { ...one, ...patch } : one)) });
  }
}
