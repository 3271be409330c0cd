// The unsent text of each conversation: it survives switching, reload and a lost session, and goes when the chat ends.
import { useRef, useState } from "../vendor/preact-htm.js";

const EMPTY = { mode: "reply", reply: "", note: "", answer: null, corrects: null, kept: "" };

/** A draft and how to change it; `corrects` is the event whose words are changed, `kept` what stood in the field before. `answer` is the ready answer the reply was filled with, while it is unchanged. */
export function useDraft(login, id) {
  const key = `desk.draft.${login}.${id}`;
  const [draft, setDraft] = useState(() => kept(key));
  const latest = useRef(draft);

  function change(patch) {
    const next = { ...latest.current, ...patch };
    if (next.answer && next.reply !== next.answer.text_client) next.answer = null;
    latest.current = next;
    if (next.reply || next.note) localStorage.setItem(key, JSON.stringify(next));
    else localStorage.removeItem(key);
    setDraft(next);
  }

  return [draft, change];
}

/** Whoever leaves by their own will leaves no subscriber's words in the browser. */
export function forgetAll(login) {
  const ours = ["draft", "outbox", "seen"].map((kind) => `desk.${kind}.${login}.`);
  for (const key of Object.keys(localStorage)) if (ours.some((start) => key.startsWith(start))) localStorage.removeItem(key);
}

function kept(key) {
  try {
    return { ...EMPTY, ...JSON.parse(localStorage.getItem(key) ?? "{}") };
  } catch {
    return EMPTY;
  }
}
