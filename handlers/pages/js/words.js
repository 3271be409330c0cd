// A page's phrases and its ways to write times; every phrase comes from locales/*.po, none stands in a module.

export class Words {
  /** `phrases`: key -> text, or the plural forms in the order of the language's gettext rule. */
  constructor(language, phrases) {
    this.language = language;
    this.phrases = phrases;
    this.locale = language === "zh" ? "zh-CN" : "ru-RU";
    const format = (options) => new Intl.DateTimeFormat(this.locale, options);
    this.clock = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.dayMonth = format({ day: "numeric", month: "long" });
    this.dayMonthYear = format({ day: "numeric", month: "long", year: "numeric" });
    this.plural = new Intl.PluralRules(this.locale);
  }

  t(key, values = {}) {
    return this.#fill(this.phrases[key] ?? key, values);
  }

  /** The form that `n` asks for; gettext lists Russian ones as one, few, many. */
  count(key, n, values = {}) {
    const forms = [this.phrases[key] ?? key].flat();
    const place = { one: 0, few: 1 }[this.plural.select(n)] ?? forms.length - 1;
    return this.#fill(forms[Math.min(place, forms.length - 1)], { n, ...values });
  }

  time(ms) {
    return this.clock.format(ms);
  }

  /** "Сегодня", "Вчера", or the date; the year only when it is another one. */
  day(ms, now = Date.now()) {
    const days = Math.round((midnight(now) - midnight(ms)) / 86_400_000);
    if (days === 0) return this.t("page.chat.today");
    if (days === 1) return this.t("page.chat.yesterday");
    const sameYear = new Date(ms).getFullYear() === new Date(now).getFullYear();
    return (sameYear ? this.dayMonth : this.dayMonthYear).format(ms);
  }

  #fill(text, values) {
    return text.replace(/\{(\w+)\}/g, (hole, name) => values[name] ?? hole);
  }
}

export function midnight(ms) {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** The phrases of the page in its language, from the address that the page names for its own language. */
export async function loadWords(page, language) {
  const given = document.querySelector("link[data-phrases]");
  const mine = given?.hreflang === language ? given.href : `/i18n/${language}/${page}.json`;
  const answer = await fetch(mine);
  document.documentElement.lang = language === "zh" ? "zh-CN" : "ru";
  return new Words(language, await answer.json());
}

export function pageLanguage() {
  return document.documentElement.lang.startsWith("zh") ? "zh" : "ru";
}
