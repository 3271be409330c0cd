// The chat's files: chosen into the tray, sent by the outbox, seen in bubbles. Loaded when the first one is there.
import { html } from "../vendor/preact-htm.js";
import { expires } from "./chat-core.js";
import { useDrop } from "./file-drop.js";
import { MOST, Shelf, Source, describe, fileWords, refusalOf, upload } from "./file-store.js";
import { Attached, Tray } from "./file-view.js";
import { uuid } from "./outbox.js";

const EARLY = 30_000; // ms; a token about to end is asked for anew
const LIMIT = 10 * 1024 * 1024; // until the server has said its own

class ChatFiles {
  #shelf;
  #under = new Map(); // cid -> {stop, percent} of uploads under way
  #keys = 0;

  constructor(chat, words) {
    this.chat = chat;
    this.tray = []; // [{key, file, about, url, error}]
    this.#shelf = new Shelf(`chat.${chat.owner}`);
    this.source = new Source((id, small) => this.#ask(id, small));
    this.words = words;
    this.why = (code, mb = Math.floor(this.limit / 1024 / 1024)) => words.unsent(code, mb);
    this.remove = this.remove.bind(this);
  }

  get limit() {
    return this.chat.session.file_limit ?? LIMIT;
  }

  // ---- chosen, not yet sent

  async choose(files) {
    const room = MOST - this.tray.length;
    for (const file of files.slice(0, room)) {
      const code = refusalOf(file, this.limit);
      const about = await describe(file);
      const url = about.width ? URL.createObjectURL(file) : null;
      this.tray = [...this.tray, { key: ++this.#keys, file, about, url, error: code && { code } }];
    }
    if (files.length > room) this.chat.note(this.words.t("most", { n: MOST }));
    this.chat.draw();
  }

  remove(key) {
    this.tray = this.tray.filter((one) => one.key !== key);
    this.chat.draw();
  }

  get ready() {
    return this.tray.some((one) => !one.error);
  }

  /** The words go with the first file; what was refused is left out. */
  send(text) {
    const good = this.tray.filter((one) => !one.error);
    this.tray = [];
    const album = good.length > 1 ? uuid() : undefined;
    for (const [n, { file, about }] of good.entries()) {
      this.chat.sendFile({ text: n ? "" : text, album }, about, (cid) => this.#keep(cid, file));
    }
    this.chat.draw();
  }

  async #keep(cid, file) {
    this.source.adopt(`local:${cid}`, file);
    await this.#shelf.put(cid, file);
  }

  // ---- on their way

  /** Called by the conversation for its oldest file: {file} or {error, again}. */
  async lift({ cid, file: about }) {
    const blob = await this.#shelf.get(cid);
    if (!blob) return { error: "file_lost" };
    this.source.adopt(`local:${cid}`, blob);
    const control = new AbortController();
    const under = { stop: () => control.abort(), percent: 0 };
    this.#under.set(cid, under);
    const onProgress = (percent) => {
      under.percent = percent;
      this.chat.draw();
    };
    const headers = await this.#headers();
    const answer = await upload("/api/v1/files", { blob, name: about.name, cid, headers, onProgress, signal: control.signal });
    this.#under.delete(cid);
    if (answer.file) {
      this.source.adopt(answer.file, blob);
      this.#shelf.drop(cid);
    }
    this.chat.draw();
    return answer;
  }

  cancel(cid) {
    this.#under.get(cid)?.stop();
    this.#shelf.drop(cid);
  }

  async #ask(id, small) {
    const headers = await this.#headers();
    return fetch(`/api/v1/files/${id}${small ? "?size=small" : ""}`, { headers, credentials: "omit", cache: "no-store" });
  }

  async #headers() {
    const { host } = this.chat;
    const known = await host.getToken(false);
    const token = expires(known ?? "") - Date.now() > EARLY ? known : await host.getToken(true);
    return { Authorization: `Bearer ${token}` };
  }

  // ---- on the screen

  View = ({ row }) => html`
    <div class="files">
      ${row.body.files.map((file) => html`<${Attached} key=${file.id} file=${file} source=${this.source} t=${this.words.t} why=${this.words.unseen} />`)}
      ${row.lifting && html`<${this.Lifting} cid=${row.key} />`}
    </div>
  `;

  Lifting = ({ cid }) => {
    const { t } = this.words;
    const percent = this.#under.get(cid)?.percent ?? 0;
    const said = this.chat.status === "ready" ? t("sending", { percent }) : t("waiting");
    return html`
      <div class="lifting">
        <progress max="100" value=${percent} aria-label=${said}></progress>
        <span>${said}</span>
        <button type="button" onClick=${() => this.chat.discard(cid)}>${t("cancel")}</button>
      </div>
    `;
  };

  Tray = ({ disabled }) => {
    const over = useDrop((files) => !disabled && this.choose(files));
    return html`
      <${Tray} items=${this.tray} t=${this.words.t} why=${this.why} onRemove=${this.remove} />
      ${over && html`<p class="drop">${this.words.t("drop")}</p>`}
    `;
  };
}

export async function make(chat) {
  return new ChatFiles(chat, await fileWords(chat.words.language));
}

await new Promise((done) => {
  const href = new URL("../css/files.css", import.meta.url).href;
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href, onload: done, onerror: done }));
});
