// Logins: who there is, what they may do; adding, changing, disabling, passwords, sessions, the second factor.
import { html, useEffect, useState } from "../vendor/preact-htm.js";
import { LANGUAGES, useWords } from "./desk-words.js";
import { ops } from "./ops-api.js";
import { Dialog, Field, Foot } from "./ops-dialog.js";

export function Tab({ me, query, setQuery, onOut }) {
  const { t, problem } = useWords();
  const [staff, setStaff] = useState({ agents: null, roles: [], most: 50, code: "" });
  const [told, setTold] = useState(null); // {login, password}: shown once
  const who = staff.agents?.find((one) => one.login === query.login);

  async function load() {
    try {
      setStaff({ ...(await ops.agents()), code: "" });
    } catch (error) {
      if (error.status === 401) onOut("expired");
      else setStaff((known) => ({ ...known, code: error.code }));
    }
  }
  useEffect(() => void load(), []);
  const shut = () => setQuery({ login: undefined, add: undefined });
  const onDone = (made) => (setTold(made?.password ? made : null), shut(), load());

  return html`
    <section class="wide staff" aria-labelledby="title-staff">
      <div class="staff-head">
        <h2 id="title-staff">${t("page.ops.staff.title")}</h2>
        <button class="primary" onClick=${() => setQuery({ add: "1" })}>${t("page.ops.staff.add")}</button>
      </div>
      ${staff.code && html`<p class="problem" role="alert">${problem(staff.code)}</p>`}
      ${told && html`<p class="verdict told" role="status">${t("page.ops.staff.password_is", { login: told.login })} <code>${told.password}</code></p>`}
      ${staff.agents && html`<${People} agents=${staff.agents} onOpen=${(login) => setQuery({ login })} />`}
    </section>
    ${query.add && staff.agents && html`<${Add} me=${me} staff=${staff} onDone=${onDone} onShut=${shut} />`}
    ${who && html`<${Change} key=${who.login} me=${me} staff=${staff} who=${who} onDone=${onDone} onShut=${shut} />`}
  `;
}

