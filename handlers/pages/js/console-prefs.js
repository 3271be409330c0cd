// What an agent sets for themselves, and the sheet of keys.
import { html } from "../vendor/preact-htm.js";
import { LanguageSwitch } from "./desk-login.js";
import { useWords } from "./desk-words.js";
import { Dialog } from "./console-dialog.js";
import { SHORTCUTS } from "./console-keys.js";
import { CHOICES } from "./console-settings.js";

export function Settings({ settings, onSetting, onLanguage, onShut }) {
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

export function Keys({ settings, onShut }) {
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
