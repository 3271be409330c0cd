// Operations, live: who waits on which line, who is at the desk, which FAQ serves, what is stuck on its way.
import { html, render, useEffect, useState } from "../vendor/preact-htm.js";
import { api } from "./desk-api.js";
import { LanguageSwitch, Login } from "./desk-login.js";
import { loadWords, preferredLanguage, stopwatch, useWords, WordsProvider } from "./desk-words.js";
import { applyTheme, readSettings } from "./console-settings.js";
import { levelOf } from "./console-timer.js";

const ASK_EVERY = 3000;

function App({ firstWords, firstMe }) {
  const [words, setWords] = useState(firstWords);
  const [me, setMe] = useState(firstMe);
  const [expired, setExpired] = useState(false);
  const onLanguage = async (language) => setWords(await loadWords(language));
  const onOut = (reason) => (setExpired(reason === "expired"), setMe(null));
  const page = me
    ? html`<${Page} me=${me} onOut=${onOut} onLanguage=${onLanguage} />`
    : html`<${Login} expired=${expired} onIn=${setMe} onLanguage=${onLanguage} />`;
  return html`<${WordsProvider} value=${words}>${page}<//>`;
}

/** The overview, asked for again and again; the last good one stays when the server is away. */
function useOverview(me, onOut) {
  const [found, setFound] = useState({ overview: null, at: 0, problem: me.role === "agent" ? "forbidden" : "" });
  useEffect(() => {
    if (me.role === "agent") return undefined;
    let timer = 0;
    let over = false;
    async function ask() {
      try {
        const overview = await api.overview();
        if (!over) setFound({ overview, at: Date.now(), problem: "" });
      } catch (error) {
        if (error.status === 401) return onOut("expired");
        if (!over) setFound((last) => ({ ...last, problem: error.status === 403 ? "forbidden" : "stale" }));
      }
      if (!over) timer = setTimeout(ask, ASK_EVERY);
      return undefined;
    }
    ask();
    return () => ((over = true), clearTimeout(timer));
  }, []);
  return found;
}

function Page({ me, onOut, onLanguage }) {
  const { t, timeWithSeconds } = useWords();
  const { overview, at, problem } = useOverview(me, onOut);
  useEffect(() => {
    document.title = t("page.ops.title");
  });

  async function onLogout() {
    await api.logout().catch(() => {});
    onOut("left");
  }

  return html`
    <header class="bar">
      <h1>${t("page.ops.title")}</h1>
      <p class=${problem === "stale" ? "updated stale" : "updated"} role=${problem === "stale" ? "status" : undefined}>
        ${at > 0 && t(problem === "stale" ? "page.ops.stale" : "page.ops.updated", { time: timeWithSeconds(at) })}
      </p>
      <nav>
        ${me.role !== "editor" && html`<a href="/console">${t("page.ops.console")}</a>`}
        <${LanguageSwitch} onLanguage=${onLanguage} />
        <button onClick=${onLogout}>${t("page.desk.logout")}</button>
      </nav>
    </header>
    <main class="ops">
      ${problem === "forbidden" && html`<p class="nothing">${t("page.ops.forbidden")}</p>`}
      ${overview &&
      problem !== "forbidden" &&
      html`
        <${Lines} overview=${overview} />
        <${Agents} overview=${overview} />
        <div class="side"><${Faq} faq=${overview.faq} /><${Flow} stuck=${overview.stuck} /></div>
      `}
    </main>
  `;
}

function Table({ name, heads, rows, wide }) {
  const { t } = useWords();
  return html`
    <section class=${wide ? "wide" : ""} aria-labelledby=${`title-${name}`}>
      <h2 id=${`title-${name}`}>${t(`page.ops.${name}`)}</h2>
      <table>
        <thead><tr>${heads.map((head, index) => html`<th key=${head} scope="col" class=${index ? "" : "first"}>${t(`page.ops.${head}`)}</th>`)}</tr></thead>
        <tbody>${rows}</tbody>
      </table>
    </section>
  `;
}

const serving = (agents, line) =>
  agents.filter((one) => one.presence === "online" && one.role !== "editor" && one.languages.includes(line));

