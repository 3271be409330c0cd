// The left column: am I at the desk and how full are my hands, my chats, who waits, and the way to the next one.
import { html } from "../vendor/preact-htm.js";
import { Icon } from "./desk-icons.js";
import { useWords } from "./desk-words.js";
import { Timer } from "./console-timer.js";
import { Shift } from "./console-shift.js";
import { TABS, isUrgent, myRows, rowsOf } from "./console-store.js";

const WORKS_QUEUE = ["online", "away"];

export function Left({ state, desk, onLogout }) {
  const { t } = useWords();
  const rows = rowsOf(state);
  const aside = rows.filter((row) => row.snoozed_until);
  const now = rows.filter((row) => !row.snoozed_until);
  const rowOf = (row) => html`<${Row} key=${row.id} row=${row} state=${state} desk=${desk} />`;
  const full = state.me.load >= state.me.capacity;
  const urgent = state.waiting.some(isUrgent);
  return html`
    <nav class="left" aria-label=${t("page.desk.left")}>
      <${Me} me=${state.me} desk=${desk} onLogout=${onLogout} />
      <${Tabs} state=${state} desk=${desk} />
      <div class="rows" role="tabpanel" id="panel" aria-labelledby=${`tab-${state.tab}`}>
        ${state.tab === "shift" && html`<${Shift} state=${state} desk=${desk} />`}
        ${state.tab !== "shift" && !rows.length && html`<p class="nothing">${t(state.rev ? `page.desk.empty.${state.tab}` : "page.desk.loading")}</p>`}
        ${now.length > 0 && html`<ul>${now.map(rowOf)}</ul>`}
        ${aside.length > 0 &&
        html`<h2 class="rows-title">${t("page.desk.aside")} <span class="count">${aside.length}</span></h2>
          <ul class="aside">${aside.map(rowOf)}</ul>`}
      </div>
      <div class="left-foot">
        <button class=${urgent ? "primary next urgent" : "primary next"} disabled=${state.busy || full || !state.waiting.length} onClick=${() => desk.next()}>
          ${urgent && html`<${Icon} name="alarm" />`}
          <span>${t(full ? "page.desk.next.full" : urgent ? "page.desk.next.urgent" : "page.desk.next")}</span><kbd>N</kbd>
        </button>
      </div>
    </nav>
  `;
}

function Me({ me, desk, onLogout }) {
  const { t } = useWords();
  return html`
    <header class="me">
      <div class="me-top">
        <h1>${me.name}</h1>
        <div class="tools">
          ${me.role !== "agent" &&
          html`<a class="tool" href="/ops" aria-label=${t("page.desk.ops")} title=${t("page.desk.ops")}><${Icon} name="ops" /></a>`}
          <${Tool} name="keys" label=${t("page.desk.keys.title")} onClick=${() => desk.show("keys")} />
          <${Tool} name="settings" label=${t("page.desk.settings.title")} onClick=${() => desk.show("settings")} />
          <${Tool} name="leave" label=${t("page.desk.logout")} onClick=${onLogout} />
        </div>
      </div>
      <div class="me-bottom">
        <div class="switch" role="group" aria-label=${t("page.desk.presence")}>
          ${WORKS_QUEUE.map(
            (presence) => html`
              <button key=${presence} class=${presence} aria-pressed=${me.presence === presence}
                onClick=${() => desk.presence(presence)}>${t(`page.desk.presence.${presence}`)}</button>
            `,
          )}
        </div>
        <span class="load" title=${t("page.desk.load.about")}>
          <span class="sr">${t("page.desk.load.about")}: </span>${me.load}/${me.capacity}
        </span>
      </div>
    </header>
  `;
}

const Tool = ({ name, label, onClick }) => html`
  <button class="tool" aria-label=${label} title=${label} onClick=${onClick}><${Icon} name=${name} /></button>
`;

function Tabs({ state, desk }) {
  const { t } = useWords();
  const unread = myRows(state).reduce((sum, row) => sum + row.unread, 0);
  const urgent = state.waiting.some(isUrgent);
  const counts = { mine: state.mine.length, queue: state.waiting.length };

  function onKeyDown(event) {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const step = event.key === "ArrowRight" ? 1 : TABS.length - 1;
    const other = TABS[(TABS.indexOf(state.tab) + step) % TABS.length];
    desk.showTab(other);
    document.getElementById(`tab-${other}`).focus();
  }

  return html`
    <div class="tabs" role="tablist" aria-label=${t("page.desk.left")} onKeyDown=${onKeyDown}>
      ${TABS.map(
        (tab) => html`
          <button key=${tab} id=${`tab-${tab}`} role="tab" aria-selected=${state.tab === tab} aria-controls="panel"
            tabIndex=${state.tab === tab ? 0 : -1} onClick=${() => desk.showTab(tab)}>
            ${t(`page.desk.tab.${tab}`)}
            ${tab in counts && html` <span class=${tab === "queue" && urgent ? "count urgent" : "count"}>${counts[tab]}</span>`}
            ${tab === "queue" && urgent && html`<${Icon} name="alarm" /><span class="sr">${t("page.desk.urgent")}</span>`}
            ${tab === "mine" && unread > 0 && html`<span class="dot"><span class="sr">${t("page.desk.unread")}</span></span>`}
          </button>
        `,
      )}
    </div>
  `;
}

function Row({ row, state, desk }) {
  const { t, has, time, pick } = useWords();
  const urgent = isUrgent(row);
  const topic = row.topic === "human" ? "" : pick(state.topics[row.topic]);
  const marks = ["missed", "repeat"].filter((name) => row[name]);
  const channel = has(`page.desk.channel.${row.channel}`) ? t(`page.desk.channel.${row.channel}`) : row.channel;
  return html`
    <li>
      <button class=${urgent ? "row urgent" : "row"} data-id=${row.id} aria-current=${state.openId === row.id}
        onClick=${() => desk.open(row.id)}>
        <span class="row-top">
          <span class="mark" title=${t(`page.desk.language.${row.language}`)}>${t(`page.desk.mark.${row.language}`)}</span>
          <span class="channel" title=${channel}><${Icon} name=${row.channel} /><span class="sr">${channel}</span></span>
          <span class="row-name">${row.name || t("page.desk.nameless")}</span>
          ${row.snoozed_until
            ? html`<span class="timer until"><${Icon} name="clock" />${t("page.desk.until", { time: time(row.snoozed_until - state.clockOffset) })}</span>`
            : html`<${Timer} since=${row.since} target=${state.me.queue_target_s} />`}
        </span>
        ${(topic || marks.length > 0) &&
        html`<span class="row-about">
          ${marks.map((name) => html`<span key=${name} class=${`row-mark ${name}`}>${t(`page.desk.row.${name}`)}</span>`)}
          <span class="row-topic">${topic}</span>
        </span>`}
        <span class="row-bottom">
          ${urgent && html`<span class="urgent-mark"><${Icon} name="alarm" />${t("page.desk.urgent")}</span>`}
          <span class="row-line" lang=${row.language === "zh" ? "zh-CN" : "ru"}>${row.preview}</span>
          ${row.unread > 0 &&
          html`<span class="unread"><span class="sr">${t("page.desk.unread")}: </span>${row.unread}</span>`}
        </span>
      </button>
    </li>
  `;
}
