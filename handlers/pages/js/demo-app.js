// The mock operator's app: what is on the account, and ways to ask about it. Money and packages come from the mock.
import { html, useEffect, useState } from "../vendor/preact-htm.js";
import { Icon, Mark } from "./icons.js";

const UNITS = ["gb", "min", "sms"];
const ASKS = ["gb", "expenses", "roaming", "coverage"];
const ICONS = {
  gb: ["M12 5.5v13", "M5.5 12h13"],
  expenses: ["M6 3.5h12v17l-2.4-1.6-2.4 1.6-2.4-1.6-2.4 1.6L6 20.5z", "M9.5 8.5h5", "M9.5 12.5h5"],
  roaming: ["M20.5 3.5c-1-1-2.6-.6-3.6.4L13.5 7.3 5 5 3.5 6.5l7 3.8-3 3-2.5-.3L3.7 14.3l3.6 2.4 2.4 3.6 1.3-1.3-.3-2.5 3-3 3.8 7L19 19l-2.3-8.5 3.4-3.4c1-1 1.4-2.6.4-3.6z"],
  coverage: ["M5 19v-3", "M10 19v-6.5", "M15 19V9.5", "M20 19V5.5"],
};

export function Home({ person, words, facts, onRetry, onAsk, onSupport, onSwitch, unread, supportRef }) {
  return html`
    <div class="home">
      <h1 class="hear alone">${words.t("page.demo.brand")}</h1>
      <div class="sky">
        <${Scene} />
        <${TopBar} person=${person} words=${words} onSwitch=${onSwitch} />
        <${Balance} facts=${facts} words=${words} onAsk=${onAsk} />
      </div>
      <div class="sheet">
        ${facts?.balance?.blocked && html`<${Blocked} facts=${facts} words=${words} onAsk=${onAsk} />`}
        <${Plan} facts=${facts} words=${words} onRetry=${onRetry} />
        <h2>${words.t("page.demo.ask")}</h2>
        <div class="asks">
          ${ASKS.map(
            (name) => html`
              <button type="button" onClick=${() => onAsk(words.t(`page.demo.ask.${name}.text`))}>
                <span class="glyph"><${Icon} of=${ICONS[name]} /></span>${words.t(`page.demo.ask.${name}`)}
              </button>
            `,
          )}
        </div>
        <${Services} facts=${facts} words=${words} />
      </div>
      <div class="dock">
        <button type="button" class="support" ref=${supportRef} onClick=${onSupport}>
          <span class="glyph"><${Icon} name="chat" /></span>
          <span class="label">
            <strong>${words.t("page.demo.support")}</strong>
            <span>${words.t("page.demo.support.now")}</span>
          </span>
          ${unread > 0 && html`<b class="badge">${unread}<span class="hear"> ${words.count("page.demo.unread", unread)}</span></b>`}
        </button>
      </div>
    </div>
  `;
}

/** Hills over the water: three ridges and their still reflection. */
function Scene() {
  return html`
    <svg class="scene" viewBox="0 0 390 330" preserveAspectRatio="xMidYMax slice" aria-hidden="true">
      <circle cx="262" cy="146" r="20" fill="#ffe6bd" fill-opacity=".85" />
      <path d="M0 196 L52 150 L88 176 L150 112 L196 158 L240 146 L300 172 L344 132 L390 180 V330 H0Z" fill="#186b77" />
      <path d="M0 222 L70 184 L120 208 L186 168 L250 210 L322 180 L390 214 V330 H0Z" fill="#0d5a67" />
      <path d="M0 244 H390 V330 H0Z" fill="#0a4d59" />
    </svg>
  `;
}

function TopBar({ person, words, onSwitch }) {
  return html`
    <div class="top">
      <button type="button" class="me" onClick=${onSwitch}>
        <span class="avatar" aria-hidden="true">${[...person.name][0]}</span>
        <span class="label"><strong>${person.name}</strong><span>${phone(person.phone)}</span></span>
        <span class="hear">${words.t("page.demo.switch")}</span>
      </button>
      <span class="brand" aria-hidden="true"><${Mark} /></span>
    </div>
  `;
}

