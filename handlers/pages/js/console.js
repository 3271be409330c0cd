// The agents' desk: words first, then the login form or the desk.
import { html, render, useEffect, useMemo, useState } from "../vendor/preact-htm.js";
import { api } from "./desk-api.js";
import { Icon } from "./desk-icons.js";
import { Login } from "./desk-login.js";
import { loadWords, preferredLanguage, useWords, withFiles, WordsProvider } from "./desk-words.js";
import { Alerts } from "./console-alerts.js";
import { Card } from "./console-card.js";
import { Desk } from "./console-desk.js";
import { Dialogs } from "./console-dialogs.js";
import { forgetAll } from "./console-draft.js";
import { Feed } from "./console-feed.js";
import { useKeys } from "./console-keys.js";
import { Left } from "./console-left.js";
import { Middle } from "./console-middle.js";
import { Notices, useTitle } from "./console-notices.js";
import { applyTheme, readSettings, useSettings } from "./console-settings.js";
import { isMine, makeStore, useStore } from "./console-store.js";

const SLOW_LINK = 2000; // a hiccup shorter than this is not worth a word

const wordsOf = async (language) => withFiles(await loadWords(language));

function App({ firstWords, firstMe }) {
  const [words, setWords] = useState(firstWords);
  const [me, setMe] = useState(firstMe);
  const [expired, setExpired] = useState(false);

  async function onLanguage(language) {
    setWords(await wordsOf(language));
  }

  function onOut(reason) {
    setExpired(reason === "expired");
    setMe(null);
  }

  const page = !me
    ? html`<${Login} expired=${expired} onIn=${setMe} onLanguage=${onLanguage} />`
    : me.role === "editor"
      ? html`<${NoQueue} />`
      : html`<${Workplace} key=${me.login} me=${me} onOut=${onOut} onLanguage=${onLanguage} />`;
  return html`<${WordsProvider} value=${words}>${page}<//>`;
}

function NoQueue() {
  const { t } = useWords();
  return html`<main class="login"><p class="login-form">${t("page.desk.no_queue")} <a href="/ops">${t("page.desk.ops")}</a></p></main>`;
}

function Workplace({ me, onOut, onLanguage }) {
  const words = useWords();
  const { t } = words;
  const [settings, onSetting] = useSettings();
  const { store, alerts, notices, feed, desk } = useMemo(() => {
    const made = { store: makeStore(me) };
    made.alerts = new Alerts(made.store);
    made.feed = new Feed(made.store, { onSessionOver: () => onOut("expired"), onNews });
    made.desk = new Desk(made.store, made.feed);
    made.notices = new Notices(made.store, (id) => made.desk.open(id));
    return made;

    function onNews({ waiting, heard }) {
      made.alerts.onNews({ waiting, heard });
      waiting.forEach((row) => made.notices.waiting(row));
      if (heard) made.notices.heard(heard);
    }
  }, []);
  useEffect(() => {
    feed.start();
    return () => (feed.stop(), alerts.stop(), notices.stop());
  }, []);
  useEffect(() => alerts.set(settings.sound), [settings.sound]);
  useEffect(() => notices.set(settings.notify, words), [settings.notify, words]);
  useKeys(store, desk, settings);
  const state = useStore(store);
  useTitle(state, t("page.desk.title"));

  async function onLogout() {
    await api.logout().catch(() => {});
    forgetAll(me.login);
    onOut("left");
  }

  const talk = state.talks[state.openId];
  return html`
    <div class="desk" data-open=${state.openId !== null} data-card=${state.cardOpen}>
      <${Strip} link=${state.link} outdated=${state.outdated} busy=${Boolean(state.dialog)} />
      <${Left} state=${state} desk=${desk} onLogout=${onLogout} />
      <${Middle} state=${state} desk=${desk} feed=${feed} settings=${settings} />
      <aside class="right" aria-label=${t("page.desk.card.title")}>
        <button class="tool card-shut" aria-label=${t("page.desk.card.shut")} onClick=${() => desk.toggleCard()}><${Icon} name="shut" /></button>
        ${talk
          ? html`<${Card} key=${talk.id} talk=${talk} reasons=${state.reasons} onReload=${() => feed.loadCard(talk.id)}
              onReveal=${(isMine(state, talk.id) || me.role !== "agent") && (() => desk.reveal(talk.id))} />`
          : html`<p class="nothing">${t("page.desk.card.nobody")}</p>`}
      </aside>
      <${Notice} state=${state} desk=${desk} />
      <${Dialogs} state=${state} desk=${desk} settings=${settings} onSetting=${onSetting} onLanguage=${onLanguage} />
    </div>
  `;
}

/** After a deploy the page is an old one: it is loaded anew when nobody looks, or by a click. Drafts survive both. */
function Strip({ link, outdated, busy }) {
  const { t } = useWords();
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_LINK);
    return () => (clearTimeout(timer), setSlow(false));
  }, [link]);
  useEffect(() => {
    const unseen = () => document.visibilityState === "hidden" && location.reload();
    if (outdated && !busy) document.addEventListener("visibilitychange", unseen);
    return () => document.removeEventListener("visibilitychange", unseen);
  }, [outdated, busy]);
  const away = slow && link !== "up";
  return html`<p class="strip" role="status">
    ${away ? t("page.desk.offline") : outdated && html`${t("page.desk.outdated")}${" "}
      <button class="link" onClick=${() => location.reload()}>${t("page.desk.reload")}</button>`}
  </p>`;
}

function Notice({ state, desk }) {
  const { t, problem } = useWords();
  const { notice, dialog } = state;
  const name = notice?.name || t("page.desk.nameless");
  const said = notice?.done ? t(`page.desk.did.${notice.done}`, { name }) : notice && problem(notice.code, { agent: notice.agent ?? "", n: notice.n ?? "" });
  return html`
    <div class="notice-place" role="status">
      ${notice &&
      !dialog &&
      html`<p class="notice">
        ${said}
        ${notice.reopen && html`<button class="link" onClick=${() => desk.reopen(notice.reopen)}>${t("page.desk.reopen")}</button>`}
        <button class="link" onClick=${() => desk.dismiss()}>${t("page.desk.understood")}</button>
      </p>`}
    </div>
  `;
}

applyTheme(readSettings());
const [words, me] = await Promise.all([wordsOf(preferredLanguage()), api.me().catch(() => null)]);
render(html`<${App} firstWords=${words} firstMe=${me} />`, document.getElementById("app"));
