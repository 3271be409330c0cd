// Mass events: what the clock has found, what people are told, and a way to say it is over.
import { html, useEffect, useState } from "../vendor/preact-htm.js";
import { useWords } from "./desk-words.js";
import { aboutOf, useIncidents } from "./ops-alarm.js";
import { ops } from "./ops-api.js";
import { Dialog, Field, Foot } from "./ops-dialog.js";

export function Tab({ onOut }) {
  const { t } = useWords();
  const [found, load] = useIncidents(onOut);
  const [asked, setAsked] = useState(null); // {deed: "announce" | "over", one?}
  const [topics, setTopics] = useState({});
  useEffect(() => void ops.incidentTopics().then((told) => setTopics(told.topics), () => {}), []);
  if (!found) return html`<p class="nothing" role="status">${t("page.ops.loading")}</p>`;
  const of = (fits) => found.incidents.filter(fits);
  const list = (name, incidents) => incidents.length > 0 && html`
    <h3>${t(`page.ops.incidents.${name}`)}</h3>
    <ul class="incidents">${incidents.map((one) => html`<${Row} key=${one.id} one=${one} found=${found} onAsk=${setAsked} onDone=${load} />`)}</ul>
  `;
  const now = of((one) => !one.over_at);
  return html`
    <section class="wide" aria-labelledby="title-incidents">
      <header class="incidents-head">
        <h2 id="title-incidents">${t("page.ops.incidents.title")}</h2>
        <button onClick=${() => setAsked({ deed: "announce" })}>${t("page.ops.incidents.new")}</button>
      </header>
      ${!now.length && html`<p class="verdict">${t("page.ops.incidents.none")}</p>`}
      ${list("alarms", of((one) => !one.announced_at))} ${list("announced", of((one) => one.announced_at && !one.over_at))}
      ${list("past", of((one) => one.over_at))}
      <p class="detail rule">${t("page.ops.incidents.rule")}</p>
      ${asked?.deed === "announce" && html`<${Announce} one=${asked.one} found=${found} topics=${topics} onShut=${() => setAsked(null)} onDone=${load} />`}
      ${asked?.deed === "over" && html`<${Over} one=${asked.one} onShut=${() => setAsked(null)} onDone=${load} />`}
    </section>
  `;
}

function Row({ one, found, onAsk, onDone }) {
  const words = useWords();
  const { t, number, when } = words;
  const dismiss = () => ops.incident(one.id, "dismiss").catch(() => {}).then(onDone);
  return html`
    <li class="incident" data-state=${one.over_at ? "over" : one.announced_at ? "announced" : "alarm"}>
      <div class="incident-about">
        <b>${aboutOf(one, found, words)}</b>
        <p class="detail">
          ${one.people > 0 && html`<span>${t("page.ops.incidents.people", { people: number(one.people), usual: number(one.usual) })}</span>`}
          <span>${one.announced_at ? t("page.ops.incidents.since", { when: when(one.announced_at), name: one.announced_by ?? "" }) : t("page.ops.incidents.found", { when: when(one.found_at) })}</span>
          ${one.over_at && html`<span>${t("page.ops.incidents.until", { when: when(one.over_at) })}</span>`}
          ${one.announced_at && html`<span>${t("page.ops.incidents.told", { n: number(one.told) })}</span>`}
          ${!one.over_at && html`<span>${t("page.ops.incidents.waiting", { n: number(one.waiting) })}</span>`}
        </p>
        ${one.text_ru && html`<p lang="ru">${one.text_ru}</p><p lang="zh-CN">${one.text_zh}</p>`}
      </div>
      ${!one.over_at && html`
        <div class="incident-deeds">
          ${one.announced_at
            ? html`<button onClick=${() => onAsk({ deed: "announce", one })}>${t("page.ops.incidents.change")}</button>
                <button class="primary" onClick=${() => onAsk({ deed: "over", one })}>${t("page.ops.incidents.over")}</button>`
            : html`<button onClick=${dismiss}>${t("page.ops.incidents.dismiss")}</button>
                <button class="primary" onClick=${() => onAsk({ deed: "announce", one })}>${t("page.ops.incidents.announce")}</button>`}
        </div>
      `}
    </li>
  `;
}

/** Both texts, and of a new one what it is about. */
function Announce({ one, found, topics, onShut, onDone }) {
  const words = useWords();
  const { t, pick } = words;
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  async function onSubmit(event) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = { ru: form.get("ru"), zh: form.get("zh") };
    setBusy(true);
    try {
      if (one) await ops.incident(one.id, "announce", { text });
      else await ops.openIncident({ topic: form.get("topic"), place: form.get("place"), text });
      await onDone();
      onShut();
    } catch (error) {
      setCode(error.code);
      setBusy(false);
    }
  }
  const area = (name, lang) => html`
    <${Field} label=${t(`page.ops.incidents.text_${name}`)}>
      <textarea name=${name} lang=${lang} rows="3" maxlength="600" required defaultValue=${one?.[`text_${name}`] ?? ""}></textarea>
    <//>
  `;
  return html`
    <${Dialog} title=${one ? aboutOf(one, found, words) : t("page.ops.incidents.new")} code=${code} onShut=${onShut}>
      <form onSubmit=${onSubmit}>
        ${!one && html`
          <${Field} label=${t("page.ops.incidents.topic")}>
            <select name="topic">
              <option value="">${t("page.ops.incidents.any_topic")}</option>
              ${Object.entries(topics).map(([id, title]) => html`<option key=${id} value=${id}>${pick(title)}</option>`)}
            </select>
          <//>
          <${Field} name="place" label=${t("page.ops.incidents.place")} hint=${t("page.ops.incidents.place_hint")} maxlength="100" />
        `}
        ${area("ru", "ru")} ${area("zh", "zh-CN")}
        <p class="detail">${t("page.ops.incidents.hint")}</p>
        <${Foot} go=${t("page.ops.incidents.announce")} busy=${busy} onShut=${onShut} />
      </form>
    <//>
  `;
}

function Over({ one, onShut, onDone }) {
  const { t, number } = useWords();
  const [code, setCode] = useState("");
  async function onSubmit(event) {
    event.preventDefault();
    try {
      await ops.incident(one.id, "over");
      await onDone();
      onShut();
    } catch (error) {
      setCode(error.code);
    }
  }
  return html`
    <${Dialog} title=${t("page.ops.incidents.over")} code=${code} onShut=${onShut}>
      <form onSubmit=${onSubmit}>
        <p>${t("page.ops.incidents.over_sure", { n: number(one.told) })}</p>
        <${Foot} go=${t("page.ops.incidents.over")} onShut=${onShut} />
      </form>
    <//>
  `;
}
