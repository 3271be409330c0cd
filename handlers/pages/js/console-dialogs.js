// Which dialog is open.
import { html } from "../vendor/preact-htm.js";
import { Snooze } from "./console-aside.js";
import { Close } from "./console-close.js";
import { Palette } from "./console-palette.js";
import { GiveBack, Transfer } from "./console-passing.js";
import { Keys, Settings } from "./console-prefs.js";

export function Dialogs({ state, desk, settings, onSetting, onLanguage }) {
  const shut = () => desk.show(null);
  const id = state.openId;
  switch (state.dialog) {
    case "transfer":
      return html`<${Transfer} state=${state} onShut=${shut} onGo=${(move) => desk.transfer(id, move)} />`;
    case "back":
      return html`<${GiveBack} state=${state} onShut=${shut} onGo=${() => desk.giveBack(id)} />`;
    case "snooze":
      return html`<${Snooze} state=${state} onShut=${shut} onGo=${(pause) => desk.snooze(id, pause)} />`;
    case "close":
      return html`<${Close} state=${state} onShut=${shut} onGo=${(ending) => desk.close(id, ending)} />`;
    case "palette":
      return html`<${Palette} state=${state} desk=${desk} onLanguage=${onLanguage} onShut=${shut} />`;
    case "keys":
      return html`<${Keys} settings=${settings} onShut=${shut} />`;
    case "settings":
      return html`<${Settings} settings=${settings} onSetting=${onSetting} onLanguage=${onLanguage} onShut=${shut} />`;
    default:
      return null;
  }
}
