// Live: the house at a glance on the left; whatever is clicked, list or chat, opens beside it.
import { html, useEffect, useState } from "../vendor/preact-htm.js";
import { Agents, Faq, Flow, Lines } from "./ops-board.js";
import { Chats } from "./ops-chats.js";
import { useFeed } from "./ops-feed.js";
import { useWords } from "./desk-words.js";

export function Tab({ me, query, setQuery, feed }) {
  const { t, timeWithSeconds } = useWords();
  const picture = useFeed(feed);
  const mayLook = me.role !== "editor";
  const open = mayLook && (query.chat || query.list);
  const onOpen = mayLook ? (place) => setQuery({ list: undefined, chat: undefined, ...place }, { push: true }) : null;
  const shut = () => onOpen({});
  useEffect(() => {
    const onKey = (event) => event.key === "Escape" && open && !event.defaultPrevented && shut();
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  });

  if (!picture) return html`<p class="nothing" role="status">${t("page.ops.loading")}</p>`;
  return html`
    <p class="updated stale" role="status" hidden=${!feed.stale}>
      ${feed.stale > 0 && t("page.ops.stale", { time: timeWithSeconds(feed.stale) })}
    </p>
    <div class=${open ? "live split" : "live"}>
      <div class="board">
        <${Lines} picture=${picture} feed=${feed} onOpen=${onOpen} />
        <${Agents} picture=${picture} feed=${feed} onOpen=${onOpen} />
        <${Flow} stuck=${picture.stuck} feed=${feed} onOpen=${onOpen} />
        <${Faq} faq=${picture.faq} />
      </div>
      ${open &&
      html`<aside class="beside" aria-label=${t("page.ops.beside")}>
        ${query.chat
          ? html`<${Later} key=${query.chat} id=${Number(query.chat)} me=${me} feed=${feed} picture=${picture} onShut=${shut}
              onBack=${query.list && (() => onOpen({ list: query.list }))} />`
          : html`<${Chats} key=${query.list} list=${query.list} feed=${feed} picture=${picture} onShut=${shut}
              onOpen=${(id) => onOpen({ list: query.list, chat: String(id) })} />`}
      </aside>`}
    </div>
  `;
}

/** The chat's own module comes with the first chat that is opened. */
function Later(props) {
  const [Chat, setChat] = useState(null);
  useEffect(() => {
    import("./ops-chat.js").then((made) => setChat(() => made.Chat));
  }, []);
  return Chat && html`<${Chat} ...${props} />`;
}
