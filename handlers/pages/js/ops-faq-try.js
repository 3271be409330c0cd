// The playground: what a subscriber would hear, why, and beside it what the draft would say; sentences worth keeping.
import { html, useState } from "../vendor/preact-htm.js";
import { call } from "./desk-api.js";
import { useWords } from "./desk-words.js";

const CHANNELS = ["inapp", "telegram", "max"];

export function Playground({ onOut }) {
  const { t, problem, language } = useWords();
  const [asked, setAsked] = useState({ text: "", lang: language === "zh" ? "zh" : "ru", channel: "inapp" });
  const [found, setFound] = useState(null);
  const [told, setTold] = useState("");
  const set = (name) => (event) => setAsked({ ...asked, [name]: event.target.value });
  async function post(path, body, then) {
    setTold("");
    try {
      then(await call("POST", `ops/faq/${path}`, body));
    } catch (error) {
      if (error.status === 401) onOut("expired");
      else setTold(problem(error.code));
    }
  }
  function onSubmit(event) {
    event.preventDefault();
    if (asked.text.trim()) post("try", asked, setFound);
  }
  const keep = (topic) =>
    post("cases", { text: asked.text, lang: asked.lang, topic }, () => setTold(t("page.ops.faq.kept", { topic: topic ?? "—" })));
  return html`
    <section class="wide" aria-labelledby="title-try">
      <h2 id="title-try">${t("page.ops.faq.try")}</h2>
      <form class="row" onSubmit=${onSubmit}>
        <input class="grow" aria-label=${t("page.ops.faq.try.text")} placeholder=${t("page.ops.faq.try.text")} maxlength="400" value=${asked.text} onInput=${set("text")} />
        <select aria-label=${t("page.ops.faq.try.lang")} value=${asked.lang} onChange=${set("lang")}>
          <option value="ru">${t("page.ops.line.ru")}</option><option value="zh">${t("page.ops.line.zh")}</option>
        </select>
        <select aria-label=${t("page.ops.faq.try.channel")} value=${asked.channel} onChange=${set("channel")}>
          ${CHANNELS.map((one) => html`<option key=${one} value=${one}>${t(`page.ops.faq.channel.${one}`)}</option>`)}
        </select>
        <button class="main">${t("page.ops.faq.try.go")}</button>
      </form>
      ${told && html`<p role="status">${told}</p>`}
      ${found &&
      html`
        <div class="columns">
          <${Side} name="live" found=${found.live} keep=${keep} />
          ${found.draft && html`<${Side} name="draft" found=${found.draft} keep=${keep} />`}
        </div>
      `}
    </section>
  `;
}

function Side({ name, found, keep }) {
  const { t, number } = useWords();
  const percent = (value) => number(Math.round(value * 1000) / 10);
  const where = found.decision === "clarify" ? found.options.join(" | ") : found.topic;
  return html`
    <article class="tried" aria-label=${t(`page.ops.faq.side.${name}`)}>
      <h3>${t(`page.ops.faq.side.${name}`)}</h3>
      <p><b>${t(`page.ops.faq.decision.${found.decision}`)}</b> <code>${where}</code> ${percent(found.confidence)} %${" "}
        <span class="quiet">${t("page.ops.faq.from", { share: percent(found.thresholds.answer) })}</span></p>
      ${found.named.length > 0 && html`<p class="quiet">${found.named.map((one) => t(`page.ops.faq.named.${one.kind}`, { text: one.text })).join(" · ")}</p>`}
      <table>
        <thead><tr>${["topic", "chance", "meaning", "words", "near"].map((head) => html`<th key=${head} scope="col" class=${head === "topic" ? "first" : ""}>${t(`page.ops.faq.head.${head}`)}</th>`)}</tr></thead>
        <tbody>
          ${found.ranked.map(
            (one) => html`
              <tr key=${one.topic}>
                <th scope="row"><code>${one.topic}</code></th><td>${percent(one.chance)}</td>
                ${["meaning", "words", "near"].map((part) => html`<td key=${part}>${one.parts[part] === undefined ? "—" : number(one.parts[part])}</td>`)}
              </tr>
            `,
          )}
        </tbody>
      </table>
      <div class="reply">
        ${found.reply.text && html`<p>${found.reply.text}</p>`}
        ${found.reply.buttons.map((label) => html`<span class="choice" key=${label}>${label}</span> `)}
      </div>
      ${name === "live" &&
      html`
        <div class="row">
          ${found.ranked.slice(0, 3).map(({ topic }) => html`<button key=${topic} onClick=${() => keep(topic)}>${t("page.ops.faq.keep", { topic })}</button>`)}
          <button onClick=${() => keep(null)}>${t("page.ops.faq.keep_nothing")}</button>
        </div>
      `}
    </article>
  `;
}
