// What the menu offers, loaded when it is opened: go on in a messenger, undo that, see and erase what is kept.
import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { link } from "./poll.js";

const NAMES = { telegram: "Telegram", max: "MAX" };

export function Sheet({ words, chat, known, close }) {
  const [state, setState] = useState(null);
  const [way, setWay] = useState(null);
  const first = useRef(null);
  useEffect(() => {
    first.current?.querySelector("button")?.focus();
    if (known) chat.host.getToken(false).then((token) => link("GET", token)).then(setState);
  }, []);

  async function invite() {
    setWay({ waits: true });
    const answer = await link("POST", await chat.host.getToken(false));
    setWay(answer?.url ? answer : { failed: true });
  }

  function press(value, key) {
    chat.press({ value, label: words.t(key) });
    close();
  }

  return html`
    <div class="sheet" ref=${first}>
      ${state?.available.length > 0 && html`<${Way} way=${way} invite=${invite} words=${words} />`}
      ${state?.linked.length > 0 &&
      html`<button type="button" onClick=${() => press("unlink", "page.chat.menu.unlink")}>
        ${words.t("page.chat.menu.unlink")}<small>${state.linked.map((one) => NAMES[one.channel] ?? one.channel).join(", ")}</small>
      </button>`}
      <button type="button" onClick=${() => press("forget", "page.chat.menu.forget")}>${words.t("page.chat.menu.forget")}</button>
    </div>
  `;
}

/** A link opens only from a touch of its own, or the phone's browser takes it for a popup. */
function Way({ way, invite, words }) {
  if (way?.url) {
    return html`<a class="go" href=${way.url} target="_blank" rel="noopener">
      ${words.t("page.chat.menu.open", { name: NAMES[way.channel] ?? way.channel })}<small>${words.t("page.chat.menu.once")}</small>
    </a>`;
  }
  return html`<button type="button" disabled=${way?.waits} onClick=${invite}>
    ${words.t("page.chat.menu.link")}<small>${words.t(way?.failed ? "page.chat.menu.failed" : "page.chat.menu.link.why")}</small>
  </button>`;
}
