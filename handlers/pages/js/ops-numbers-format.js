// How a figure reads: by the kind of its column, in the page's language. The table, the tile and the chart share it.

const dash = "—";

export function makeFormat({ t, locale, number }) {
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const signed = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero" });
  const points = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, signDisplay: "exceptZero" });
  const stars = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const starsMore = new Intl.NumberFormat(locale, { maximumFractionDigits: 2, signDisplay: "exceptZero" });
  // A day is a name, in no zone: read and written in one and the same.
  const days = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", weekday: "short", timeZone: "UTC" });
  const shortDays = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" });

  function seconds(value) {
    if (value < 10) return t("page.numbers.seconds", { n: number(value) });
    const whole = Math.round(value);
    if (whole < 60) return t("page.numbers.seconds", { n: whole });
    const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    return h ? t("page.numbers.hours", { h, m }) : t("page.numbers.minutes", { m, s });
  }

  const kinds = {
    day: (iso) => days.format(new Date(`${iso}T00:00:00Z`)),
    count: number,
    share: (value) => percent.format(value),
    trend: (value) => signed.format(value),
    seconds,
    stars: (value) => stars.format(value),
    word: (id) => t(`page.numbers.word.${id}`),
    line: (id) => t(`page.numbers.line.${id}`),
    weekday: (id) => t(`page.numbers.weekday.${id}`),
  };

  return {
    cell(value, kind, titles = {}) {
      if (value === null || value === undefined) return dash;
      if (kind === "topic") return titles[value]?.[locale.slice(0, 2)] ?? titles[value]?.ru ?? value;
      if (kind === "channel") return channelName(t, value);
      return kinds[kind]?.(value) ?? String(value);
    },
    shortDay: (iso) => shortDays.format(new Date(`${iso}T00:00:00Z`)),
    /** How it moved against the period before: shares in points, stars in stars, the rest in percent. */
    change(kind, value, before) {
      if (kind === "share") return t("page.numbers.points", { n: points.format((value - before) * 100) });
      if (kind === "stars") return starsMore.format(value - before);
      return before ? signed.format(value / before - 1) : "";
    },
  };
}

export function channelName(t, id) {
  const key = `page.numbers.channel.${id}`;
  const name = t(key);
  return name === key ? id : name;
}
