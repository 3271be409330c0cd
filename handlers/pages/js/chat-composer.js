// Where the person writes: grows to five lines, keeps its draft, never sends in the middle of a pinyin syllable.
import { html, useLayoutEffect, useRef, useState } from "../vendor/preact-htm.js";
import { Icon } from "./icons.js";

const TYPING_EVERY = 3000; // ms
const TEXT_LIMIT = 4096; // of one message; a longer text goes as several
const MOST = 20_480; // what the field takes
// What a phone offers first; whatever else is chosen is looked at before it is taken.
const ACCEPT = "image/jpeg,image/png,image/webp,application/pdf,text/plain,audio/*,video/mp4";
const CLIP = ["M19 11.5l-7.2 7.2a4.3 4.3 0 0 1-6.1-6.1l7.6-7.6a2.9 2.9 0 0 1 4.1 4.1l-7.5 7.5a1.4 1.4 0 0 1-2-2l6.8-6.9"];

export function Composer({ words, chat, draft, disabled }) {
  const [text, setText] = useState(draft.get());
  const field = useRef(null);
  const told = useRef(0);
  const chooser = useRef(null);
  const files = chat.files;
  const empty = !text.trim() && !files?.ready;
  useLayoutEffect(() => grow(field.current), [text]);

  function write(event) {
    setText(event.target.value);
    draft.set(event.target.value);
    if (Date.now() - told.current > TYPING_EVERY) {
      told.current = Date.now();
      chat.tellTyping();
    }
  }

  function send(event) {
    event?.preventDefault();
    if (empty || disabled) return;
    const left = parts(text.trim());
    if (files?.ready) files.send(left.shift() ?? "");
    while (left.length && chat.say(left[0])) left.shift();
    setText(left.join("\n"));
    draft.set(left.join("\n"));
    field.current.focus();
  }

  async function attach(chosen) {
    if (chosen.length) await chat.attach(chosen);
    field.current.focus();
  }

  /** A text that a table or a letter brings along with its picture stays a text. */
  function paste(event) {
    const { files: brought } = event.clipboardData;
    if (!brought.length || event.clipboardData.getData("text/plain")) return;
    event.preventDefault();
    attach([...brought]);
  }

  function press(event) {
    // keyCode 229 is how some input methods mark a key that still belongs to the syllable being written.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  }

  return html`
    ${files && html`<${files.Tray} disabled=${disabled} />`}
    <form class="composer" onSubmit=${send}>
      <div class="field">
        <button type="button" class="place" disabled=${disabled} onClick=${() => chooser.current.click()}
          title=${words.t("page.chat.attach")} aria-label=${words.t("page.chat.attach")}><${Icon} of=${CLIP} /></button>
        <input ref=${chooser} type="file" multiple hidden accept=${ACCEPT} tabindex="-1" aria-hidden="true" onChange=${({ target }) => {
          attach([...target.files]);
          target.value = "";
        }} />
        <textarea
          ref=${field}
          rows="1"
          maxlength=${MOST}
          enterkeyhint="send"
          autocomplete="off"
          placeholder=${words.t("page.chat.placeholder")}
          aria-label=${words.t("page.chat.placeholder")}
          value=${text}
          disabled=${disabled}
          onInput=${write}
          onKeyDown=${press}
          onPaste=${paste}
        ></textarea>
        <button type="button" class="place" disabled=${disabled} onClick=${chat.sharePlace}
          title=${words.t("page.chat.place")} aria-label=${words.t("page.chat.place")}><${Icon} name="pin" /></button>
      </div>
      <button type="submit" class="send" disabled=${disabled || empty} aria-label=${words.t("page.chat.send")}>
        <${Icon} name="send" />
      </button>
    </form>
  `;
}

/** A long text as several messages, cut at the end of a line or of a word. */
function parts(text) {
  if (text.length <= TEXT_LIMIT) return text ? [text] : [];
  const start = text.slice(0, TEXT_LIMIT);
  const end = start.search(/\n[^\n]*$/) + 1 || start.search(/\s\S*$/) + 1 || TEXT_LIMIT;
  return [text.slice(0, end).trim(), ...parts(text.slice(end).trim())];
}

/** WebKit has no field-sizing: the height follows the text by hand, CSS caps it at five lines. */
function grow(field) {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}
