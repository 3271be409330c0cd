// Live: who waits on which line, who is at the desk, which FAQ serves, what is stuck on its way.
import { html, useEffect, useState } from "../vendor/preact-htm.js";
import { api } from "./desk-api.js";
import { stopwatch, useWords } from "./desk-words.js";
import { levelOf } from "./console-timer.js";

const ASK_EVERY = 3000;

export function Tab({ onOut }) {
  const { t, timeWithSeconds } = useWords();
  const { overview, at, problem } = useOverview(onOut);
  return html`
    <p class=${problem ? "updated stale" : "updated"} role=${problem ? "status" : undefined}>
      ${at > 0 && t(problem ? "page.ops.stale" : "page.ops.updated", { time: timeWithSeconds(at) })}
    </p>
    ${overview &&
    html`
      <${Lines} overview=${overview} />
      <${Agents} overview=${overview} />
      <div class="side"><${Faq} faq=${overview.faq} /><${Flow} stuck=${overview.stuck} /></div>
    `}
  `;
}

/** The overview, asked for again and again; the last good one stays when the server is away. */
function useOverview(onOut) {
  const [found, setFound] = useState({ overview: null, at: 0, problem: "" });
  useEffect(() => {
    let timer = 0;
    let over = false;
    async function ask() {
      try {
        const overview = await api.overview();
        if (!over) setFound({ overview, at: Date.now(), problem: "" });
      } catch (error) {
        if (error.status === 401) return onOut("expired");
        if (!over) setFound((last) => ({ ...last, problem: "stale" }));
      }
      if (!over) timer = setTimeout(ask, ASK_EVERY);
      return undefined;
    }
    ask();
    return () => ((over = true), clearTimeout(timer));
  }, []);
  return found;
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
