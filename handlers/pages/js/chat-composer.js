// Where the person writes: grows to five lines, keeps its draft, never sends in the middle of a pinyin syllable.
import { html, useLayoutEffect, useRef, useState } from "../vendor/preact-htm.js";
import { Icon } from "./icons.js";

const TYPING_EVERY = 3000; // ms
const TEXT_LIMIT = 4096;

export function Composer({ words, chat, draft, disabled }) {
  const [text, setText] = useState(draft.get());
  const field = useRef(null);
  const told = useRef(0);
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
    const said = text.trim();
    if (!said || disabled || !chat.say(said)) return;
    setText("");
    draft.set("");
    field.current.focus();
  }

  function press(event) {
    // keyCode 229 is how some input methods mark a key that still belongs to the syllable being written.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  }

  return html`
    <form class="composer" onSubmit=${send}>
      <div class="field">
        <textarea
          ref=${field}
          rows="1"
          maxlength=${TEXT_LIMIT}
          enterkeyhint="send"
          autocomplete="off"
          placeholder=${words.t("page.chat.placeholder")}
          aria-label=${words.t("page.chat.placeholder")}
          value=${text}
          disabled=${disabled}
          onInput=${write}
          onKeyDown=${press}
        ></textarea>
        <button type="button" class="place" disabled=${disabled} onClick=${chat.sharePlace}
          title=${words.t("page.chat.place")} aria-label=${words.t("page.chat.place")}><${Icon} name="pin" /></button>
      </div>
      <button type="submit" class="send" disabled=${disabled || !text.trim()} aria-label=${words.t("page.chat.send")}>
        <${Icon} name="send" />
      </button>
    </form>
  `;
}

/** WebKit has no field-sizing: the height follows the text by hand, CSS caps it at five lines. */
function grow(field) {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}
