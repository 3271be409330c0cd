// The board: lines, people, what is stuck, which FAQ serves. What can be opened is a button that says how many.
import { html } from "../vendor/preact-htm.js";
import { stopwatch, useWords } from "./desk-words.js";
import { levelOf, useSecond } from "./console-timer.js";

/** Seconds from a moment of the server's clock until now. */
const useAge = (feed) => {
  const now = useSecond();
  return (at) => Math.max(0, (now - feed.offset - at) / 1000);
};

export function Table({ name, heads, rows }) {
  const { t } = useWords();
  return html`
    <section class=${`table-${name}`} aria-labelledby=${`title-${name}`}>
      <h2 id=${`title-${name}`}>${t(`page.ops.${name}`)}</h2>
      <table>
        <thead><tr>${heads.map((head, index) => html`<th key=${head} scope="col" class=${index ? "" : "first"}>${t(`page.ops.${head}`)}</th>`)}</tr></thead>
        <tbody>${rows}</tbody>
      </table>
    </section>
  `;
}

function Count({ count, label, big, onClick }) {
  const look = big ? "big" : "";
  if (!onClick || !count) return html`<span class=${look}>${count}</span>`;
  return html`<button class=${`link count-link ${look}`} aria-label=${`${label}: ${count}`} onClick=${onClick}>${count}</button>`;
}

export function Lines({ picture, feed, onOpen }) {
  const { t, when } = useWords();
  const age = useAge(feed);
  const rows = picture.lines.map((one) => {
    const { line, waiting, held, oldest_at: oldest, late, late_today: lateToday, missed, online, free, opens_at: opens } = one;
    const name = t(`page.ops.line.${line}`);
    return html`
      <tr key=${line} data-line=${line}>
        <th scope="row">
          ${name}
          ${opens && html`<span class="detail">${t("page.ops.opens", { when: when(opens) })}</span>`}
        </th>
        <td><${Count} big count=${waiting} label=${`${name}, ${t("page.ops.waiting")}`} onClick=${onOpen && (() => onOpen({ list: `waiting-${line}` }))} /></td>
        <td><span class="level" data-level=${waiting ? levelOf(age(oldest), picture.queue_target_s) : ""}>${waiting ? stopwatch(age(oldest)) : "—"}</span></td>
        <td><span class="level" data-level=${late ? "overdue" : ""}>${late}</span> <span class="detail">${t("page.ops.of_today", { count: lateToday })}</span>
          ${missed > 0 && html`<span class="level missed" data-level="overdue">${t("page.ops.missed", { count: missed })}</span>`}</td>
        <td><${Count} count=${held} label=${`${name}, ${t("page.ops.talking")}`} onClick=${onOpen && (() => onOpen({ list: `held-${line}` }))} /></td>
        <td>${online || html`<span class="level" data-level=${waiting ? "overdue" : "late"}>${t("page.ops.unmanned")}</span>`}</td>
        <td>${free}</td>
      </tr>
    `;
  });
  const heads = ["line", "waiting", "longest", "late", "talking", "online", "free"];
  return html`
    <${Table} name="lines" heads=${heads} rows=${rows} />
    ${onOpen && html`<p class="with-bot"><button class="link" onClick=${() => onOpen({ list: "bot" })}>${t("page.ops.with_bot")}</button></p>`}
  `;
}

const ORDER = { online: 0, away: 1, offline: 2 };

