// Dialogs: transfer, return to the bot, close, settings, the sheet of keys. The browser's own <dialog> keeps the focus.
import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { api } from "./desk-api.js";
import { LanguageSwitch } from "./desk-login.js";
import { useWords } from "./desk-words.js";
import { SHORTCUTS } from "./console-keys.js";
import { CHOICES } from "./console-settings.js";

export const CLOSE_REASONS = [
  "answered",
  "done",
  "fault_passed_on",
  "to_office",
  "silent",
  "not_subscriber",
  "not_ours",
  "other",
];
const LINES = ["ru", "zh"];

export function Dialogs({ state, desk, settings, onSetting, onLanguage }) {
  const shut = () => desk.show(null);
  const id = state.openId;
  switch (state.dialog) {
    case "transfer":
      return html`<${Transfer} state=${state} onShut=${shut} onGo=${(move) => desk.transfer(id, move)} />`;
    case "back":
      return html`<${GiveBack} state=${state} onShut=${shut} onGo=${() => desk.giveBack(id)} />`;
    case "close":
      return html`<${Close} state=${state} onShut=${shut} onGo=${(ending) => desk.close(id, ending)} />`;
    case "keys":
      return html`<${Keys} settings=${settings} onShut=${shut} />`;
    case "settings":
      return html`<${Settings} settings=${settings} onSetting=${onSetting} onLanguage=${onLanguage} onShut=${shut} />`;
    default:
      return null;
  }
}

