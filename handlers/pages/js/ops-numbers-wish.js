// Period, zone, channel and language: what the figures are counted over.
import { html } from "../vendor/preact-htm.js";
import { useWords } from "./desk-words.js";
import { channelName } from "./ops-numbers-format.js";

export const FIELDS = ["since", "until", "zone", "channel", "language"];
const NEAR = ["Asia/Irkutsk", "Europe/Moscow", "Asia/Shanghai", "Asia/Vladivostok", "UTC"];
const CHANNELS = ["telegram", "max", "inapp"];
const PRESETS = { today: [0, 0], yesterday: [1, 1], week: [6, 0], month: [29, 0] }; // days ago

/** A day of the zone, so many days before today. Days are counted as days, in UTC, where each has 24 hours. */
function dayAgo(zone, days) {
  const today = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }).format(new Date());
  const day = new Date(`${today}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - days);
  return day.toISOString().slice(0, 10);
}

export function Wish({ wanted, told, onChange, onAgain }) {
  const { t, timeWithSeconds } = useWords();
  const zone = wanted.zone || told?.zone || "UTC";
  const since = wanted.since || told?.since || "";
  const until = wanted.until || told?.until || "";
  const zones = [...new Set([told?.home, zone, Intl.DateTimeFormat().resolvedOptions().timeZone, ...NEAR].filter(Boolean))];
  const pick = (name, values, label) => html`
    <label class="field"><span>${t(`page.numbers.${name}`)}</span>
      <select value=${wanted[name] || (name === "zone" ? zone : "")} onChange=${(event) => onChange({ [name]: event.currentTarget.value })}>
        ${name !== "zone" && html`<option value="">${t("page.numbers.all")}</option>`}
        ${values.map((one) => html`<option key=${one} value=${one}>${label(one)}</option>`)}
      </select>
    </label>
  `;
  const day = (name, value) => html`
    <label class="field"><span>${t(`page.numbers.${name}`)}</span>
      <input type="date" value=${value} onChange=${(event) => event.currentTarget.value && onChange(both(name, event.currentTarget.value, since, until))} />
    </label>
  `;
  return html`
    <form class="wish" role="search" aria-label=${t("page.numbers.period")} onSubmit=${(event) => event.preventDefault()}>
      <div class="presets" role="group" aria-label=${t("page.numbers.period")}>
        ${Object.entries(PRESETS).map(([name, [from, to]]) => {
          const [first, last] = [dayAgo(zone, from), dayAgo(zone, to)];
          const now = since === first && until === last;
          return html`<button key=${name} type="button" aria-pressed=${now} onClick=${() => onChange({ since: first, until: last }, { push: true })}>${t(`page.numbers.preset.${name}`)}</button>`;
        })}
      </div>
      ${day("since", since)} ${day("until", until)} ${pick("zone", zones, (one) => one)}
      ${pick("channel", CHANNELS, (one) => channelName(t, one))} ${pick("language", ["ru", "zh"], (one) => t(`page.numbers.line.${one}`))}
      <p class="detail counted" role="status">
        ${until === dayAgo(zone, 0) && html`${t("page.numbers.part")} `}
        ${told && t("page.numbers.counted", { time: timeWithSeconds(told.counted), zone: told.zone })}
        ${" "}<button type="button" class="link" onClick=${onAgain}>${t("page.numbers.recount")}</button>
      </p>
    </form>
  `;
}

/** Both ends stand in the URL, and the first is never after the last. */
function both(name, value, since, until) {
  const [first, last] = name === "since" ? [value, until < value ? value : until] : [since > value ? value : since, value];
  return { since: first, until: last };
}