export function Agents({ picture, feed, onOpen }) {
  const { t } = useWords();
  const age = useAge(feed);
  const people = [...picture.agents].sort((a, b) => ORDER[a.presence] - ORDER[b.presence] || a.name.localeCompare(b.name));
  const rows = people.map(
    (one) => html`
      <tr key=${one.login} data-login=${one.login}>
        <th scope="row">
          ${onOpen && one.load
            ? html`<button class="link" onClick=${() => onOpen({ list: `agent-${one.login}` })}>${one.name}</button>`
            : one.name}
          ${one.role !== "agent" && html`<span class="detail">${t(`page.ops.role.${one.role}`)}</span>`}
        </th>
        <td>${one.languages.map((language) => html`<span class="mark" key=${language}>${t(`page.desk.mark.${language}`)}</span> `)}</td>
        <td>
          <span class=${`presence ${one.presence}`}>${t(`page.desk.presence.${one.presence}`)}</span>
          ${one.since && one.presence !== "offline" && html`<span class="detail">${stopwatch(age(one.since))}</span>`}
        </td>
        <td class="load-cell">
          <meter min="0" max=${one.capacity} value=${one.load} aria-label=${t("page.ops.load")}></meter>
          <span class="load">${one.load}/${one.capacity}</span>
        </td>
        <td>${one.longest_at ? stopwatch(age(one.longest_at)) : "—"}</td>
      </tr>
    `,
  );
  return html`<${Table} name="agents" heads=${["agent", "languages", "presence", "load", "longest_chat"]} rows=${rows} />`;
}

export function Faq({ faq }) {
  const { t, number, language } = useWords();
  const findings = (faq.said?.[language] ?? faq.problem ?? "").split("\n").filter(Boolean);
  const fact = (name, value) => html`<div><dt>${t(`page.ops.faq.${name}`)}</dt><dd>${value}</dd></div>`;
  return html`
    <section aria-labelledby="title-faq">
      <h2 id="title-faq">${t("page.ops.faq")}</h2>
      <p class=${findings.length ? "verdict bad" : "verdict"} role="status">
        ${findings.length ? t("page.ops.faq.broken", { count: faq.errors }) : t("page.ops.faq.fine")}
      </p>
      ${findings.length > 0 && html`<ul class="findings">${findings.map((one) => html`<li key=${one}>${one}</li>`)}</ul>`}
      <dl>
        ${fact("entries", number(faq.entries))} ${fact("phrases", number(faq.phrases))}
        ${fact("level", html`<span class="level" data-level=${faq.level === "sentences" ? "" : "late"}>${t(`page.ops.faq.level.${faq.level}`)}</span>`)}
      </dl>
    </section>
  `;
}

const OLD = 30; // seconds on the way that are worth a colour

export function Flow({ stuck, feed, onOpen }) {
  const { t, number, when } = useWords();
  const age = useAge(feed);
  const lost = stuck.dead_in + stuck.dead_out;
  const onItsWay = (name, count, at) => html`
    <li key=${name} class="level" data-level=${count && age(at) > OLD ? "late" : ""}>
      ${count ? t(`page.ops.flow.${name}.some`, { count: number(count), age: stopwatch(age(at)) }) : t(`page.ops.flow.${name}.none`)}
    </li>
  `;
  const dead = (name, count) => count > 0 && html`<li key=${name} class="level" data-level="overdue">${t(`page.ops.flow.${name}.some`, { count: number(count) })}</li>`;
  return html`
    <section aria-labelledby="title-flow">
      <h2 id="title-flow">${t("page.ops.flow")}</h2>
      <p class=${lost ? "verdict bad" : "verdict"} role="status">${t(lost ? "page.ops.flow.lost" : "page.ops.flow.fine")}</p>
      <ul class="flow">
        ${onItsWay("inbox", stuck.inbox, stuck.inbox_at)} ${onItsWay("outbox", stuck.outbox, stuck.outbox_at)}
        ${dead("inbox_dead", stuck.dead_in)} ${dead("outbox_dead", stuck.dead_out)}
        ${stuck.dead.map(
          ({ conversation, at, error }) => html`<li class="detail" key=${`${conversation}-${at}`}>
            ${onOpen
              ? html`<button class="link" onClick=${() => onOpen({ chat: String(conversation) })}>${t("page.ops.chat.number", { id: conversation })}</button>`
              : t("page.ops.chat.number", { id: conversation })}
            ${" "}${when(at)} ${error}
          </li>`,
        )}
      </ul>
    </section>
  `;
}
