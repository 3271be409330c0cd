// A chat passed on: to a line, to a colleague whose load is seen as it is now, or back to the bot.
import { html, useEffect, useState } from "../vendor/preact-htm.js";
import { api } from "./desk-api.js";
import { useWords } from "./desk-words.js";
import { Dialog, Foot } from "./console-dialog.js";

const LINES = ["ru", "zh"];
const REASONS = ["language", "knows", "shift", "supervisor"];
const ASK_EVERY = 4000;

export function Transfer({ state, onShut, onGo }) {
  const { t } = useWords();
  const colleagues = useColleagues();
  const [to, setTo] = useState("");
  const [reason, setReason] = useState("");

  function submit(event) {
    event.preventDefault();
    const [kind, value] = to.split(":");
    onGo({ [kind]: value, reason: reason.trim() });
  }

  return html`
    <${Dialog} name="transfer" notice=${state.notice} onShut=${onShut}>
      <form onSubmit=${submit}>
        <fieldset>
          <legend>${t("page.desk.transfer.to")}</legend>
          ${LINES.map(
            (line) => html`<label class="choice" key=${line}>
              <input type="radio" name="to" value=${`line:${line}`} required onChange=${() => setTo(`line:${line}`)} />
              <span class="choice-name">${t(`page.desk.line.${line}`)}</span>
            </label>`,
          )}
          ${colleagues === null && html`<p class="detail">${t("page.desk.loading")}</p>`}
          ${colleagues?.map((agent) => html`<${Colleague} key=${agent.login} agent=${agent} to=${to} onTo=${setTo} />`)}
        </fieldset>
        <label class="field">
          <span>${t("page.desk.transfer.reason")}</span>
          <textarea rows="2" required maxlength="500" value=${reason} onInput=${(event) => setReason(event.currentTarget.value)}></textarea>
        </label>
        <div class="chips">
          ${REASONS.map((name) => {
            const said = t(`page.desk.transfer.reason.${name}`);
            return html`<button key=${name} type="button" class="chip" onClick=${() => setReason(said)}>${said}</button>`;
          })}
        </div>
        <${Foot} go=${t("page.desk.move.transfer")} disabled=${!to || !reason.trim() || state.busy} onShut=${onShut} />
      </form>
    <//>
  `;
}

// Those at the desk first, the freest of them before the others.
const PRESENCE = { online: 0, away: 1, offline: 2 };
const handiest = (a, b) => PRESENCE[a.presence] - PRESENCE[b.presence] || a.load - b.load || a.name.localeCompare(b.name);

function useColleagues() {
  const [colleagues, setColleagues] = useState(null);
  useEffect(() => {
    const ask = () => api.colleagues().then(({ agents }) => setColleagues(agents.sort(handiest)), () => setColleagues((known) => known ?? []));
    ask();
    const timer = setInterval(ask, ASK_EVERY);
    return () => clearInterval(timer);
  }, []);
  return colleagues;
}

/** Somebody who cannot take it is shown and not offered; who was chosen stays chosen, and the server has the last word. */
function Colleague({ agent, to, onTo }) {
  const { t } = useWords();
  const value = `agent:${agent.login}`;
  const takes = agent.presence === "online" && agent.load < agent.capacity;
  return html`
    <label class=${takes ? "choice" : "choice quiet"}>
      <input type="radio" name="to" value=${value} required disabled=${!takes && to !== value} onChange=${() => onTo(value)} />
      <span class="choice-name">${agent.name}</span>
      ${agent.languages.map((language) => html`<span class="mark" key=${language}>${t(`page.desk.mark.${language}`)}</span>`)}
      <span class=${`presence ${agent.presence}`}>${t(`page.desk.presence.${agent.presence}`)}</span>
      <span class="load" title=${t("page.desk.transfer.load")}>${agent.load}/${agent.capacity}</span>
    </label>
  `;
}

export function GiveBack({ state, onShut, onGo }) {
  const { t } = useWords();
  return html`
    <${Dialog} name="back" notice=${state.notice} onShut=${onShut}>
      <form onSubmit=${(event) => (event.preventDefault(), onGo())}>
        <p>${t("page.desk.back.about")}</p>
        <${Foot} go=${t("page.desk.move.back")} disabled=${state.busy} onShut=${onShut} />
      </form>
    <//>
  `;
}
