// Above every tab: an alarm that nobody has taken up yet.
import { html } from "../vendor/preact-htm.js";
import { useWords } from "./desk-words.js";
import { aboutOf, useIncidents } from "./ops-incidents.js";

export function Alarm({ onOpen }) {
  const words = useWords();
  const [found] = useIncidents();
  const alarm = found?.incidents.find((one) => !one.announced_at);
  if (!alarm) return html`<div role="alert"></div>`;
  const { t, number } = words;
  const told = { about: aboutOf(alarm, found, words), people: number(alarm.people), usual: number(alarm.usual) };
  return html`
    <div role="alert">
      <p class="alarm">${t("page.ops.alarm.one", told)} <button onClick=${onOpen}>${t("page.ops.alarm.go")}</button></p>
    </div>
  `;
}
