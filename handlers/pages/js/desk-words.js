// The pages' phrases and formats. Every sentence comes from locales/*.po through /i18n/; none stands in a module.
import { createContext, useContext } from "../vendor/preact-htm.js";

export const LANGUAGES = ["ru", "zh", "en"];
const LOCALES = { ru: "ru-RU", zh: "zh-CN", en: "en-GB" };

const Words = createContext(null);
export const WordsProvider = Words.Provider;
export const useWords = () => useContext(Words);

export function preferredLanguage() {
  const chosen = localStorage.getItem("desk.language");
  if (LANGUAGES.includes(chosen)) return chosen;
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  return wanted.find((tag) => LANGUAGES.includes(tag)) ?? LANGUAGES[0];
}

/** The phrases both pages share, and those of the files `more` names. */
export async function loadWords(language, ...more) {
  const catalogs = await Promise.all(["desk", ...more].map((name) => loadCatalog(language, name)));
  localStorage.setItem("desk.language", language);
  document.documentElement.lang = LOCALES[language];
  return makeWords(language, Object.assign({}, ...catalogs));
}

/** The same words with those of files, for a page that shows chats. */
export async function withFiles(words) {
  const { fileWords } = await import("./file-store.js");
  return { ...words, files: await fileWords(words.language) };
}

/** The same words, and those of one more file, for a tab that is opened later. */
export async function addWords(words, name) {
  const more = await loadCatalog(words.language, name);
  return { ...makeWords(words.language, { ...words.catalog, ...more }), files: words.files };
}

async function loadCatalog(language, name) {
  const answer = await fetch(`/i18n/${language}/${name}.json`);
  if (!answer.ok) throw new Error(`no phrases: ${answer.status}`);
  return answer.json();
}

function makeWords(language, catalog) {
  const locale = LOCALES[language];
  const format = (options) => new Intl.DateTimeFormat(locale, options);
  const clock = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const clockSeconds = format({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const longDay = format({ weekday: "long", day: "numeric", month: "long" });
  const shortDay = format({ day: "numeric", month: "long" });
  const cents = (value) => ({ minimumFractionDigits: Number.isInteger(value) ? 0 : 2, maximumFractionDigits: 2 });
  const dayAndClock = format({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const dayAndSeconds = format({
    day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  });
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });

  function t(key, values = {}) {
    const phrase = catalog[key] ?? key;
    return phrase.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  }

  const has = (key) => key in catalog;

  return {
    catalog,
    language,
    locale,
    t,
    has,
    // What the server refused, by its code; a code without a sentence of its own is still a sentence.
    problem(code, values) {
      const key = `page.desk.error.${code}`;
      return t(has(key) ? key : "page.desk.error.failed", values);
    },
    time: (ms) => clock.format(ms),
    timeWithSeconds: (ms) => clockSeconds.format(ms),
    when: (ms) => dayAndClock.format(ms),
    moment: (ms) => dayAndSeconds.format(ms),
    number: (value) => number.format(value),
    money: (value) => t("page.desk.money", { amount: Number(value).toLocaleString(locale, cents(Number(value))) }),
    // A plain date ("2026-12-05") belongs to no zone: read it as noon so that no zone moves it to another day.
    date: (iso) => shortDay.format(new Date(`${iso.slice(0, 10)}T12:00:00`)),
    day(ms) {
      const days = Math.round((startOfDay(Date.now()) - startOfDay(ms)) / 86400000);
      if (days === 0) return t("page.desk.today");
      if (days === 1) return t("page.desk.yesterday");
      return longDay.format(ms);
    },
    pick: (names) => (names ? (names[language] ?? names.ru ?? Object.values(names)[0]) : ""),
  };
}

function startOfDay(ms) {
  const day = new Date(ms);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}

/** "0:07", "3:20", "1:04:09": what a timer shows. */
export function stopwatch(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value) => String(value).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
