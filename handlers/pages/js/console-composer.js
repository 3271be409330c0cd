// Where an agent writes: a reply or a note, ready answers behind "/", the three likeliest ones as chips.
import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { api } from "./desk-api.js";
import { useWords } from "./desk-words.js";
import { useDraft } from "./console-draft.js";
import { Icon } from "./desk-icons.js";
import { isOwn, linesOf } from "./console-log.js";
import { pasted, useDrop } from "./file-drop.js";
import { Tray } from "./file-view.js";

const LONGEST = { reply: 4000, note: 2000 }; // as the server takes them
const ACCEPT = "image/jpeg,image/png,image/webp,application/pdf,text/plain,audio/*,video/mp4";
const ASK_AFTER = 120; // ms without typing

export function Composer({ talk, login, own, desk, settings, onTyping, refill, warning }) {
  const { t, number, language, files: words } = useWords();
  const [draft, change] = useDraft(login, talk.id);
  const field = useRef(null);
  const picker = usePicker(talk.id, draft.mode === "reply" ? draft.reply : "");
  const note = draft.mode === "note";
  const text = note ? draft.note : draft.reply;
  const foreign = !["ru", language].includes(talk.about?.language); // the meaning is told in Russian
  const chooser = useRef(null);
  const over = useDrop(attach);
  const files = note ? [] : talk.tray;
  const onTheWay = files.some((one) => !one.file && !one.error);
  const tooLong = Math.max(0, text.trim().length - LONGEST[draft.mode]);
  const nothing = !text.trim() && !files.some((one) => one.file);

  useEffect(() => field.current.focus(), []);
  useEffect(() => {
    if (refill) change({ mode: "reply", reply: draft.reply || refill.text });
  }, [refill]);
  useEffect(() => {
    if (!talk.correcting) return;
    // What was being written waits until the correction is done.
    change({ mode: "reply", reply: talk.correcting.text, answer: null, corrects: talk.correcting.event, kept: draft.kept || draft.reply });
    field.current.focus();
  }, [talk.correcting]);
  useEffect(() => grow(field.current), [text]);

  const doneCorrecting = () => change({ reply: draft.kept, answer: null, corrects: null, kept: "" });

  function setMode(mode) {
    change({ mode });
    field.current.focus();
  }

  function fill(answer) {
    change({ mode: "reply", reply: answer.text_client, answer });
    field.current.focus();
  }

  async function attach(chosen) {
    change({ mode: "reply" });
    await desk.trays.add(talk.id, chosen);
    field.current?.focus();
  }

  function onPaste(event) {
    const brought = pasted(event);
    if (!brought.length) return;
    event.preventDefault();
    attach(brought);
  }

  async function submit() {
    const said = text.trim();
    if (nothing || onTheWay || tooLong) return;
    if (!note && draft.corrects) {
      if (await desk.correct(talk.id, draft.corrects, said)) doneCorrecting();
    } else if (!note) {
      desk.say(talk.id, said, draft.answer?.entry);
      change({ reply: "", answer: null });
    } else if (await desk.note(talk.id, said)) change({ note: "", mode: "reply" });
    field.current?.focus();
  }

  function onKeyDown(event) {
    // While a Chinese or Russian input method composes, Enter belongs to it.
    if (event.isComposing || event.keyCode === 229) return;
    if (picker.open && picker.onKeyDown(event, fill)) return;
    if (draft.corrects && event.key === "Escape") {
      event.preventDefault();
      return doneCorrecting();
    }
    if (event.key === "ArrowUp" && !text && !note) return correctLast(event);
    if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
    if (settings.send === "ctrl" && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    submit();
  }

  function correctLast(event) {
    const last = linesOf(talk.events).findLast((line) => isOwn(line, own));
    if (!last) return;
    event.preventDefault();
    desk.beginCorrection(talk.id, last);
  }

  function onInput({ currentTarget: { value } }) {
    change({ [draft.mode]: value });
    if (!note && value) onTyping();
  }

  return html`
    <section class=${note ? "composer noting" : "composer"} aria-label=${t("page.desk.composer")}>
      ${picker.open && html`<${Picker} picker=${picker} foreign=${foreign} onPick=${fill} />`}
      <${Suggestions} talk=${talk} onPick=${fill} />
      <div class="modes">
        <div role="group" aria-label=${t("page.desk.composer.mode")}>
          ${["reply", "note"].map(
            (mode) => html`
              <button key=${mode} data-mode=${mode} aria-pressed=${draft.mode === mode} onClick=${() => setMode(mode)}>
                ${t(`page.desk.composer.${mode}`)}
              </button>
            `,
          )}
        </div>
        ${warning}
        <span class="modes-hint">${t(note ? "page.desk.composer.note_hint" : "page.desk.composer.slash")}</span>
      </div>
      ${draft.corrects && !note &&
      html`<p class="correcting">${t("page.desk.correcting")} <button class="link" onClick=${doneCorrecting}>${t("page.desk.cancel")}</button></p>`}
      ${files.length > 0 &&
      html`<${Tray} items=${files} t=${words.t} why=${words.unsent} onRemove=${(key) => desk.trays.remove(talk.id, key)} />`}
      ${over && html`<p class="drop">${words.t("drop")}</p>`}
      <textarea ref=${field} onPaste=${onPaste} rows="2" value=${text} onInput=${onInput} onKeyDown=${onKeyDown}
        aria-label=${t(note ? "page.desk.composer.note_label" : "page.desk.composer.reply_label")}
        aria-autocomplete=${note ? undefined : "list"} aria-controls=${picker.open ? "answers" : undefined}
        aria-activedescendant=${picker.open && picker.rows.length ? `answer-${picker.at}` : undefined}
        lang=${!note && talk.about?.language === "zh" && draft.answer ? "zh-CN" : undefined}
        placeholder=${t(note ? "page.desk.composer.note_label" : "page.desk.composer.reply_label")}></textarea>
      ${tooLong > 0 && html`<p class="too-long" role="alert">${t("page.desk.composer.too_long", { most: number(LONGEST[draft.mode]), over: number(tooLong) })}</p>`}
      <div class="composer-foot">
        <button class="tool attach" aria-label=${t("page.desk.attach")} title=${t("page.desk.attach")} onClick=${() => chooser.current.click()}><${Icon} name="clip" /></button>
        <input ref=${chooser} type="file" multiple hidden accept=${ACCEPT} tabindex="-1" aria-hidden="true"
          onChange=${({ target }) => {
            attach([...target.files]);
            target.value = "";
          }} />
        <p class="meaning">${draft.answer && foreign && html`<b>${t("page.desk.composer.meaning")}</b> ${draft.answer.text_ru}`}</p>
        <span class="modes-hint">${t(`page.desk.composer.send_by_${settings.send}`)}</span>
        <button class="primary send" disabled=${nothing || onTheWay || tooLong > 0} onClick=${submit}>
          ${t(note ? "page.desk.composer.save" : "page.desk.composer.send")}
        </button>
      </div>
    </section>
  `;
}

function Suggestions({ talk, onPick }) {
  const { t, pick } = useWords();
  if (!talk.suggestions.length) return null;
  return html`
    <ul class="suggestions" aria-label=${t("page.desk.suggestions")}>
      ${talk.suggestions.slice(0, 3).map(
        (answer, index) => html`
          <li key=${answer.entry}>
            <button data-suggestion=${index + 1} title=${answer.text_client} onClick=${() => onPick(answer)}>
              <span>${pick(answer.title)}</span><kbd>Alt+${index + 1}</kbd>
            </button>
          </li>
        `,
      )}
    </ul>
  `;
}

/** Ready answers while the reply starts with "/": what follows is the search. */
function usePicker(id, reply) {
  const [rows, setRows] = useState([]);
  const [at, setAt] = useState(0);
  const [dismissed, setDismissed] = useState("");
  const open = reply.startsWith("/") && reply !== dismissed && !reply.includes("\n");

  useEffect(() => {
    if (!open) return undefined;
    let current = true;
    const timer = setTimeout(async () => {
      const found = await api.answers(id, reply.slice(1).trim()).catch(() => ({ answers: [] }));
      if (!current) return;
      setRows(found.answers);
      setAt(0);
    }, ASK_AFTER);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [id, open, reply]);

  function onKeyDown(event, fill) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && rows.length) setAt((at + step + rows.length) % rows.length);
    else if ((event.key === "Enter" || event.key === "Tab") && rows[at]) fill(rows[at]);
    else if (event.key === "Escape") setDismissed(reply);
    else return event.key === "Enter"; // nothing found: a search is not a reply
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  return { open, rows, at, setAt, onKeyDown };
}

function Picker({ picker, foreign, onPick }) {
  const { t, pick } = useWords();
  useEffect(() => document.getElementById(`answer-${picker.at}`)?.scrollIntoView({ block: "nearest" }), [picker.at]);
  return html`
    <div class="picker">
      <ul id="answers" role="listbox" tabIndex="0" aria-label=${t("page.desk.answers")}>
        ${picker.rows.map(
          (answer, index) => html`
            <li key=${answer.entry} id=${`answer-${index}`} role="option" aria-selected=${index === picker.at}
              onMouseMove=${() => picker.at !== index && picker.setAt(index)} onMouseDown=${(event) => event.preventDefault()}
              onClick=${() => onPick(answer)}>
              <b>${pick(answer.title)}</b>
              <span class="picker-text">${answer.text_client}</span>
              ${foreign && html`<span class="picker-meaning">${answer.text_ru}</span>`}
            </li>
          `,
        )}
      </ul>
      ${!picker.rows.length && html`<p class="nothing" role="status">${t("page.desk.answers.none")}</p>`}
    </div>
  `;
}

// Browsers without field-sizing (Safari, Firefox) are helped; the others grow by CSS.
function grow(field) {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}