function Dialog({ name, notice, onShut, children }) {
  const { t, problem } = useWords();
  const box = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    box.current.showModal();
    return () => before?.isConnected && before.focus();
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

function Foot({ go, disabled, onShut }) {
  const { t } = useWords();
  return html`
    <div class="dialog-foot">
      <button type="button" onClick=${onShut}>${t("page.desk.cancel")}</button>
      <button class="primary" type="submit" disabled=${disabled}>${go}</button>
    </div>
  `;
}

function Transfer({ state, onShut, onGo }) {
  const { t } = useWords();
  const [colleagues, setColleagues] = useState(null);
  const [reason, setReason] = useState("");
  useEffect(() => {
    api.colleagues().then((found) => setColleagues(found.agents.sort(handiest)), () => setColleagues([]));
  }, []);

  function submit(event) {
    event.preventDefault();
    const [kind, value] = String(new FormData(event.currentTarget).get("to")).split(":");
    onGo({ [kind]: value, reason: reason.trim() });
  }

  return html`
    <${Dialog} name="transfer" notice=${state.notice} onShut=${onShut}>
      <form onSubmit=${submit}>
        <fieldset>
          <legend>${t("page.desk.transfer.to")}</legend>
          ${LINES.map(
            (line) => html`<label class="choice" key=${line}>
              <input type="radio" name="to" value=${`line:${line}`} required />
              <span class="choice-name">${t(`page.desk.line.${line}`)}</span>
            </label>`,
          )}
          ${colleagues === null && html`<p class="detail">${t("page.desk.loading")}</p>`}
          ${colleagues?.map((agent) => html`<${Colleague} key=${agent.login} agent=${agent} />`)}
        </fieldset>
        <label class="field">
          <span>${t("page.desk.transfer.reason")}</span>
          <textarea rows="2" required maxlength="500" value=${reason} onInput=${(event) => setReason(event.currentTarget.value)}></textarea>
        </label>
        <div class="chips">
          ${["language", "knows", "shift", "supervisor"].map((name) => {
            const said = t(`page.desk.transfer.reason.${name}`);
            return html`<button key=${name} type="button" class="chip" onClick=${() => setReason(said)}>${said}</button>`;
          })}
        </div>
        <${Foot} go=${t("page.desk.move.transfer")} disabled=${!reason.trim() || state.busy} onShut=${onShut} />
      </form>
    <//>
  `;
}

// Those at the desk first, the freest of them before the others.
const PRESENCE = { online: 0, away: 1, offline: 2 };
const handiest = (a, b) => PRESENCE[a.presence] - PRESENCE[b.presence] || a.load - b.load || a.name.localeCompare(b.name);

function Colleague({ agent }) {
  const { t } = useWords();
  return html`
    <label class=${agent.presence === "offline" ? "choice quiet" : "choice"}>
      <input type="radio" name="to" value=${`agent:${agent.login}`} required />
      <span class="choice-name">${agent.name}</span>
      ${agent.languages.map((language) => html`<span class="mark" key=${language}>${t(`page.desk.mark.${language}`)}</span>`)}
      <span class=${`presence ${agent.presence}`}>${t(`page.desk.presence.${agent.presence}`)}</span>
      <span class="load">${agent.load}/${agent.capacity}</span>
    </label>
  `;
}

function GiveBack({ state, onShut, onGo }) {
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

function Close({ state, onShut, onGo }) {
  const { t } = useWords();

  function submit(event) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const note = String(form.get("note")).trim();
    onGo({ reason: form.get("reason"), outcome: form.get("outcome"), ...(note && { note }) });
  }

  return html`
    <${Dialog} name="close" notice=${state.notice} onShut=${onShut}>
      <form onSubmit=${submit}>
        <fieldset class="reasons">
          <legend>${t("page.desk.close.reason")}</legend>
          ${CLOSE_REASONS.map(
            (reason, index) => html`<label class="choice" key=${reason}>
              <input type="radio" name="reason" value=${reason} required autofocus=${index === 0} />
              <span class="choice-name">${t(`page.desk.close.reason.${reason}`)}</span>
            </label>`,
          )}
        </fieldset>
        <fieldset class="outcomes">
          <legend>${t("page.desk.close.outcome")}</legend>
          ${["solved", "unsolved"].map(
            (outcome) => html`<label class="choice" key=${outcome}>
              <input type="radio" name="outcome" value=${outcome} required />
              <span class="choice-name">${t(`page.desk.close.${outcome}`)}</span>
            </label>`,
          )}
        </fieldset>
        <label class="field">
          <span>${t("page.desk.close.note")}</span>
          <textarea name="note" rows="2" maxlength="2000"></textarea>
        </label>
        <${Foot} go=${t("page.desk.move.close")} disabled=${state.busy} onShut=${onShut} />
      </form>
    <//>
  `;
}

function Settings({ settings, onSetting, onLanguage, onShut }) {
  const { t } = useWords();
  return html`
    <${Dialog} name="settings" onShut=${onShut}>
      <form method="dialog">
        ${Object.entries(CHOICES).map(
          ([name, choices]) => html`<fieldset class="setting" key=${name}>
            <legend>${t(`page.desk.settings.${name}`)}</legend>
            ${choices.map(
              (choice) => html`<label class="choice" key=${choice}>
                <input type="radio" name=${name} value=${choice} checked=${settings[name] === choice}
                  onChange=${() => onSetting(name, choice)} />
                <span class="choice-name">${t(`page.desk.settings.${name}.${choice}`)}</span>
              </label>`,
            )}
          </fieldset>`,
        )}
        <fieldset class="setting">
          <legend>${t("page.desk.language")}</legend>
          <${LanguageSwitch} onLanguage=${onLanguage} />
        </fieldset>
        <p><a href="/ops?tab=account">${t("page.desk.settings.account")}</a></p>
        <div class="dialog-foot"><button class="primary" type="submit">${t("page.desk.done")}</button></div>
      </form>
    <//>
  `;
}

function Keys({ settings, onShut }) {
  const { t } = useWords();
  const single = (keys) => keys.length === 1;
  return html`
    <${Dialog} name="keys" onShut=${onShut}>
      <form method="dialog">
        <dl class="keys">
          ${SHORTCUTS.filter(({ keys }) => settings.keys === "on" || !keys.every(single)).map(
            ({ name, keys }) => html`<div key=${name}>
              <dt>${keys.filter((key) => settings.keys === "on" || !single(key)).map((key) => html`<kbd>${key}</kbd>`)}</dt>
              <dd>${t(`page.desk.keys.${name}`)}</dd>
            </div>`,
          )}
        </dl>
        <div class="dialog-foot"><button class="primary" type="submit">${t("page.desk.done")}</button></div>
      </form>
    <//>
  `;
}
