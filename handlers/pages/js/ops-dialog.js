// A dialog of the operations page: the browser's own <dialog> keeps the focus in and gives it back.
import { html, useEffect, useRef } from "../vendor/preact-htm.js";
import { useWords } from "./desk-words.js";

export function Dialog({ title, code, onShut, children }) {
  const { problem } = useWords();
  const box = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    box.current.showModal();
    return () => before?.isConnected && before.focus();
  }, []);
  return html`
    <dialog ref=${box} class="dialog" aria-labelledby="dialog-title" onClose=${onShut}
      onClick=${(event) => event.target === box.current && onShut()}>
      <div class="dialog-body">
        <h2 id="dialog-title">${title}</h2>
        ${children}
        ${code && html`<p class="problem" role="alert">${problem(code)}</p>`}
      </div>
    </dialog>
  `;
}

export function Foot({ go, busy, onShut }) {
  const { t } = useWords();
  return html`
    <div class="dialog-foot">
      <button type="button" onClick=${onShut}>${t("page.desk.cancel")}</button>
      ${go && html`<button class="primary" type="submit" disabled=${busy}>${go}</button>`}
    </div>
  `;
}

export function Field({ name, label, hint, children, ...input }) {
  return html`
    <label class="field"><span>${label}</span>
      ${children ?? html`<input name=${name} ...${input} />`}
      ${hint && html`<span class="detail">${hint}</span>`}
    </label>
  `;
}
