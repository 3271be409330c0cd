// The audit: who did what, on which chat or login, when, from where. What is looked for stands in the URL.
import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { useWords } from "./desk-words.js";
import { ops } from "./ops-api.js";

const FIELDS = ["since", "until", "actor", "action", "conversation"];

export function Tab({ query, setQuery, onOut }) {
  const { t, problem } = useWords();
  const [found, setFound] = useState({ entries: null, more: false, actions: [], code: "" });
  const wanted = Object.fromEntries(FIELDS.map((name) => [name, query[name] ?? ""]));
  const asked = useRef(0);

  async function ask(before) {
    const turn = (asked.current += 1); // an answer to a question asked before is not shown
    try {
      const page = await ops.audit({ ...forServer(wanted), before });
      if (turn !== asked.current) return;
      setFound((known) => ({ ...page, entries: before ? [...known.entries, ...page.entries] : page.entries, code: "" }));
    } catch (error) {
      if (error.status === 401) onOut("expired");
      else if (turn === asked.current) setFound((known) => ({ ...known, entries: known.entries ?? [], code: error.code }));
    }
  }
  useEffect(() => void ask(), FIELDS.map((name) => wanted[name]));

  return html`
    <section class="wide audit" aria-labelledby="title-audit">
      <h2 id="title-audit">${t("page.ops.audit.title")}</h2>
      <${Search} wanted=${wanted} actions=${found.actions} onChange=${setQuery} />
      ${found.code && html`<p class="problem" role="alert">${problem(found.code)}</p>`}
      ${found.entries?.length === 0 && !found.code && html`<p class="nothing">${t("page.ops.audit.nothing")}</p>`}
      ${found.entries?.length > 0 && html`<${Entries} entries=${found.entries} />`}
      <div class="audit-foot">
        ${found.more && html`<button onClick=${() => ask(found.entries.at(-1).id)}>${t("page.ops.audit.more")}</button>`}
        <a href=${ops.auditFile(forServer(wanted))} download>${t("page.ops.audit.csv")}</a>
      </div>
    </section>
  `;
}

/** "Until the 23rd" means the whole of the 23rd. */
function forServer(wanted) {
  if (!wanted.until) return wanted;
  const day = new Date(`${wanted.until}T00:00:00Z`);
  if (Number.isNaN(day.getTime())) return wanted;
  day.setUTCDate(day.getUTCDate() + 1);
  return { ...wanted, until: day.toISOString().slice(0, 10) };
}

function Search({ wanted, actions, onChange }) {
  const { t, has } = useWords();
  const field = (name, more) => html`
    <label class="field" key=${name}><span>${t(`page.ops.audit.by.${name}`)}</span>
      <input value=${wanted[name]} onChange=${(event) => onChange({ [name]: event.currentTarget.value.trim() })} ...${more} />
    </label>
  `;
  return html`
    <form class="audit-search" role="search" onSubmit=${(event) => event.preventDefault()}>
      ${field("since", { type: "date" })} ${field("until", { type: "date" })}
      ${field("actor", { type: "search", autocapitalize: "none", spellcheck: false })}
      <label class="field"><span>${t("page.ops.audit.by.action")}</span>
        <select value=${wanted.action} onChange=${(event) => onChange({ action: event.currentTarget.value })}>
          <option value="">${t("page.ops.audit.any")}</option>
          ${actions.filter((one) => has(`page.ops.did.${one}`)).map((one) => html`<option key=${one} value=${one}>${t(`page.ops.did.${one}`)}</option>`)}
        </select>
      </label>
      ${field("conversation", { type: "search", inputmode: "numeric", pattern: "[0-9]*" })}
    </form>
  `;
}

function Entries({ entries }) {
  const { t, has, moment } = useWords();
  const heads = ["at", "actor", "action", "about", "peer"];
  return html`
    <table>
      <thead><tr>${heads.map((head) => html`<th key=${head} scope="col" class="first">${t(`page.ops.audit.${head}`)}</th>`)}</tr></thead>
      <tbody>
        ${entries.map(
          (one) => html`<tr key=${one.id}>
            <td><time>${moment(one.at)}</time></td>
            <td>${one.actor || "—"}</td>
            <td>${has(`page.ops.did.${one.action}`) ? t(`page.ops.did.${one.action}`) : one.action}</td>
            <td>
              ${one.conversation_id && html`<a href=${`?tab=live&chat=${one.conversation_id}`}>${t("page.ops.chat.number", { id: one.conversation_id })}</a> `}
              ${one.about.startsWith("scrypt:") ? "" : one.about}
              <span class="detail"> ${details({ t, has }, one.details)}</span>
            </td>
            <td>${one.peer}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  `;
}

/** What else is known of a deed; a word nobody has translated yet is shown as it is. */
const details = ({ t, has }, given) =>
  Object.entries(given)
    .filter(([, value]) => value !== "" && value !== null)
    .map(([name, value]) => {
      const key = `page.ops.detail.${name}`;
      return `${has(key) ? t(key) : name}: ${Array.isArray(value) ? value.join(", ") : value}`;
    })
    .join(" · ");