function Balance({ facts, words, onAsk }) {
  if (!facts) return html`<div class="balance"><span>${words.t("page.demo.balance")}</span><i class="bone wide"></i></div>`;
  const known = facts.known;
  return html`
    <div class="balance">
      <span>${words.t("page.demo.balance")}</span>
      <strong>${known ? money(facts.balance.amount, words) : "—"}</strong>
      ${known && html`<small>${words.t("page.demo.next_fee", { fee: money(facts.tariff.fee, words), date: day(facts.tariff.next_fee_on, words) })}</small>`}
      <button type="button" onClick=${() => onAsk(words.t("page.demo.topup.text"))}>${words.t("page.demo.topup")}</button>
    </div>
  `;
}

function Blocked({ facts, words, onAsk }) {
  return html`
    <section class="card blocked">
      <${Icon} name="alert" />
      <div>
        <strong>${words.t("page.demo.blocked")}</strong>
        <p>${words.t("page.demo.blocked.text", { owed: money(-facts.balance.amount, words) })}</p>
        <button type="button" onClick=${() => onAsk(words.t("page.demo.promise.text"))}>${words.t("page.demo.promise")}</button>
      </div>
    </section>
  `;
}

function Plan({ facts, words, onRetry }) {
  if (!facts) return html`<section class="card plan"><i class="bone"></i><i class="bone tall"></i></section>`;
  if (!facts.known) {
    return html`
      <section class="card lost" role="status">
        <p>${words.t("page.demo.facts_lost")}</p>
        <button type="button" onClick=${onRetry}>${words.t("page.demo.retry")}</button>
      </section>
    `;
  }
  const shown = facts.packages.filter((one) => one.total !== 0);
  const order = (one) => (one.for === "china" ? 9 : UNITS.indexOf(one.unit));
  return html`
    <section class="card plan">
      <header>
        <div><span>${words.t("page.demo.plan")}</span><h2>${named(facts.tariff.names, words)}</h2></div>
        <b>${words.t("page.demo.per_month", { fee: money(facts.tariff.fee, words) })}</b>
      </header>
      <div class="rings">
        ${shown.sort((a, b) => order(a) - order(b)).map((one) => html`<${Ring} counter=${one} words=${words} />`)}
      </div>
    </section>
  `;
}

/** What is left of one counter; an unlimited one is a full ring. */
function Ring({ counter, words }) {
  const { unit, left, total } = counter;
  const share = total ? Math.max(0, Math.min(1, left / total)) : 1;
  const label = words.t(counter.for === "china" ? "page.demo.counter.china" : `page.demo.counter.${unit}`);
  const around = 2 * Math.PI * 26;
  const low = share < 0.15 ? "low" : "";
  const of = words.t(`page.demo.of.${unit}`, { total: number(total, words) });
  return html`
    <div class=${`ring ${unit} ${low}`}>
      <div class="dial">
        <svg viewBox="0 0 64 64" aria-hidden="true">
          <circle cx="32" cy="32" r="26" />
          ${share > 0 && html`<circle cx="32" cy="32" r="26" class="left" stroke-dasharray=${`${around * share} ${around}`} transform="rotate(-90 32 32)" />`}
        </svg>
        <strong>${total === null ? "∞" : number(left, words)}</strong>
      </div>
      <span>${label}</span>
      ${total !== null && html`<small>${of}</small>`}
    </div>
  `;
}

function Services({ facts, words }) {
  if (!facts?.known || facts.services.length === 0) return null;
  return html`
    <h2>${words.t("page.demo.services")}</h2>
    <section class="card services">
      ${facts.services.map((names) => html`<div><${Icon} name="check" />${named(names, words)}</div>`)}
    </section>
  `;
}

/** The clock of the drawn phone. */
export function Clock({ words }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  return html`<span>${words.time(now)}</span>`;
}

function named(names, words) {
  const name = names[words.language] ?? names.ru;
  return words.language === "zh" && names.ru !== name ? `${name}` : `«${name}»`;
}

export function money(amount, words) {
  const whole = Number.isInteger(amount);
  const digits = { minimumFractionDigits: whole ? 0 : 2, maximumFractionDigits: 2 };
  const written = new Intl.NumberFormat(words.locale, digits).format(amount).replace("-", "\u2212");
  return words.t("page.demo.money", { amount: written });
}

function number(value, words) {
  return value === null ? "" : new Intl.NumberFormat(words.locale, { maximumFractionDigits: 1 }).format(value);
}

function day(iso, words) {
  return words.dayMonth.format(new Date(`${iso}T12:00:00`));
}

function phone(e164) {
  return e164.replace(/^\+7(\d{3})(\d{3})(\d{2})(\d{2})$/, "+7 $1 $2-$3-$4");
}
