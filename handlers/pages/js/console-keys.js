// The keyboard. Keys are taken by their place (event.code), so that they work with a Russian or Chinese layout too.
import { useEffect } from "../vendor/preact-htm.js";
import { TABS, isMine, rowsOf } from "./console-store.js";

const composer = () => document.querySelector(".composer textarea");
const press = (selector) => document.querySelector(selector)?.click();
const TYPED = Symbol("the key goes on into the field");
const mineOnly = (dialog) => (state, desk) => isMine(state, state.openId) && (() => desk.show(dialog));
const mode = (name) => (state) => isMine(state, state.openId) && (() => press(`[data-mode="${name}"]`));
const suggestion = (number) => () => document.querySelector(`[data-suggestion="${number}"]`) && (() => press(`[data-suggestion="${number}"]`));

/**
 * Everything that can be done by a key: `code` with Alt, `alone` without, outside text fields, if that is switched on.
 * `act(state, desk)` gives what to do now, or nothing when there is nothing to do. `hidden` ones are not in the palette.
 */
export const COMMANDS = [
  { name: "palette", keys: ["Ctrl+K"], hidden: true },
  { name: "next", keys: ["N", "Alt+N"], code: "KeyN", alone: "KeyN", act: next },
  { name: "claim", keys: ["Alt+Enter"], code: "Enter", act: claim },
  { name: "move", keys: ["Alt+J", "Alt+K"], code: "KeyJ", hidden: true, act: (state, desk) => () => step(state, desk, 1) },
  { name: "move", code: "KeyK", hidden: true, act: (state, desk) => () => step(state, desk, -1) },
  { name: "tab", keys: ["Alt+Q"], code: "KeyQ", act: (state, desk) => () => desk.showTab(TABS[(TABS.indexOf(state.tab) + 1) % TABS.length]) },
  { name: "reply", keys: ["R", "Alt+R"], code: "KeyR", alone: "KeyR", act: mode("reply") },
  { name: "note", keys: ["Alt+M"], code: "KeyM", act: mode("note") },
  { name: "correct", keys: ["↑"], hidden: true },
  { name: "answers", keys: ["/"], alone: "Slash", hidden: true, act: answers },
  { name: "suggestion", keys: ["Alt+1", "Alt+2", "Alt+3"], code: "Digit1", hidden: true, act: suggestion(1) },
  { name: "suggestion", code: "Digit2", hidden: true, act: suggestion(2) },
  { name: "suggestion", code: "Digit3", hidden: true, act: suggestion(3) },
  { name: "transfer", keys: ["Alt+T"], code: "KeyT", act: mineOnly("transfer") },
  { name: "snooze", keys: ["Alt+Z"], code: "KeyZ", act: mineOnly("snooze") },
  { name: "back", keys: ["Alt+B"], code: "KeyB", act: mineOnly("back") },
  { name: "close", keys: ["Alt+X"], code: "KeyX", act: mineOnly("close") },
  { name: "card", keys: ["Alt+I"], code: "KeyI", act: (state, desk) => state.openId !== null && (() => desk.toggleCard()) },
  { name: "presence", keys: ["Alt+O"], code: "KeyO", act: (state, desk) => () => desk.presence(state.me.presence === "online" ? "away" : "online") },
  { name: "settings", keys: ["Alt+S"], code: "KeyS", act: (state, desk) => () => desk.show("settings") },
  { name: "keys", keys: ["?", "Alt+/"], code: "Slash", act: (state, desk) => () => desk.show("keys") },
  { name: "escape", keys: ["Esc"], hidden: true },
];

/** What the sheet shows. */
export const SHORTCUTS = COMMANDS.filter(({ keys }) => keys);

export function useKeys(store, desk, settings) {
  useEffect(() => {
    const onKeyDown = (event) => {
      if (event.isComposing || store.get().dialog) return;
      const act = found(store.get(), desk, event, settings);
      if (!act) return;
      if (act() !== TYPED) event.preventDefault();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [settings.keys]);
}

function found(state, desk, event, settings) {
  const { code, shiftKey } = event;
  if (event.ctrlKey || event.metaKey) return code === "KeyK" && !event.altKey && !shiftKey && (() => desk.show("palette"));
  if (event.altKey) return !shiftKey && COMMANDS.find((one) => one.code === code)?.act(state, desk);
  if (event.key === "Escape") return !event.defaultPrevented && (() => escape(state, desk));
  if (settings.keys !== "on" || event.target.closest("input, textarea, select")) return null;
  if (event.key === "?" || (code === "Slash" && shiftKey)) return () => desk.show("keys");
  return !shiftKey && !event.repeat && COMMANDS.find((one) => one.alone === code)?.act(state, desk);
}

/** Into an empty reply the sign itself goes too, and opens the ready answers. */
function answers(state) {
  if (!isMine(state, state.openId)) return null;
  return () => {
    press('[data-mode="reply"]');
    composer()?.focus();
    return composer()?.value === "" ? TYPED : undefined;
  };
}

function next({ busy, waiting, me }, desk) {
  return !busy && waiting.length > 0 && me.load < me.capacity && (() => desk.next());
}

function claim({ waiting, openId }, desk) {
  return waiting.some((row) => row.id === openId) && (() => desk.claim(openId));
}

function step(state, desk, by) {
  const rows = rowsOf(state);
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.id === state.openId);
  const to = at < 0 ? (by > 0 ? 0 : rows.length - 1) : (at + by + rows.length) % rows.length;
  desk.open(rows[to].id);
  document.querySelector(`[data-id="${rows[to].id}"]`)?.scrollIntoView({ block: "nearest" });
}

/** One step out: the drawer, the notice, then from the text to the list. */
function escape({ cardOpen, notice, openId }, desk) {
  if (cardOpen) desk.toggleCard();
  else if (notice) desk.dismiss();
  else (document.querySelector(`[data-id="${openId}"]`) ?? document.querySelector(".next"))?.focus();
}
