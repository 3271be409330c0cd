// The operations page: words, login, and a frame whose tabs are loaded when they are opened.
import { html, render, useEffect, useMemo, useState } from "../vendor/preact-htm.js";
import { api } from "./desk-api.js";
import { LanguageSwitch, Login } from "./desk-login.js";
import { loadWords, preferredLanguage, useWords, WordsProvider } from "./desk-words.js";
import { applyTheme, readSettings } from "./console-settings.js";
import { Alarm } from "./ops-alarm.js";
import { Feed } from "./ops-feed.js";
import { tabsFor } from "./ops-tabs.js";
import { useUrl } from "./ops-url.js";

const phrases = (language) => loadWords(language, "ops");

function App({ firstWords, firstMe }) {
  const [words, setWords] = useState(firstWords);
  const [me, setMe] = useState(firstMe);
  const [expired, setExpired] = useState(false);
  const onLanguage = async (language) => setWords(await phrases(language));
  const onOut = (reason) => (setExpired(reason === "expired"), setMe(null));
  const page = me
    ? html`<${Frame} key=${me.login} me=${me} onOut=${onOut} onLanguage=${onLanguage} />`
    : html`<${Login} expired=${expired} onIn=${setMe} onLanguage=${onLanguage} />`;
  return html`<${WordsProvider} value=${words}>${page}<//>`;
}

function Frame({ me, onOut, onLanguage }) {
  const { t } = useWords();
  const tabs = tabsFor(me.role);
  const [{ tab: asked, query }, setQuery, open] = useUrl(me.role === "agent" ? "" : tabs[0].name);
  // Agents have nothing here but their own login, and only if they came for it.
  const tab = tabs.find((one) => one.name === asked) ?? (me.role === "agent" ? null : tabs[0]);
  const feed = useMemo(() => (tabs.some((one) => one.name === "live") ? new Feed(() => onOut("expired")) : null), []);
  useEffect(() => () => feed?.close(), []);
  useEffect(() => {
    document.title = tab ? `${t(`page.ops.tab.${tab.name}`)} · ${t("page.ops.title")}` : t("page.ops.title");
  });

  async function onLogout() {
    await api.logout().catch(() => {});
    onOut("left");
  }

  return html`
    <header class="bar">
      <h1>${t("page.ops.title")}</h1>
      <${Tabs} tabs=${tabs} current=${tab} onOpen=${open} />
      <nav class="doors" aria-label=${me.name}>
        ${me.role !== "editor" && html`<a href="/console">${t("page.ops.console")}</a>`}
        <${LanguageSwitch} onLanguage=${onLanguage} />
        <button onClick=${onLogout}>${t("page.desk.logout")}</button>
      </nav>
    </header>
    ${tabs.some((one) => one.name === "incidents") && html`<${Alarm} onOpen=${() => open("incidents")} />`}
    <main class="ops">
      ${tab
        ? html`<${Room} key=${tab.name} tab=${tab} me=${me} query=${query} setQuery=${setQuery}
            feed=${feed} onOut=${onOut} />`
        : html`<p class="nothing">${t("page.ops.forbidden")}</p>`}
    </main>
  `;
}

function Tabs({ tabs, current, onOpen }) {
  const { t } = useWords();
  if (!current || tabs.length < 2) return null;
  function onClick(event, name) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new browser tab was meant
    event.preventDefault();
    if (name !== current.name) onOpen(name);
  }
  return html`
    <nav class="tabs" aria-label=${t("page.ops.tabs")}>
      ${tabs.map(
        ({ name }) => html`
          <a key=${name} href=${`?tab=${name}`} aria-current=${name === current.name ? "page" : undefined}
            onClick=${(event) => onClick(event, name)}>${t(`page.ops.tab.${name}`)}</a>
        `,
      )}
    </nav>
  `;
}

/** A tab's module, once it is here; a deploy or a lost link in between is told, not a blank page. */
function Room({ tab, ...rest }) {
  const { t } = useWords();
  const [module, setModule] = useState(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    for (const name of [tab.style].flat()) addStyle(name);
    tab.load().then(setModule, () => setFailed(true));
  }, []);
  if (failed) {
    return html`
      <p class="nothing" role="alert">
        ${t("page.ops.tab_failed")} <button onClick=${() => location.reload()}>${t("page.ops.reload")}</button>
      </p>
    `;
  }
  if (!module) return html`<p class="nothing" role="status">${t("page.ops.loading")}</p>`;
  return html`<${module.Tab} ...${rest} />`;
}

function addStyle(name) {
  const href = new URL(`../css/${name}`, import.meta.url).href;
  if ([...document.styleSheets].some((sheet) => sheet.href === href)) return;
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
}

applyTheme(readSettings());
const [words, me] = await Promise.all([phrases(preferredLanguage()), api.me().catch(() => null)]);
render(html`<${App} firstWords=${words} firstMe=${me} />`, document.getElementById("app"));
