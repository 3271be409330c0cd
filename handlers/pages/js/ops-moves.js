// What a supervisor does to somebody else's chat: whisper, take over, hand to another agent.
import { html, useState } from "../vendor/preact-htm.js";
import { api } from "./desk-api.js";
import { useWords } from "./desk-words.js";
import { ops } from "./ops-api.js";

export function Moves({ id, me, about, held, picture, onMoved }) {
  const { t, problem } = useWords();
  const [whisper, setWhisper] = useState("");
  const [to, setTo] = useState("");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState(null);
  const mine = about.state === "assigned" && about.agent === me.name;
  const line = held?.line ?? about.language;

  async function go(doing, done = () => {}) {
    setBusy(true);
    setRefused(null);
    try {
      await doing();
      done();
      await onMoved();
    } catch (error) {
      setRefused(error);
    }
    setBusy(false);
  }
  function onWhisper(event) {
    event.preventDefault();
    if (whisper.trim()) go(() => api.note(id, whisper.trim()), () => setWhisper(""));
  }
  function onReassign(event) {
    event.preventDefault();
    if (to) go(() => ops.reassign(id, to), () => setTo(""));
  }

  return html`
    <div class="moves-of-chat">
      <form class="whisper" onSubmit=${onWhisper}>
        <label for="whisper">${t("page.ops.whisper.label")}</label>
        <textarea id="whisper" rows="2" maxlength="2000" value=${whisper} onInput=${(event) => setWhisper(event.currentTarget.value)}
          onKeyDown=${(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && onWhisper(event)}></textarea>
        <button type="submit" disabled=${busy || !whisper.trim()}>${t("page.ops.whisper.go")}</button>
      </form>
      <div class="hand-over">
        ${mine
          ? html`<a class="button primary" href="/console">${t("page.ops.take.mine")}</a>`
          : html`<button class="primary" disabled=${busy} onClick=${() => go(() => ops.takeOver(id))}>${t("page.ops.take")}</button>`}
        ${(about.state === "assigned" || about.state === "queued") &&
        html`<form onSubmit=${onReassign}>
          <label class="sr" for="reassign">${t("page.ops.reassign.label")}</label>
          <select id="reassign" value=${to} onChange=${(event) => setTo(event.currentTarget.value)}>
            <option value="">${t("page.ops.reassign.label")}</option>
            ${candidates(picture, line, about).map(
              (one) => html`<option key=${one.login} value=${one.login} disabled=${one.full || one.away}>
                ${t(one.away ? "page.ops.reassign.away" : "page.ops.reassign.one", { name: one.name, load: `${one.load}/${one.capacity}` })}
              </option>`,
            )}
          </select>
          <button type="submit" disabled=${busy || !to}>${t("page.ops.reassign.go")}</button>
        </form>`}
      </div>
      ${refused && html`<p class="problem" role="alert">${problem(refused.code, { agent: refused.agent })}</p>`}
    </div>
  `;
}

/** Who speaks the line's language, the freest first; who cannot take it now is shown and cannot be chosen. */
function candidates(picture, line, about) {
  return picture.agents
    .filter((one) => one.languages.includes(line) && one.name !== about.agent)
    .map((one) => ({ ...one, full: one.load >= one.capacity, away: one.presence !== "online" }))
    .sort((a, b) => a.away - b.away || a.full - b.full || a.load / a.capacity - b.load / b.capacity);
}
