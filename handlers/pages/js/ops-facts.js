// The subscriber in three lines; the whole number only when asked for, and whoever asked is kept in the audit.
import { html, useEffect, useState } from "../vendor/preact-htm.js";
import { api } from "./desk-api.js";
import { useWords } from "./desk-words.js";

export function Facts({ id, onReveal }) {
  const { t, money, pick, problem, has } = useWords();
  const [found, setFound] = useState(null);
  const [phone, setPhone] = useState("");
  const [refused, setRefused] = useState("");
  useEffect(() => {
    api.card(id).then(setFound, () => setFound({ card: null, card_error: "down" }));
  }, []);

  async function reveal() {
    try {
      setPhone((await onReveal()).phone);
    } catch (error) {
      setRefused(error.code);
    }
  }

  if (!found) return html`<p class="detail facts">${t("page.desk.card.loading")}</p>`;
  const { card: facts, card_error: error } = found;
  if (error === "no_phone") return html`<p class="detail facts">${t("page.desk.card.no_phone")}</p>`;
  if (!facts) {
    const key = `page.desk.card.error.${error}`;
    return html`<p class="detail facts">${t(has(key) ? key : "page.desk.card.error.down")}</p>`;
  }
  return html`
    <p class="facts">
      <span class="phone">${phone || facts.phone}</span>
      ${!phone && html`<button class="link" onClick=${reveal}>${t("page.ops.chat.reveal")}</button>`}
      <span>${pick(facts.tariff.names)}</span>
      <span class=${Number(facts.balance.amount) < 0 ? "level" : ""} data-level="overdue">${money(facts.balance.amount)}</span>
      ${facts.balance.blocked && html`<span class="level" data-level="overdue">${t("page.desk.card.blocked")}</span>`}
      ${refused && html`<span class="problem" role="alert">${problem(refused)}</span>`}
    </p>
  `;
}
