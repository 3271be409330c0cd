// Files as people see them, in the chat and at the desk: a picture in its place, a voice to play, a document to save.
import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";

const WIDE = 320; // px
const TALL = 360;
const ICONS = {
  document: ["M6 3h8l5 5v13H6z", "M14 3v5h5"],
  play: ["M8 5.5v13l11-6.5z"],
  photo: ["M4 5h16v14H4z", "M4 16l5-5 5 5 3-3 3 3"],
  remove: ["M6.5 6.5l11 11", "M17.5 6.5l-11 11"],
  save: ["M12 4v11", "M7 11l5 5 5-5", "M5 20h14"],
};

function Sign({ name }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${ICONS[name].map((d) => html`<path d=${d} />`)}</svg>`;
}

/**
 * source   a Source
 * t        (name, values) => phrase, of the page's own words for files
 * why      (code, mb) => why it cannot be had
 */
export function Attached({ file, source, t, why }) {
  if (file.problem) return html`<p class="file-problem">${file.name ? `${file.name}. ` : ""}${why(file.problem)}</p>`;
  if (file.kind === "photo") return html`<${Photo} file=${file} source=${source} t=${t} why=${why} />`;
  if (file.kind === "document") return html`<${Paper} file=${file} source=${source} t=${t} why=${why} />`;
  return html`<${Player} file=${file} source=${source} t=${t} why=${why} />`;
}

/** [address, problem, fetch]: `fetch` asks, and asks again after a problem. */
function useFile(source, id, small) {
  const [state, set] = useState({});
  const ask = () =>
    source.open(id, small).then(
      (url) => (set({ url }), url),
      (problem) => (set({ problem }), null),
    );
  return [state.url, state.problem, ask];
}

function Photo({ file, source, t, why }) {
  const frame = useRef(null);
  const [open, setOpen] = useState(false);
  const [broken, setBroken] = useState(false);
  const [url, problem, ask] = useFile(source, file.id, true);
  useEffect(() => {
    const watch = new IntersectionObserver(([seen]) => {
      if (!seen.isIntersecting) return;
      watch.disconnect();
      ask();
    });
    if (frame.current) watch.observe(frame.current);
    return () => watch.disconnect();
  }, [file.id]);
  if (problem) return html`<${Problem} file=${file} text=${why(problem.code, problem.mb)} onAgain=${problem.code === "file_away" && ask} t=${t} />`;
  if (broken) return html`<${Paper} file=${file} source=${source} t=${t} why=${why} />`;
  const label = t("open") + (file.name ? `: ${file.name}` : "");
  return html`
    <button type="button" ref=${frame} class="file-photo" style=${sides(file)} aria-label=${label} onClick=${() => url && setOpen(true)}>
      ${url && html`<img src=${url} alt=${file.name || t("photo")} onError=${() => setBroken(true)} />`}
    </button>
    ${open && html`<${Lightbox} file=${file} source=${source} t=${t} small=${url} onShut=${() => setOpen(false)} />`}
  `;
}

/** Its place is kept before it is there, so that nothing jumps. */
function sides({ width, height }) {
  if (!width || !height) return { width: "200px", aspectRatio: "4 / 3" };
  const ratio = Math.max(width / height, 0.4);
  return { width: `${Math.round(Math.max(48, Math.min(WIDE, width, TALL * ratio)))}px`, aspectRatio: `${ratio}` };
}

function Lightbox({ file, source, t, small, onShut }) {
  const box = useRef(null);
  const [url, , ask] = useFile(source, file.id, false);
  useEffect(() => {
    box.current.showModal();
    ask();
  }, []);
  return html`
    <dialog ref=${box} class="lightbox" aria-label=${file.name || t("photo")} onClose=${onShut}
      onKeyDown=${(event) => event.stopPropagation()} onClick=${(event) => event.target === box.current && box.current.close()}>
      <img src=${url ?? small} alt=${file.name || t("photo")} />
      <div class="lightbox-tools">
        <a href=${url ?? small} download=${file.name || "photo.jpg"} aria-label=${t("save")} title=${t("save")}><${Sign} name="save" /></a>
        <button type="button" aria-label=${t("close")} title=${t("close")} onClick=${() => box.current.close()}><${Sign} name="remove" /></button>
      </div>
    </dialog>
  `;
}

function Player({ file, source, t, why }) {
  const [url, problem, ask] = useFile(source, file.id, false);
  const name = file.kind === "voice" ? t("voice") : file.name || t(file.kind);
  if (problem) return html`<${Problem} file=${file} text=${why(problem.code, problem.mb)} onAgain=${problem.code === "file_away" && ask} t=${t} />`;
  if (url && file.kind === "video") return html`<video class="file-video" src=${url} controls autoplay playsinline aria-label=${name}></video>`;
  if (url) return html`<audio class="file-audio" src=${url} controls autoplay aria-label=${name}></audio>`;
  return html`<${Card} sign="play" name=${name} about=${weight(file.size, t)} onClick=${ask} />`;
}

function Paper({ file, source, t, why }) {
  const [url, problem, ask] = useFile(source, file.id, false);
  const name = file.name || t("document");
  async function save() {
    const address = url ?? (await ask());
    if (address) Object.assign(document.createElement("a"), { href: address, download: name }).click();
  }
  if (problem) return html`<${Problem} file=${file} text=${why(problem.code, problem.mb)} onAgain=${problem.code === "file_away" && ask} t=${t} />`;
  return html`<${Card} sign="document" name=${name} about=${weight(file.size, t)} label=${`${t("save")}: ${name}`} onClick=${save} />`;
}

function Card({ sign, name, about, label, onClick }) {
  return html`
    <button type="button" class="file-card" aria-label=${label} onClick=${onClick}>
      <i class="file-sign"><${Sign} name=${sign} /></i>
      <span><b>${name}</b>${about && html`<small>${about}</small>`}</span>
    </button>
  `;
}

function Problem({ file, text, onAgain, t }) {
  return html`
    <p class="file-problem" role="status">
      ${file.name ? `${file.name}. ` : ""}${text}
      ${onAgain && html` <button type="button" onClick=${onAgain}>${t("again")}</button>`}
    </p>
  `;
}

export function weight(bytes, t) {
  if (!bytes) return "";
  const mb = bytes / 1024 / 1024;
  return mb >= 1 ? t("mb", { n: mb.toFixed(1).replace(/\.0$/, "") }) : t("kb", { n: Math.max(1, Math.round(bytes / 1024)) });
}

/** What is about to be sent: items [{key, about, url?, percent?, error?}]. */
export function Tray({ items, t, why, onRemove }) {
  if (!items.length) return null;
  const label = t("remove");
  return html`
    <ul class="tray">
      ${items.map(
        ({ key, about, url, percent, error }) => html`
          <li key=${key} class=${error ? "unfit" : ""}>
            ${url ? html`<img src=${url} alt="" />` : html`<i class="file-sign"><${Sign} name=${about.kind === "photo" ? "photo" : about.kind === "document" ? "document" : "play"} /></i>`}
            <span role=${error ? "alert" : undefined}><b>${about.name}</b><small>${error ? why(error.code, error.mb) : weight(about.size, t)}</small></span>
            <button type="button" aria-label=${`${label}: ${about.name}`} title=${label} onClick=${() => onRemove(key)}><${Sign} name="remove" /></button>
            ${!error && percent !== undefined && percent < 100 && html`<progress max="100" value=${percent} aria-label=${about.name}></progress>`}
          </li>
        `,
      )}
    </ul>
  `;
}
