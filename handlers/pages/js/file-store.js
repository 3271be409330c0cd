// Files on their way in and out, for the chat and the desk: looked at before they are taken, sent with progress,
// fetched with the caller's own right and shown from memory, because no address of a file is open to whoever has it.

export const MOST = 5; // at once
const ENDINGS = "jpg jpeg png webp pdf ogg oga opus mp3 m4a mp4 m4v txt log csv".split(" ");
const WITHIN = 190_000; // ms; the server gives up after 180 s

/** The phrases about files, which both pages ask for when there is a file: `t` by name, and why something failed. */
export async function fileWords(language) {
  const phrases = await (await fetch(`/i18n/${language}/files.json`)).json();
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (hole, name) => values[name] ?? hole);
  const t = (name, values = {}) => fill(phrases[`page.files.${name}`] ?? name, values);
  const or = (code, values, otherwise) => (phrases[`error.${code}`] ? fill(phrases[`error.${code}`], values) : t(otherwise));
  return {
    t,
    unsent: (code, mb) => or(code, { mb }, "not_sent"), // what was to be sent
    unseen: (code, mb) => or(code, { mb }, "failed"), // what was to be opened
    // The same for an agent, who can ask the person for another one.
    unseenByAgent: (code, mb) => (phrases[`page.files.seen.${code}`] ? t(`seen.${code}`) : or(code, { mb }, "failed")),
  };
}

/** Why this file would not be taken, before a byte of it is sent; null when it may. The server looks inside. */
export function refusalOf(file, limit) {
  const ending = /\.([a-z0-9]+)$/i.exec(file.name)?.[1].toLowerCase();
  if (ending ? !ENDINGS.includes(ending) : !/^(image\/(jpeg|png|webp)|audio\/|video\/mp4)/.test(file.type)) return "file_type";
  if (!file.size) return "file_empty";
  return file.size > limit ? "file_too_big" : null;
}

/** What a file chosen here looks like: its kind by what the browser says, a picture with its sides. */
export async function describe(file) {
  const kind = { image: "photo", audio: "audio", video: "video" }[file.type.split("/")[0]] ?? "document";
  const about = { kind, name: file.name, type: file.type, size: file.size };
  if (kind !== "photo") return about;
  const drawn = await createImageBitmap(file).catch(() => null);
  return drawn ? { ...about, width: drawn.width, height: drawn.height } : about;
}

/** {file, ...} or {error, again, mb}; `again` when trying later can help. fetch() tells no progress, so not by fetch. */
export function upload(url, { blob, name, cid, headers = {}, onProgress, signal }) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const passing = { error: "offline", again: true };
    request.open("POST", url);
    request.timeout = WITHIN;
    request.responseType = "json";
    for (const [key, value] of Object.entries(headers)) request.setRequestHeader(key, value);
    request.upload.onprogress = ({ loaded, total }) => onProgress(Math.floor((loaded / total) * 100));
    request.onload = () => resolve(request.status === 200 ? request.response : refused(request));
    request.onerror = request.ontimeout = () => resolve(passing);
    request.onabort = () => resolve({ error: "cancelled" });
    signal?.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.append("cid", cid);
    form.append("file", blob, name || "file");
    request.send(form);
  });
}

function refused({ status, response }) {
  const { code = "bad_upload", mb, retry_after: after = 0 } = response?.error ?? {};
  return { error: code, mb, again: [401, 408, 429].includes(status) || status >= 500, after };
}

/** Files by id as addresses in memory, each fetched once. `get(id, small)` asks the server and returns its Response. */
export class Source {
  #known = new Map();

  constructor(get) {
    this.get = get;
  }

  /** Rejects with {code}. */
  open(id, small = false) {
    const key = `${id} ${small}`;
    const known = this.#known.get(`${id} own`) ?? this.#known.get(key);
    if (known) return known;
    const asked = this.#fetch(id, small);
    this.#known.set(key, asked);
    asked.catch(() => this.#known.delete(key));
    return asked;
  }

  /** The bytes are here already: the person has just chosen or sent them. */
  adopt(id, blob) {
    if (!this.#known.has(`${id} own`)) this.#known.set(`${id} own`, Promise.resolve(URL.createObjectURL(blob)));
  }

  async #fetch(id, small) {
    const answer = await this.get(id, small).catch(() => {
      throw { code: "file_away" };
    });
    if (answer.ok) return URL.createObjectURL(await answer.blob());
    const { error } = await answer.json().catch(() => ({}));
    throw { code: error?.code ?? "file_away", mb: error?.mb };
  }
}

/** Files not yet sent, kept over a reload; a private window has no such store, then memory must do. */
export class Shelf {
  #memory = new Map();

  constructor(name) {
    this.opened = new Promise((resolve) => {
      try {
        const request = indexedDB.open(name, 1);
        request.onupgradeneeded = () => request.result.createObjectStore("files");
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => resolve(null);
      } catch {
        resolve(null);
      }
    });
  }

  async put(key, blob) {
    this.#memory.set(key, blob);
    await this.#run("readwrite", (files) => files.put(blob, key));
  }

  async get(key) {
    return this.#memory.get(key) ?? this.#run("readonly", (files) => files.get(key));
  }

  async drop(key) {
    this.#memory.delete(key);
    await this.#run("readwrite", (files) => files.delete(key));
  }

  async #run(mode, work) {
    const database = await this.opened;
    if (!database) return undefined;
    return new Promise((resolve) => {
      const request = work(database.transaction("files", mode).objectStore("files"));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(undefined);
    });
  }
}
