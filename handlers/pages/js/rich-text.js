// Plain text with entities -> nodes. Nothing from the wire is ever read as HTML; links go to the web or to the dialler.
import { h } from "../vendor/preact-htm.js";

const USSD = /^[*#][\d*#]+#$/;
// What plain text is taken apart at: a bar, a line break, an international phone number.
const PARTS = /([▓░█]{4,20}|\n|\+\d[\d\u00a0 ()-]{8,16}\d)/;
const SCHEMES = new Set(["http:", "https:", "tel:", "mailto:"]);

export function safeUrl(url) {
  try {
    return SCHEMES.has(new URL(url).protocol) ? url : null;
  } catch {
    return null;
  }
}

// "5 декабря", "120 ₽", "30 ГБ ·": what belongs together is not parted. One sign for one sign: offsets stay true.
const unparted = (text) =>
  text.replace(/(\d) (?=[\p{Script=Cyrillic}\p{Sc}A-Z])/gu, "$1\u00a0").replace(/ (?=[·—])/g, "\u00a0");

/** text: as it came; entities: [{type: bold|code|link, offset, length, url?}] in UTF-16 units. */
export function richText(raw, entities = []) {
  const text = unparted(raw);
  const parts = [];
  let at = 0;
  for (const entity of [...entities].sort((a, b) => a.offset - b.offset)) {
    const end = entity.offset + entity.length;
    if (entity.offset < at || end > text.length) continue; // overlapping or past the end: leave it plain
    parts.push(...plain(text.slice(at, entity.offset)), styled(entity, text.slice(entity.offset, end)));
    at = end;
  }
  return [...parts, ...plain(text.slice(at))];
}

function styled(entity, piece) {
  if (entity.type === "bold") return h("strong", null, piece);
  if (entity.type === "code" && USSD.test(piece)) {
    return h("a", { class: "ussd", href: `tel:${piece.replaceAll("#", "%23")}` }, piece);
  }
  if (entity.type === "code") return h("code", null, piece);
  const url = entity.type === "link" && safeUrl(entity.url || piece);
  if (!url) return piece;
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, piece);
}

function plain(text) {
  return text.split(PARTS).map((piece, i) => {
    if (i % 2 === 0) return piece;
    if (piece === "\n") return h("span", { class: "break" });
    if (piece[0] === "+") return h("a", { href: `tel:${piece.replace(/[^+\d]/g, "")}` }, piece);
    return bar(piece);
  });
}

/** ▓▓▓░░░░░ as a drawing; the figures beside it say the same to those who do not see it. */
function bar(signs) {
  const cells = [...signs].map((sign) => h("i", { class: sign === "░" ? "" : "full" }));
  return h("span", { class: "bar", "aria-hidden": "true" }, cells);
}

/** For the right font and line breaking when a message is in another language than the page. */
export function languageOf(text) {
  if (/\p{Script=Han}/u.test(text)) return "zh-CN";
  return /\p{Script=Cyrillic}/u.test(text) ? "ru" : undefined;
}