function Lines({ overview }) {
  const { t } = useWords();
  const rows = overview.lines.map(({ line, waiting, held, longest_s: longest }) => {
    const online = serving(overview.agents, line);
    const free = online.reduce((sum, one) => sum + Math.max(0, one.capacity - one.load), 0);
    return html`
      <tr key=${line}>
        <th scope="row">${t(`page.ops.line.${line}`)}</th>
        <td class="big">${waiting}</td>
        <td><span class="level" data-level=${waiting ? levelOf(longest, overview.queue_target_s) : ""}>${waiting ? stopwatch(longest) : "—"}</span></td>
        <td>${held}</td>
        <td>${online.length || html`<span class="level" data-level="late">${t("page.ops.unmanned")}</span>`}</td>
        <td>${free}</td>
      </tr>
    `;
  });
  return html`<${Table} name="lines" wide heads=${["line", "waiting", "longest", "talking", "online", "free"]} rows=${rows} />`;
}

const ORDER = { online: 0, away: 1, offline: 2 };

function Agents({ overview }) {
  const { t } = useWords();
  const people = overview.agents.filter((one) => one.role !== "editor");
  people.sort((a, b) => ORDER[a.presence] - ORDER[b.presence] || a.name.localeCompare(b.name));
  const rows = people.map(
    (one) => html`
      <tr key=${one.login}>
        <th scope="row">${one.name}</th>
        <td>${one.languages.map((language) => html`<span class="mark" key=${language}>${t(`page.desk.mark.${language}`)}</span> `)}</td>
        <td><span class=${`presence ${one.presence}`}>${t(`page.desk.presence.${one.presence}`)}</span></td>
        <td class="load-cell">
          <meter min="0" max=${one.capacity} value=${one.load} aria-label=${t("page.ops.load")}></meter>
          <span class="load">${one.load}/${one.capacity}</span>
        </td>
      </tr>
    `,
  );
  return html`<${Table} name="agents" heads=${["agent", "languages", "presence", "load"]} rows=${rows} />`;
}

function Faq({ faq }) {
  const { t, number } = useWords();
  const findings = (faq.problem ?? "").split("\n").filter(Boolean);
  const fact = (name, value) => html`<div><dt>${t(`page.ops.faq.${name}`)}</dt><dd>${value}</dd></div>`;
  return html`
    <section aria-labelledby="title-faq">
      <h2 id="title-faq">${t("page.ops.faq")}</h2>
      <p class=${findings.length ? "verdict bad" : "verdict"} role="status">
        ${findings.length ? t("page.ops.faq.broken", { count: findings.length }) : t("page.ops.faq.fine")}
      </p>
      ${findings.length > 0 && html`<ul class="findings">${findings.map((one) => html`<li key=${one}>${one}</li>`)}</ul>`}
      <dl>
        ${faq.version && fact("version", faq.version)}
        ${fact("entries", number(faq.entries))}
        ${fact("phrases", number(faq.phrases))}
        ${fact("level", html`<span class="level" data-level=${faq.level === "sentences" ? "" : "late"}>${t(`page.ops.faq.level.${faq.level}`)}</span>`)}
      </dl>
    </section>
  `;
}

function Flow({ stuck }) {
  const { t, number } = useWords();
  const lost = stuck.dead_in + stuck.dead_out;
  const row = (name, count, bad) => html`
    <tr key=${name}>
      <th scope="row">${t(`page.ops.flow.${name}`)}</th>
      <td><span class="level" data-level=${bad && count ? "overdue" : ""}>${number(count)}</span></td>
    </tr>
  `;
  return html`
    <section aria-labelledby="title-flow">
      <h2 id="title-flow">${t("page.ops.flow")}</h2>
      <p class=${lost ? "verdict bad" : "verdict"} role="status">${t(lost ? "page.ops.flow.lost" : "page.ops.flow.fine")}</p>
      <table>
        <tbody>
          ${row("inbox", stuck.inbox, false)} ${row("outbox", stuck.outbox, false)}
          ${row("inbox_dead", stuck.dead_in, true)} ${row("outbox_dead", stuck.dead_out, true)}
        </tbody>
      </table>
    </section>
  `;
}

applyTheme(readSettings());
const [words, me] = await Promise.all([loadWords(preferredLanguage()), api.me().catch(() => null)]);
render(html`<${App} firstWords=${words} firstMe=${me} />`, document.getElementById("app"));
