// Above every tab: an alarm that nobody has taken up yet. What it watches the tab of mass events watches with it.
import { html, useEffect, useState } from "../vendor/preact-htm.js";
import { useWords } from "./desk-words.js";
import { ops } from "./ops-api.js";

const EVERY = 15000;

const watchers = new Set(); // the tab and the strip above it show the same
const tellAll = (found) => watchers.forEach((tell) => tell(found));

/** {incidents, topics, places}, asked for again every few seconds; null until it is here. */
export function useIncidents(onOut) {
  const [found, setFound] = useState(null);
  const load = () => ops.incidents().then(tellAll, (error) => error.status === 401 && onOut?.("expired"));
  useEffect(() => {
    watchers.add(setFound);
    load();
    const timer = setInterval(() => document.hidden || load(), EVERY);
    return () => (clearInterval(timer), watchers.delete(setFound));
  }, []);
  return [found, load];
}

export function aboutOf(one, { topics, places }, { t, pick }) {
  const topic = one.topic && (pick(topics[one.topic]) || one.topic);
  const place = one.place && (pick(places[one.place]) || one.place);
  return topic && place ? t("page.ops.incidents.about_both", { topic, place }) : topic || place;
}

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
