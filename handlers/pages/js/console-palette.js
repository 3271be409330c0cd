// Ctrl+K: everything that can be done now, and every chat on the lists, found by typing.
import { html, useEffect, useMemo, useRef, useState } from "../vendor/preact-htm.js";
import { LANGUAGES, useWords } from "./desk-words.js";
import { COMMANDS } from "./console-keys.js";

export function Palette({ state, desk, onLanguage, onShut }) {
  const { t } = useWords();
  const box = useRef(null);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const all = useChoices(state, desk, onLanguage);
  const wanted = query.trim().toLowerCase().split(/\s+/);
  const shown = all.filter(({ label, more }) => wanted.every((word) => `${label} ${more ?? ""}`.toLowerCase().includes(word)));
  const active = Math.min(at, shown.length - 1);
  useEffect(() => {
    const before = document.activeElement;
    box.current.showModal();
    return () => queueMicrotask(() => before?.isConnected && before.focus()); // what is behind is inert until it is gone
  }, []);
  useEffect(() => document.getElementById(`choice-${active}`)?.scrollIntoView({ block: "nearest" }), [active]);

  // The dialog gives the focus back first; only then is there a place for what the choice does with it.
  function run(choice) {
    onShut();
    setTimeout(choice.act);
  }

  function onKeyDown(event) {
    if (event.isComposing) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && shown.length) setAt((active + by + shown.length) % shown.length);
    else if (event.key === "Enter" && shown[active]) run(shown[active]);
    else return;
    event.preventDefault();
  }

  return html`
    <dialog ref=${box} class="dialog palette" aria-label=${t("page.desk.palette")} onClose=${onShut}
      onClick=${(event) => event.target === box.current && onShut()}>
      <input role="combobox" autocomplete="off" autofocus aria-expanded="true" aria-controls="choices" aria-label=${t("page.desk.palette")}
        aria-activedescendant=${shown.length ? `choice-${active}` : undefined} placeholder=${t("page.desk.palette")} value=${query}
        onKeyDown=${onKeyDown} onInput=${(event) => (setQuery(event.currentTarget.value), setAt(0))} />
      ${shown.length > 0 &&
      html`<ul id="choices" role="listbox" aria-label=${t("page.desk.palette")} tabindex="-1">
        ${shown.map(
          (choice, index) => html`<li key=${choice.id} id=${`choice-${index}`} role="option" aria-selected=${index === active}
            onMouseMove=${() => active !== index && setAt(index)} onMouseDown=${(event) => event.preventDefault()} onClick=${() => run(choice)}>
            <span class="choice-name">${choice.label}</span>
            ${choice.more && html`<span class="detail">${choice.more}</span>`}
            ${choice.keys?.map((key) => html`<kbd key=${key}>${key}</kbd>`)}
          </li>`,
        )}
      </ul>`}
      ${!shown.length && html`<p id="choices" class="nothing" role="status">${t("page.desk.answers.none")}</p>`}
    </dialog>
  `;
}

function useChoices(state, desk, onLanguage) {
  const { t, pick, language } = useWords();
  return useMemo(() => {
    const deeds = COMMANDS.filter(({ hidden }) => !hidden)
      .map((one) => ({ id: one.name, label: t(`page.desk.keys.${one.name}`), keys: one.keys, act: one.act(state, desk) }))
      .filter(({ act }) => act);
    const chats = [...state.mine, ...state.waiting].map((row) => ({
      id: `chat-${row.id}`,
      label: row.name || t("page.desk.nameless"),
      more: [t(`page.desk.tab.${state.mine.includes(row) ? "mine" : "queue"}`), pick(state.topics[row.topic]) || row.preview].filter(Boolean).join(" · "),
      act: () => desk.open(row.id),
    }));
    const tongues = LANGUAGES.filter((one) => one !== language).map((one) => ({
      id: `language-${one}`,
      label: t("page.desk.palette.language", { language: t(`page.desk.language.${one}`) }),
      act: () => onLanguage(one),
    }));
    return [...deeds, ...chats, ...tongues];
  }, [state, language]);
}
