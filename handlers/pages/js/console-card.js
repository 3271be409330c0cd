// The subscriber's card: who writes and what the operator knows of them, with the time of the facts.
import { html, useState } from "../vendor/preact-htm.js";
import { Icon } from "./desk-icons.js";
import { useWords } from "./desk-words.js";

const LOW = 0.1; // of a package

export function Card({ talk, onReload, onReveal, reasons }) {
  const { card, past } = talk;
  const { facts } = card;
  return html`
    <div class="card">
      <${Who} talk=${talk} facts=${facts} onReveal=${onReveal} />
      <${Freshness} card=${card} onReload=${onReload} />
      ${facts && html`<${Facts} facts=${facts} />`}
      ${!facts && card.status === "loading" && html`<div class="skeleton" aria-hidden="true"><i></i><i></i><i></i><i></i><i></i></div>`}
      ${past.length > 0 && html`<${Past} past=${past} reasons=${reasons} />`}
    </div>
  `;
}

function Who({ talk, facts, onReveal }) {
  const { t } = useWords();
  const { about } = talk;
  return html`
    <header class="card-who">
      <h2>${about?.name || t("page.desk.nameless")}</h2>
      <p>
        <span class="mark">${t(`page.desk.mark.${about?.language ?? "ru"}`)}</span>
        ${facts?.phone && html`<${Phone} key=${talk.id} masked=${facts.phone} onReveal=${onReveal} />`}
        ${facts?.balance?.blocked && html`<span class="blocked"><${Icon} name="alarm" />${t("page.desk.card.blocked")}</span>`}
      </p>
    </header>
  `;
}

/** Masked until somebody who may see it asks; that they did is kept. */
function Phone({ masked, onReveal }) {
  const { t } = useWords();
  const [whole, setWhole] = useState("");
  return html`
    <span class="phone">${whole || masked}</span>
    ${!whole &&
    onReveal &&
    html`<button class="link" title=${t("page.desk.reveal.about")} onClick=${async () => setWhole((await onReveal()) ?? "")}>${t("page.desk.reveal")}</button>`}
  `;
}

/** How old the facts are, or what is wrong with them; the line keeps its height whatever it says. */
function Freshness({ card, onReload }) {
  const { t, timeWithSeconds, has } = useWords();
  const { status, error, facts } = card;
  if (error === "no_phone") return html`<p class="freshness">${t("page.desk.card.no_phone")}</p>`;
  const known = facts && timeWithSeconds(card.at);
  const problem = has(`page.desk.card.error.${error}`) ? error : "down";
  return html`
    <div class=${`freshness ${status}`} role="status">
      ${status === "loading" && html`<span>${t("page.desk.card.loading")}</span>`}
      ${status === "ready" && html`<span>${t("page.desk.card.at", { time: known })}</span>`}
      ${status === "failed" && html`<span><${Icon} name="failed" />${t(`page.desk.card.error.${problem}`)}</span>`}
      ${status === "failed" && known && html`<span class="stale">${t("page.desk.card.stale", { time: known })}</span>`}
      ${(status === "ready" || status === "failed") &&
      html`<button class="link" onClick=${onReload}><${Icon} name="refresh" />${t("page.desk.card.again")}</button>`}
    </div>
  `;
}

function Facts({ facts }) {
  const { t, money, date, pick } = useWords();
  const { tariff, balance, packages = [], services = [] } = facts;
  return html`
    ${balance &&
    html`<section>
      <h3>${t("page.desk.card.balance")}</h3>
      <p class=${Number(balance.amount) < 0 ? "amount negative" : "amount"}>${money(balance.amount)}</p>
    </section>`}
    ${tariff &&
    html`<section>
      <h3>${t("page.desk.card.tariff")}</h3>
      <p class="strong">${pick(tariff.names)}</p>
      <p class="detail">
        ${t("page.desk.card.fee", { fee: money(tariff.fee), date: tariff.next_fee_on ? date(tariff.next_fee_on) : "?" })}
      </p>
      ${tariff.next && html`<p class="detail">${t("page.desk.card.next_tariff", { name: pick(tariff.next) })}</p>`}
    </section>`}
    ${packages.length > 0 &&
    html`<section>
      <h3>${t("page.desk.card.packages")}</h3>
      ${packages.map((one) => html`<${Package} key=${one.for} one=${one} />`)}
    </section>`}
    <section>
      <h3>${t("page.desk.card.services")}</h3>
      ${services.length
        ? html`<ul class="services">${services.map((one) => html`<${Service} key=${one.code} one=${one} />`)}</ul>`
        : html`<p class="detail">${t("page.desk.card.no_services")}</p>`}
    </section>
  `;
}

function Package({ one }) {
  const { t, number } = useWords();
  const label = t(`page.desk.card.package.${one.for}`);
  const [left, total] = [Number(one.left), Number(one.total)];
  if (one.total === null || total === 0) {
    const said = t(one.total === null ? "page.desk.card.unlimited" : "page.desk.card.not_included");
    return html`<p class="package"><span>${label}</span><span class="detail">${said}</span></p>`;
  }
  const unit = t(`page.desk.unit.${one.unit}`);
  const said = t("page.desk.card.left", { left: number(left), total: number(total), unit });
  return html`
    <div class=${left <= total * LOW ? "package low" : "package"}>
      <p><span>${label}</span><span>${said}</span></p>
      <meter min="0" max=${total} value=${left} aria-label=${`${label}: ${said}`}></meter>
    </div>
  `;
}

function Service({ one }) {
  const { t, money, pick } = useWords();
  return html`
    <li>
      <span>${pick(one.names)}${one.kind === "subscription" && html` <span class="paid">${t("page.desk.card.subscription")}</span>`}</span>
      ${one.fee && html`<span class="detail">${t(`page.desk.card.per_${one.period}`, { fee: money(one.fee) })}</span>`}
    </li>
  `;
}

/** When this person was with us before, and how it ended. */
function Past({ past, reasons }) {
  const { t, when, pick } = useWords();
  return html`
    <section>
      <h3>${t("page.desk.card.past")}</h3>
      <ul class="past">
        ${past.map((one) => {
          const stars = one.rating ? `${one.rating}★` : "";
          const ended = [t(`page.desk.outcome.${one.outcome}`), pick(reasons[one.close_reason]), one.agent, stars].filter(Boolean);
          return html`<li key=${one.closed_at}><span>${when(one.closed_at)}</span><span class="detail">${ended.join(", ")}</span></li>`;
        })}
      </ul>
    </section>
  `;
}
