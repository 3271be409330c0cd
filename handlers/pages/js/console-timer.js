// Timers that tick together, from one clock.
import { html, useEffect, useState } from "../vendor/preact-htm.js";
import { stopwatch, useWords } from "./desk-words.js";

const watchers = new Set();
let ticking = 0;

export function useSecond() {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    watchers.add(setNow);
    ticking ||= setInterval(() => watchers.forEach((watcher) => watcher(Date.now())), 1000);
    return () => {
      watchers.delete(setNow);
      if (watchers.size) return;
      clearInterval(ticking);
      ticking = 0;
    };
  }, []);
  return now;
}

/** How long someone waits; amber from the target on, red from twice the target. Nothing when nobody waits. */
export function Timer({ since, target }) {
  const now = useSecond();
  const { t } = useWords();
  if (since === null || since === undefined) return html`<span class="timer"></span>`;
  const seconds = (now - since) / 1000;
  return html`
    <span class="timer" data-level=${levelOf(seconds, target)}>
      <span class="sr">${t("page.desk.waits")} </span>${stopwatch(seconds)}
    </span>
  `;
}

export function levelOf(seconds, target) {
  if (seconds >= 2 * target) return "overdue";
  return seconds >= target ? "late" : "calm";
}
