// The way in, for the console and the operations page alike: a plain form, one sentence for every refusal.
import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { api } from "./desk-api.js";
import { LANGUAGES, useWords } from "./desk-words.js";

const WITH_CODE = "desk.totp";

export function Login({ expired, onIn, onLanguage }) {
  const { t } = useWords();
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  // Asked for after any refusal, so that it tells nobody what was wrong; at once where it has been of use before.
  const [withCode, setWithCode] = useState(localStorage.getItem(WITH_CODE) === "1");
  const first = useRef(null);
  useEffect(() => first.current?.focus(), []);

  async function submit(event) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem("");
    try {
      const code = String(form.get("totp") ?? "").trim();
      await api.login(String(form.get("login")).trim(), String(form.get("password")), code);
      localStorage.setItem(WITH_CODE, code ? "1" : "");
      onIn(await api.me());
    } catch (error) {
      setProblem(sentenceOf(t, error));
      setWithCode(withCode || error.status === 401);
      setBusy(false);
      first.current?.focus();
    }
  }

  return html`
    <main class="login">
      <form class="login-form" method="post" action="/api/v1/agent/login" onSubmit=${submit}>
        <h1>${t("page.desk.login.title")}</h1>
        ${expired && html`<p class="login-expired">${t("page.desk.login.expired")}</p>`}
        <label for="login">${t("page.desk.login.name")}</label>
        <input id="login" name="login" ref=${first} required autocomplete="username" autocapitalize="none"
          spellcheck=${false} aria-describedby=${problem ? "login-problem" : undefined} />
        <label for="password">${t("page.desk.login.password")}</label>
        <input id="password" name="password" type="password" required autocomplete="current-password" />
        ${withCode &&
        html`<label for="totp">${t("page.desk.login.totp")}</label>
          <input id="totp" name="totp" inputmode="numeric" autocomplete="one-time-code" autocapitalize="none" spellcheck=${false} />`}
        <p id="login-problem" class="login-problem" role="alert">${problem}</p>
        <button class="primary" type="submit" disabled=${busy}>${t("page.desk.login.enter")}</button>
        <${LanguageSwitch} onLanguage=${onLanguage} />
      </form>
    </main>
  `;
}

function sentenceOf(t, error) {
  if (error.code === "too_many") {
    return t("page.desk.login.too_many", { minutes: Math.max(1, Math.ceil(error.retryAfter / 60)) });
  }
  return t(error.status === 401 || error.status === 400 ? "page.desk.login.refused" : "page.desk.error.offline");
}

export function LanguageSwitch({ onLanguage }) {
  const { t, language } = useWords();
  return html`
    <div class="languages" role="group" aria-label=${t("page.desk.language")}>
      ${LANGUAGES.map(
        (code) => html`
          <button key=${code} type="button" class="link" lang=${code} aria-pressed=${code === language}
            onClick=${() => onLanguage(code)}>${t(`page.desk.language.${code}`)}</button>
        `,
      )}
    </div>
  `;
}
