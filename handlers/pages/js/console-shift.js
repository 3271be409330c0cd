// The agent's own shift: figures, and the chats of the last day that can be opened again.
import { html, useEffect, useState } from "../vendor/preact-htm.js";
import { api } from "./desk-api.js";
import { Icon } from "./desk-icons.js";
import { stopwatch, useWords } from "./desk-words.js";

export function Shift({ state, desk }) {
  const { t, when } = useWords();
  const [shift, setShift] = useState(null);
  useEffect(() => {
    let current = true;
    api.shift().then((found) => current && setShift(found), (error) => current && desk.refused(error));
    return () => (current = false);
  }, [state.mine.length]);
  if (!shift) return html`<p class="nothing">${t("page.desk.loading")}</p>`;
  return html`
    <div class="shift">
      <p class="detail">${t("page.desk.shift.since", { time: when(shift.since) })}</p>
      <${Figures} shift=${shift} />
      <h2>${t("page.desk.shift.closed_chats")}</h2>
      ${shift.chats.length
        ? html`<ul>${shift.chats.map((chat) => html`<${Closed} key=${chat.id} chat=${chat} state=${state} desk=${desk} />`)}</ul>`
        : html`<p class="detail">${t("page.desk.empty.shift")}</p>`}
    </div>
  `;
}

function Figures({ shift }) {
  const { t, number } = useWords();
  const clock = (seconds) => (seconds === null ? "—" : stopwatch(seconds));
  const rated = shift.csat === null ? "—" : t("page.desk.shift.csat_of", { csat: number(shift.csat), count: shift.rated });
  const shown = {
    taken: shift.taken,
    closed: shift.closed,
    solved: shift.closed ? `${Math.round((100 * shift.solved) / shift.closed)} %` : "—",
    first_answer: clock(shift.first_answer_s),
    handle: clock(shift.handle_s),
    csat: rated,
  };
  return html`
    <dl class="figures">
      ${Object.entries(shown).map(([name, value]) => html`<div key=${name}><dt>${t(`page.desk.shift.${name}`)}</dt><dd>${value}</dd></div>`)}
    </dl>
  `;
}

function Closed({ chat, state, desk }) {
  const { t, when, pick } = useWords();
  const topic = pick(state.topics[chat.topic]);
  const about = [when(chat.closed_at), t(`page.desk.outcome.${chat.outcome}`), topic].filter(Boolean).join(" · ");
  return html`
    <li class="closed-chat">
      <span class="row-top">
        <span class="mark">${t(`page.desk.mark.${chat.language}`)}</span>
        <span class="channel"><${Icon} name=${chat.channel} /></span>
        <span class="row-name">${chat.name || t("page.desk.nameless")}</span>
        ${chat.rating && html`<span class="stars" title=${t("page.desk.happened.rated", { rating: chat.rating })}>${chat.rating}★</span>`}
      </span>
      <span class="row-bottom">
        <span class="row-line">${about}</span>
        <button class="link" disabled=${state.busy} onClick=${() => desk.reopen(chat.id)}>${t("page.desk.reopen")}</button>
      </span>
    </li>
  `;
}
