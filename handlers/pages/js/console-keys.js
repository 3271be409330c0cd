// The keyboard. Keys are taken by their place (event.code), so that they work with a Russian or Chinese layout too.
import { useEffect } from "../vendor/preact-htm.js";
import { TABS, isMine, rowsOf } from "./console-store.js";

/** What the sheet shows; single keys work outside text fields and can be switched off. */
export const SHORTCUTS = [
  { name: "next", keys: ["N", "Alt+N"] },
  { name: "claim", keys: ["Alt+Enter"] },
  { name: "move", keys: ["Alt+J", "Alt+K"] },
  { name: "tab", keys: ["Alt+Q"] },
  { name: "reply", keys: ["R", "Alt+R"] },
  { name: "note", keys: ["Alt+M"] },
  { name: "answers", keys: ["/"] },
  { name: "suggestion", keys: ["Alt+1", "Alt+2", "Alt+3"] },
  { name: "transfer", keys: ["Alt+T"] },
  { name: "back", keys: ["Alt+B"] },
  { name: "snooze", keys: ["Alt+Z"] },
  { name: "close", keys: ["Alt+X"] },
  { name: "card", keys: ["Alt+I"] },
  { name: "presence", keys: ["Alt+O"] },
  { name: "settings", keys: ["Alt+S"] },
  { name: "keys", keys: ["?", "Alt+/"] },
  { name: "escape", keys: ["Esc"] },
];

const composer = () => document.querySelector(".composer textarea");
const press = (selector) => document.querySelector(selector)?.click();

export function useKeys(store, desk, settings) {
  useEffect(() => {
    const onKeyDown = (event) => {
      if (event.isComposing || event.ctrlKey || event.metaKey || store.get().dialog) return;
      const act = event.altKey ? withAlt(store, desk, event) : settings.keys === "on" && alone(store, desk, event);
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [settings.keys]);
}

function alone(store, desk, event) {
  if (event.key === "Escape" && !event.defaultPrevented) return () => escape(store, desk);
  if (event.target.closest("input, textarea, select")) return null;
  if (event.key === "?" || (event.code === "Slash" && event.shiftKey)) return () => desk.show("keys");
  if (event.shiftKey || event.repeat) return null;
  const acts = {
    KeyN: () => next(store, desk),
    KeyR: () => press('[data-mode="reply"]'),
    Slash: () => composer()?.focus(),
  };
  return acts[event.code];
}

function withAlt(store, desk, event) {
  const state = store.get();
  const mine = isMine(state, state.openId);
  const move = (name) => (mine ? () => desk.show(name) : null);
  const acts = {
    KeyN: () => next(store, desk),
    Enter: state.waiting.some((row) => row.id === state.openId) ? () => desk.claim(state.openId) : null,
    KeyJ: () => step(store, desk, 1),
    KeyK: () => step(store, desk, -1),
    KeyQ: () => desk.showTab(TABS[(TABS.indexOf(state.tab) + 1) % TABS.length]),
    KeyR: () => press('[data-mode="reply"]'),
    KeyM: () => press('[data-mode="note"]'),
    KeyT: move("transfer"),
    KeyB: move("back"),
    KeyZ: move("snooze"),
    KeyX: move("close"),
    KeyI: () => desk.toggleCard(),
    KeyO: () => desk.presence(state.me.presence === "online" ? "away" : "online"),
    KeyS: () => desk.show("settings"),
    Slash: () => desk.show("keys"),
    Digit1: () => press('[data-suggestion="1"]'),
    Digit2: () => press('[data-suggestion="2"]'),
    Digit3: () => press('[data-suggestion="3"]'),
  };
  return event.shiftKey ? null : acts[event.code];
}

function next(store, desk) {
  const { busy, waiting, me } = store.get();
  if (!busy && waiting.length && me.load < me.capacity) desk.next();
}

function step(store, desk, by) {
  const state = store.get();
  const rows = rowsOf(state);
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.id === state.openId);
  const to = at < 0 ? (by > 0 ? 0 : rows.length - 1) : (at + by + rows.length) % rows.length;
  desk.open(rows[to].id);
  document.querySelector(`[data-id="${rows[to].id}"]`)?.scrollIntoView({ block: "nearest" });
}

/** One step out: the drawer, the notice, then from the text to the list. */
function escape(store, desk) {
  const { cardOpen, notice, openId } = store.get();
  if (cardOpen) desk.toggleCard();
  else if (notice) desk.dismiss();
  else (document.querySelector(`[data-id="${openId}"]`) ?? document.querySelector(".next"))?.focus();
}