function People({ agents, onOpen }) {
  const { t } = useWords();
  const heads = ["name", "login", "role", "languages", "capacity", "state", "sessions", "totp"];
  return html`
    <table>
      <thead><tr>${heads.map((head, index) => html`<th key=${head} scope="col" class=${index < 4 ? "first" : ""}>${t(`page.ops.staff.${head}`)}</th>`)}</tr></thead>
      <tbody>
        ${agents.map(
          (one) => html`<tr key=${one.login} data-login=${one.login} class=${one.disabled_at ? "disabled" : ""}>
            <th scope="row"><button class="link" onClick=${() => onOpen(one.login)}>${one.name}</button></th>
            <td class="first">${one.login}</td>
            <td class="first">${t(`page.ops.role.${one.role}`)}</td>
            <td class="first">${one.languages.map((language) => html`<span class="mark" key=${language}>${t(`page.desk.mark.${language}`)}</span> `)}</td>
            <td>${one.role === "editor" ? "—" : one.capacity}</td>
            <td>
              ${one.disabled_at
                ? html`<span class="level" data-level="late">${t("page.ops.staff.disabled")}</span>`
                : html`<span class=${`presence ${one.presence}`}>${t(`page.desk.presence.${one.presence}`)}</span>`}
            </td>
            <td>${one.sessions}</td>
            <td>${t(one.totp ? "page.ops.staff.totp.on" : "page.ops.staff.totp.off")}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  `;
}

/** What the form says of name, languages, role and capacity. */
function termsOf(form) {
  return {
    name: String(form.get("name")).trim(),
    languages: form.getAll("languages"),
    role: String(form.get("role")),
    capacity: Number(form.get("capacity")),
  };
}

function TermsFields({ me, staff, who }) {
  const { t } = useWords();
  const roles = staff.roles.filter((role) => role !== "admin" || me.role === "admin" || who?.role === "admin");
  return html`
    <${Field} name="name" label=${t("page.ops.staff.name")} hint=${t("page.ops.staff.name.hint")} required maxlength="80" value=${who?.name ?? ""} />
    <fieldset class="setting">
      <legend>${t("page.ops.staff.languages")}</legend>
      ${LANGUAGES.filter((language) => language !== "en").map(
        (language) => html`<label class="choice" key=${language}>
          <input type="checkbox" name="languages" value=${language} checked=${(who?.languages ?? ["ru"]).includes(language)} />
          <span class="choice-name">${t(`page.desk.language.${language}`)}</span>
        </label>`,
      )}
    </fieldset>
    <${Field} label=${t("page.ops.staff.role")}>
      <select name="role" disabled=${who?.login === me.login}>
        ${roles.map((role) => html`<option key=${role} value=${role} selected=${role === (who?.role ?? "agent")}>${t(`page.ops.role.${role}`)}</option>`)}
      </select>
    <//>
    <${Field} name="capacity" label=${t("page.ops.staff.capacity")} type="number" min="1" max=${staff.most} required value=${who?.capacity ?? 5} />
  `;
}

/** Run what a form asks for; the refusal's code, or "" while all is well. */
function useDeed(onDone) {
  const [state, setState] = useState({ busy: false, code: "" });
  async function run(doing, made) {
    setState({ busy: true, code: "" });
    try {
      onDone(made((await doing()) ?? {}));
    } catch (error) {
      setState({ busy: false, code: error.code });
    }
  }
  return [state, run];
}

function Add({ me, staff, onDone, onShut }) {
  const { t } = useWords();
  const [{ busy, code }, run] = useDeed(onDone);
  function onSubmit(event) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const login = String(form.get("login")).trim();
    const password = String(form.get("password"));
    run(() => ops.addAgent({ login, ...termsOf(form), ...(password && { password }) }), (made) => ({ login, ...made }));
  }
  return html`
    <${Dialog} title=${t("page.ops.staff.add.title")} code=${code} onShut=${onShut}>
      <form onSubmit=${onSubmit}>
        <${Field} name="login" label=${t("page.ops.staff.login")} hint=${t("page.ops.staff.login.hint")} required
          pattern="[A-Za-z0-9_.@\\-]{1,64}" autocomplete="off" autocapitalize="none" spellcheck=${false} />
        <${TermsFields} me=${me} staff=${staff} />
        <${Field} name="password" type="password" label=${t("page.ops.staff.password")} hint=${t("page.ops.staff.password.hint")}
          minlength="8" autocomplete="new-password" />
        <${Foot} go=${t("page.ops.staff.add")} busy=${busy} onShut=${onShut} />
      </form>
    <//>
  `;
}

function Change({ me, staff, who, onDone, onShut }) {
  const { t } = useWords();
  const [{ busy, code }, run] = useDeed(onDone);
  const [password, setPassword] = useState("");
  const above = who.role === "admin" && me.role !== "admin";
  const none = () => null;
  function onSubmit(event) {
    event.preventDefault();
    const terms = termsOf(new FormData(event.currentTarget));
    if (who.login === me.login) delete terms.role;
    run(() => ops.changeAgent(who.login, terms), none);
  }
  const deed = (name) => () => run(() => ops.deed(who.login, name), none);
  if (above) {
    return html`
      <${Dialog} title=${who.name} onShut=${onShut}>
        <p>${t("page.ops.staff.above")}</p>
        <form method="dialog"><${Foot} onShut=${onShut} /></form>
      <//>
    `;
  }
  return html`
    <${Dialog} title=${t("page.ops.staff.change.title", { name: who.name })} code=${code} onShut=${onShut}>
      <form onSubmit=${onSubmit}>
        <${TermsFields} me=${me} staff=${staff} who=${who} />
        <${Foot} go=${t("page.ops.staff.save")} busy=${busy} onShut=${onShut} />
      </form>
      <div class="deeds">
        <${Field} label=${t("page.ops.staff.new_password")} hint=${t("page.ops.staff.password.hint")} name="new-password" type="password"
          minlength="8" autocomplete="new-password" value=${password} onInput=${(event) => setPassword(event.currentTarget.value)} />
        <div class="deeds-row">
          <button disabled=${busy} onClick=${() => run(() => ops.setPassword(who.login, password), (made) => ({ login: who.login, ...made }))}>${t("page.ops.staff.set_password")}</button>
          <button disabled=${busy || !who.sessions} onClick=${deed("end_sessions")}>${t("page.ops.staff.end_sessions")}</button>
          ${me.role === "admin" && who.totp && html`<button disabled=${busy} onClick=${deed("reset_totp")}>${t("page.ops.staff.reset_totp")}</button>`}
          ${who.disabled_at
            ? html`<button disabled=${busy} onClick=${deed("enable")}>${t("page.ops.staff.enable")}</button>`
            : who.login !== me.login && html`<button class="danger" disabled=${busy} onClick=${deed("disable")}>${t("page.ops.staff.disable")}</button>`}
        </div>
        <p class="detail">${t("page.ops.staff.disable.hint")}</p>
      </div>
    <//>
  `;
}
