// What to look for among the cases: the period and how it went; or a number, whose chats are listed at once.
import { html, useEffect, useState } from "../vendor/preact-htm.js";
import { api } from "./desk-api.js";
import { Icon } from "./desk-icons.js";
import { useWords } from "./desk-words.js";
import { ops } from "./ops-api.js";

const CHANNELS = ["inapp", "telegram", "max"];
const STATES = ["solved", "unsolved", "left", "returned", "open"];
const RATINGS = ["low", "1", "2", "3", "4", "5", "any"];

export function Search({ wanted, told, agents, onChange, onOpen }) {
  const { t } = useWords();
  const since = wanted.since || told?.since || "";
  const until = wanted.until || told?.until || "";
  const anew = (patch) => onChange({ ...patch, chat: undefined, at: undefined });
  const day = (name, value) => html`
    <label class="field"><span>${t(`page.cases.by.${name}`)}</span>
      <input type="date" value=${value} onChange=${(event) => event.currentTarget.value && anew(both(name, event.currentTarget.value, since, until))} />
    </label>
  `;
  const pick = (name, values, label) => html`
    <label class="field"><span>${t(`page.cases.by.${name}`)}</span>
      <select value=${wanted[name]} onChange=${(event) => anew({ [name]: event.currentTarget.value })}>
        <option value="">${t("page.cases.any")}</option>
        ${values.map((one) => html`<option key=${one} value=${one}>${label(one)}</option>`)}
      </select>
    </label>
  `;
  const logins = [...new Set([...agents.map((one) => one.login), wanted.agent].filter(Boolean))];
  const nameOf = (login) => agents.find((one) => one.login === login)?.name ?? login;
  const stars = (one) => (/\d/.test(one) ? `${one}★` : t(`page.cases.rating.${one}`));
  return html`
    <form class="cases-search" role="search" aria-label=${t("page.cases.title")} onSubmit=${(event) => event.preventDefault()}>
      ${day("since", since)} ${day("until", until)}
      ${pick("language", ["ru", "zh"], (one) => t(`page.ops.line.${one}`))}
      ${pick("channel", CHANNELS, (one) => t(`page.desk.channel.${one}`))}
      ${pick("agent", logins, nameOf)}
      ${pick("state", STATES, (one) => t(one === "open" ? "page.cases.open" : `page.desk.outcome.${one}`))}
      ${pick("rating", RATINGS, stars)}
      <${Topic} wanted=${wanted.topic} onChange=${(topic) => anew({ topic })} />
      <label class="check"><input type="checkbox" checked=${wanted.late === "1"} onChange=${(event) => anew({ late: event.currentTarget.checked ? "1" : "" })} />
        <span>${t("page.cases.late", { s: told?.target_s ?? "" })}</span></label>
    </form>
    <${OfNumber} onOpen=${onOpen} />
  `;
}

/** Both ends stand in the URL, and the first is never after the last. */
function both(name, value, since, until) {
  const [first, last] = name === "since" ? [value, until < value ? value : until] : [since > value ? value : since, value];
  return { since: first, until: last };
}

/** The topics of the FAQ by their titles, some hundred of them: typed, and completed by the browser. */
function Topic({ wanted, onChange }) {
  const { t, pick } = useWords();
  const [topics, setTopics] = useState({});
  useEffect(() => void api.topics().then((found) => setTopics(found.topics), () => {}), []);
  const titles = Object.entries(topics).map(([id, title]) => [id, pick(title)]);
  const shown = pick(topics[wanted]) || wanted;
  function onPick(event) {
    const said = event.currentTarget.value.trim();
    const found = titles.find(([id, title]) => title === said || id === said);
    if (found || !said) onChange(found ? found[0] : "");
  }
  return html`
    <label class="field"><span>${t("page.cases.by.topic")}</span>
      <input type="search" list="cases-topics" value=${shown} placeholder=${t("page.cases.any")} onInput=${onPick} />
      <datalist id="cases-topics">${titles.map(([id, title]) => html`<option key=${id} value=${title} />`)}</datalist>
    </label>
  `;
}

/** A number goes in a body and into no address: what stands in an address is kept by browsers and proxies. */
function OfNumber({ onOpen }) {
  const { t, when, problem, has } = useWords();
  const [number, setNumber] = useState("");
  const [found, setFound] = useState({ chats: null, code: "" });
  async function onSubmit(event) {
    event.preventDefault();
    try {
      const { chats } = await ops.casesOfNumber(number);
      setFound({ chats, code: "" });
      if (chats.length === 1) onOpen(chats[0].id);
    } catch (error) {
      setFound({ chats: null, code: error.code });
    }
  }
  const refused = `page.cases.refused.${found.code}`;
  return html`
    <form class="cases-number" onSubmit=${onSubmit}>
      <label class="field"><span>${t("page.cases.by.number")}</span>
        <input type="tel" autocomplete="off" value=${number} placeholder=${t("page.cases.number_like")} onInput=${(event) => setNumber(event.currentTarget.value)} />
      </label>
      <button type="submit" disabled=${!number.trim()}>${t("page.cases.find")}</button>
      <span class="detail">${t("page.cases.number_kept")}</span>
    </form>
    ${found.code && html`<p class="problem" role="alert">${has(refused) ? t(refused) : problem(found.code)}</p>`}
    ${found.chats?.length === 0 && html`<p class="nothing" role="status">${t("page.cases.nobody")}</p>`}
    ${found.chats?.length > 1 &&
    html`<ul class="of-number">
      ${found.chats.map(
        (one) => html`<li key=${one.id}>
          <button class="link" onClick=${() => onOpen(one.id)}><${Icon} name=${one.channel} /> ${one.name || t("page.desk.nameless")}</button>
          <span class="detail">${[one.heard_at && when(one.heard_at), t("page.cases.asked_times", { n: one.cases })].filter(Boolean).join(" · ")}</span>
        </li>`,
      )}
    </ul>`}
  `;
}
