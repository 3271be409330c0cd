// Every case there was: found by when and how it went, or by the person's number; what is opened stands beside the list.
// What is looked for stands in the URL, a number never does.
import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { Icon } from "./desk-icons.js";
import { addWords, stopwatch, useWords, WordsProvider } from "./desk-words.js";
import { levelOf } from "./console-timer.js";
import { ops } from "./ops-api.js";
import { Search } from "./ops-cases-search.js";
import { useFeed } from "./ops-feed.js";

export const FIELDS = ["since", "until", "zone", "channel", "language", "agent", "topic", "state", "rating", "late"];

export function Tab({ me, query, setQuery, feed, onOut }) {
  const words = useWords();
  const [own, setOwn] = useState(null);
  useEffect(() => {
    let over = false;
    addWords(words, "cases").then((found) => over || setOwn(found));
    return () => (over = true);
  }, [words]);
  const picture = useFeed(feed);
  if (own?.language !== words.language || !picture) {
    return html`<p class="nothing" role="status">${words.t("page.ops.loading")}</p>`;
  }
  return html`<${WordsProvider} value=${own}><${Cases} me=${me} query=${query} setQuery=${setQuery} feed=${feed} picture=${picture} onOut=${onOut} /><//>`;
}

function Cases({ me, query, setQuery, feed, picture, onOut }) {
  const { t, language } = useWords();
  const wanted = Object.fromEntries(FIELDS.map((name) => [name, query[name] ?? ""]));
  const [found, more] = useCases(wanted, onOut);
  const onOpen = (chat, at) => setQuery({ chat: String(chat), at: at ? String(at) : undefined }, { push: true });
  const shut = () => setQuery({ chat: undefined, at: undefined }, { push: true });
  useEffect(() => {
    const onKey = (event) => event.key === "Escape" && query.chat && !event.defaultPrevented && shut();
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  });
  return html`
    <div class=${query.chat ? "live split cases" : "live cases"}>
      <section aria-labelledby="title-cases">
        <h2 id="title-cases">${t("page.cases.title")}</h2>
        <${Search} wanted=${wanted} told=${found.page} agents=${picture.agents} onChange=${setQuery} onOpen=${onOpen} />
        <${List} found=${found} open=${query} onOpen=${onOpen} />
        <div class="audit-foot">
          ${found.page?.more && html`<button onClick=${more}>${t("page.cases.more")}</button>`}
          <a href=${ops.casesFile({ ...wanted, lang: language })} download>${t("page.cases.csv")}</a>
        </div>
      </section>
      ${query.chat &&
      html`<aside class="beside" aria-label=${t("page.ops.beside")}>
        <${Later} key=${`${query.chat}-${query.at}`} id=${Number(query.chat)} asked=${Number(query.at) || 0} me=${me} feed=${feed} picture=${picture} onShut=${shut} />
      </aside>`}
    </div>
  `;
}

/** [{rows, page, code}, more]: an answer to an older wish is not shown. */
function useCases(wanted, onOut) {
  const [found, setFound] = useState({ rows: null, page: null, code: "" });
  const asked = useRef(0);
  async function ask(before) {
    const turn = (asked.current += 1);
    try {
      const page = await ops.cases({ ...wanted, before });
      if (turn !== asked.current) return;
      setFound((known) => ({ page: named(page, before && known.page), rows: before ? [...known.rows, ...page.rows] : page.rows, code: "" }));
    } catch (error) {
      if (error.status === 401) onOut("expired");
      else if (turn === asked.current) setFound((known) => ({ ...known, rows: known.rows ?? [], code: error.code }));
    }
  }
  useEffect(() => void ask(), FIELDS.map((name) => wanted[name]));
  return [found, () => ask(found.rows.at(-1).id)];
}

const named = (page, known) => (known ? { ...page, titles: { ...known.titles, ...page.titles } } : page);

function List({ found, open, onOpen }) {
  const { t, has } = useWords();
  if (found.code) {
    const key = `page.cases.refused.${found.code}`;
    return html`<p class="problem" role="alert">${t(has(key) ? key : "page.desk.error.failed")}</p>`;
  }
  if (!found.rows) return html`<p class="nothing" role="status">${t("page.ops.loading")}</p>`;
  if (!found.rows.length) return html`<p class="nothing">${t("page.cases.nothing")}</p>`;
  const heads = ["who", "topic", "wait", "handle", "ended", "rating"];
  return html`
    <table>
      <thead><tr>${heads.map((head) => html`<th key=${head} scope="col" class="first">${t(`page.cases.${head}`)}</th>`)}</tr></thead>
      <tbody>
        ${found.rows.map((one) => html`<${Row} key=${one.id} one=${one} page=${found.page} current=${isOpen(one, open)} onOpen=${onOpen} />`)}
      </tbody>
    </table>
  `;
}

const isOpen = (one, { chat, at }) => String(one.conversation_id) === chat && (!at || String(one.queued_at) === at);

function Row({ one, page, current, onOpen }) {
  const { t, has, when, pick } = useWords();
  const reason = `page.desk.reason.${one.reason}`;
  const ended = one.state === "open" ? t("page.cases.open") : t(`page.desk.outcome.${one.state}`);
  return html`
    <tr class=${current ? "current" : ""}>
      <td>
        <button class="link" aria-current=${current ? "true" : undefined} onClick=${() => onOpen(one.conversation_id, one.queued_at)}>
          <span class="mark">${t(`page.desk.mark.${one.line}`)}</span><${Icon} name=${one.channel} /><b>${one.name || t("page.desk.nameless")}</b>
        </button>
        <span class="detail"><time>${when(one.queued_at)}</time></span>
      </td>
      <td>${pick(page.titles[one.topic]) || one.topic}<span class="detail">${has(reason) ? t(reason) : one.reason}</span></td>
      <td><span class="level" data-level=${levelOf(one.wait_s, page.target_s)}>${stopwatch(one.wait_s)}</span></td>
      <td>${one.handle_s === null ? "—" : stopwatch(one.handle_s)}<span class="detail">${one.agent}</span></td>
      <td>${ended}<span class="detail">${pick(page.reasons[one.close_reason])}</span></td>
      <td class="rated">
        ${one.rating ? html`<span class=${one.rating <= 3 ? "stars low" : "stars"}>${one.rating}★</span>` : "—"}
        ${one.comment && html`<q class="detail">${one.comment}</q>`}
      </td>
    </tr>
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
