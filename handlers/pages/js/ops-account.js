// One's own login: where one is logged in, and the second factor. For every role.
import { html, useEffect, useState } from "../vendor/preact-htm.js";
import { useWords } from "./desk-words.js";
import { account } from "./ops-api.js";
import { Field } from "./ops-dialog.js";

export function Tab({ onOut }) {
  return html`<${Sessions} onOut=${onOut} /><${SecondFactor} onOut=${onOut} />`;
}

/** [what was loaded, load again, the refusal's code]; a session that has ended brings the login back. */
function useLoaded(ask, onOut) {
  const [state, setState] = useState({ found: null, code: "" });
  async function load() {
    try {
      setState({ found: await ask(), code: "" });
    } catch (error) {
      if (error.status === 401) onOut("expired");
      else setState((known) => ({ ...known, code: error.code }));
    }
  }
  useEffect(() => void load(), []);
  return [state.found, load, state.code];
}

function Sessions({ onOut }) {
  const { t, moment, problem } = useWords();
  const [found, load, code] = useLoaded(account.sessions, onOut);
  const [refused, setRefused] = useState("");
  const others = found?.sessions.filter((one) => !one.current) ?? [];
  async function end(doing) {
    setRefused("");
    await doing().catch((error) => setRefused(error.code));
    load();
  }
  return html`
    <section aria-labelledby="title-sessions">
      <h2 id="title-sessions">${t("page.ops.sessions.title")}</h2>
      ${(code || refused) && html`<p class="problem" role="alert">${problem(code || refused)}</p>`}
      <ul class="sessions">
        ${found?.sessions.map(
          (one) => html`<li key=${one.id}>
            <span>
              <b>${one.device || t("page.ops.sessions.device")}</b> <span class="detail">${one.peer}</span>
              <span class="detail">${t("page.ops.sessions.since", { since: moment(one.created_at), seen: moment(one.seen_at) })}</span>
            </span>
            ${one.current
              ? html`<span class="level current">${t("page.ops.sessions.current")}</span>`
              : html`<button onClick=${() => end(() => account.endSession(one.id))}>${t("page.ops.sessions.end")}</button>`}
          </li>`,
        )}
      </ul>
      ${others.length > 1 && html`<p><button onClick=${() => end(account.endOthers)}>${t("page.ops.sessions.end_others")}</button></p>`}
      <p class="detail">${t("page.ops.sessions.hint")}</p>
    </section>
  `;
}

function SecondFactor({ onOut }) {
  const { t, problem } = useWords();
  const [found, load, failed] = useLoaded(account.totp, onOut);
  const [begun, setBegun] = useState(null);
  const [recovery, setRecovery] = useState(null);
  const [code, setCode] = useState("");

  async function submit(event, doing) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setCode("");
    try {
      await doing((name) => String(form.get(name) ?? "").trim());
    } catch (error) {
      setCode(error.code);
    }
  }
  const begin = (event) => submit(event, async (get) => setBegun(await account.beginTotp(get("password"))));
  const confirm = (event) =>
    submit(event, async (get) => {
      setRecovery((await account.confirmTotp(get("code"))).recovery);
      setBegun(null);
      load();
    });
  const off = (event) => submit(event, async (get) => (await account.totpOff(get("password"), get("code")), setRecovery(null), load()));

  const password = html`<${Field} name="password" type="password" label=${t("page.desk.login.password")} required autocomplete="current-password" />`;
  const digits = html`<${Field} name="code" label=${t("page.ops.totp.code")} required inputmode="numeric" autocomplete="one-time-code" maxlength="40" />`;
  return html`
    <section class="totp" aria-labelledby="title-totp">
      <h2 id="title-totp">${t("page.ops.totp.title")}</h2>
      ${found && html`<p class=${found.on ? "verdict" : "detail"}>${found.on ? t("page.ops.totp.on", { left: found.recovery_left }) : t("page.ops.totp.about")}</p>`}
      ${recovery && html`
        <p>${t("page.ops.totp.recovery")}</p>
        <ul class="recovery">${recovery.map((one) => html`<li key=${one}><code>${one}</code></li>`)}</ul>
      `}
      ${found && !found.on && !begun && html`<form onSubmit=${begin}>${password}<button class="primary">${t("page.ops.totp.begin")}</button></form>`}
      ${begun && html`
        <ol class="steps">
          <li>${t("page.ops.totp.step.secret")} <${QrCode} text=${begun.address} /> <code class="secret">${begun.secret.match(/.{1,4}/g).join(" ")}</code>
            <a href=${begun.address}>${t("page.ops.totp.open_app")}</a></li>
          <li>${t("page.ops.totp.step.code")}</li>
        </ol>
        <form onSubmit=${confirm}>${digits}<button class="primary">${t("page.ops.totp.confirm")}</button></form>
      `}
      ${found?.on && html`
        <details><summary>${t("page.ops.totp.off")}</summary>
          <form onSubmit=${off}>${password}${digits}<button class="danger">${t("page.ops.totp.off")}</button></form>
        </details>
      `}
      ${(code || failed) && html`<p class="problem" role="alert">${problem(code || failed)}</p>`}
    </section>
  `;
}

const QUIET = 4; // modules of margin that a camera needs

/** The address as a QR code, drawn here: the secret leaves for nobody who would draw it for us. */
function QrCode({ text }) {
  const { t } = useWords();
  const [code, setCode] = useState(null);
  useEffect(() => {
    import("../vendor/qrcode-generator.js").then(({ default: generate }) => {
      const made = generate(0, "M");
      made.addData(text);
      made.make();
      setCode(made);
    }, () => {}); // the key stands below as text
  }, [text]);
  if (!code) return null;
  const size = code.getModuleCount();
  let dark = "";
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) if (code.isDark(row, column)) dark += `M${column} ${row}h1v1h-1z`;
  }
  const all = size + 2 * QUIET;
  return html`<svg class="qr" role="img" aria-label=${t("page.ops.totp.qr")} viewBox=${`${-QUIET} ${-QUIET} ${all} ${all}`}><path d=${dark} /></svg>`;
}
