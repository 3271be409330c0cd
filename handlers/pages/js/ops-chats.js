// A list of chats: who waits on a line, whom a line or an agent holds, whom the bot answers. Asked anew as the house moves.
import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { Icon } from "./desk-icons.js";
import { useWords } from "./desk-words.js";
import { ops } from "./ops-api.js";
import { Timer } from "./console-timer.js";

/** "waiting-ru" -> ["waiting", "ru"]; a login may hold dashes of its own. */
const parts = (list) => /^(\w+)-?(.*)$/.exec(list)?.slice(1) ?? ["waiting", ""];

export function Chats({ list, feed, picture, onOpen, onShut }) {
  const { t, problem } = useWords();
  const [kind, of] = parts(list);
  const [found, setFound] = useState({ rows: null, at: 0, code: "" });
  const title = useRef(null);
  useEffect(() => title.current.focus(), []);
  useEffect(() => {
    let over = false;
    ops.chats({ [kind]: of || "all" }).then(
      ({ rows }) => over || setFound({ rows, at: Date.now(), code: "" }),
      (error) => over || setFound((last) => ({ ...last, code: error.code })),
    );
    return () => (over = true);
  }, [picture]);
  const who = kind === "agent" ? picture.agents.find((one) => one.login === of)?.name ?? of : of && t(`page.ops.line.${of}`);

  return html`
    <header class="beside-head">
      <h2 tabindex="-1" ref=${title}>${t(`page.ops.list.${kind}`, { who })}</h2>
      <button class="tool" aria-label=${t("page.ops.shut")} onClick=${onShut}><${Icon} name="shut" /></button>
    </header>
    ${found.code && html`<p class="problem" role="alert">${problem(found.code)}</p>`}
    ${found.rows?.length === 0 && html`<p class="nothing">${t("page.ops.list.empty")}</p>`}
    <ul class="chats">
      ${found.rows?.map(
        (row) => html`<li key=${row.id}>
          <button class="chat-row" onClick=${() => onOpen(row.id)}>
            <span class="chat-row-top">
              <span class="mark">${t(`page.desk.mark.${row.language}`)}</span>
              <${Icon} name=${row.channel} />
              <b>${row.name || t("page.desk.nameless")}</b>
              ${row.state !== "bot" && row.waiting_s > 0 &&
              html`<${Timer} since=${found.at - row.waiting_s * 1000} target=${picture.queue_target_s} />`}
            </span>
            <span class="chat-row-last">${row.preview}</span>
            ${row.agent && kind !== "agent" && html`<span class="detail">${t("page.ops.chat.with", { agent: row.agent })}</span>`}
          </button>
        </li>`,
      )}
    </ul>
  `;
}
