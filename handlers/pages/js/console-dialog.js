// A dialog and its foot. The browser's own <dialog> keeps the focus inside and Esc closes it.
import { html, useEffect, useRef } from "../vendor/preact-htm.js";
import { useWords } from "./desk-words.js";

export function Dialog({ name, notice, onShut, children }) {
  const { t, problem } = useWords();
  const box = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    box.current.showModal();
    return () => queueMicrotask(() => before?.isConnected && before.focus()); // what is behind is inert until it is gone
  }, []);
  return html`
    <dialog ref=${box} class=${`dialog dialog-${name}`} aria-labelledby="dialog-title" onClose=${onShut}
      onClick=${(event) => event.target === box.current && onShut()}>
      <div class="dialog-body">
        <h2 id="dialog-title">${t(`page.desk.${name}.title`)}</h2>
        ${children}
        ${notice && html`<p class="problem" role="alert">${problem(notice.code, { agent: notice.agent ?? "" })}</p>`}
      </div>
    </dialog>
  `;
}

export function Foot({ go, disabled, onShut }) {
  const { t } = useWords();
  return html`
    <div class="dialog-foot">
      <button type="button" onClick=${onShut}>${t("page.desk.cancel")}</button>
      <button class="primary" type="submit" disabled=${disabled}>${go}</button>
    </div>
  `;
}
