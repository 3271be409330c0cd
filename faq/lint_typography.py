"""How Russian and Chinese are set: quotes, spaces, signs, letters of the right alphabet. All are warnings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from faq.entry import Catalogue, Finding
from faq.lint_texts import HANZI, Line, Rule, all_lines
from faq.saying import say

_WIDE = re.compile("[，。；：？！（）、“”‘’《》【】０-９Ａ-Ｚａ-ｚ]")
_WIDE_LETTERS = re.compile("[０-９Ａ-Ｚａ-ｚ]")
_MIXED = re.compile(r"\b(?=\w*[а-яё])(?=\w*[a-z])[a-zа-яё]+\b", re.IGNORECASE)
_BESIDE_HANZI = re.compile(rf"(?<=[{HANZI}])[,;:?!()]|[,;:?!()](?=[{HANZI}])|(?<=[{HANZI}])\.(?!\w)")
_AGAIN = re.compile(r"(?<![\w-])([а-яё]+) \1(?![\w-])", re.IGNORECASE)
_HANZI_AGAIN = re.compile("的的|了了|是是|在在|和和|我我|您您|请请|就就|也也|都都(?!市)")
_BAD_COMMA = re.compile(rf"(?<=\w) (?=[,;:?!。，；：？！、](?:\s|$|[{HANZI}]))|(?<=[а-яё]),(?=[а-яё])")
_TAGS = re.compile(r"</?[a-zA-Z][^<>\n]*>|\[[^\[\]\n]+\]\([^()\n]+\)|(?<!\w)__[^_\n]+__(?!\w)")


def chinese_punctuation(catalogue: Catalogue) -> Iterator[Finding]:
    """Punctuation beside hanzi is full-width: ，。：；？！（）."""
    for line in _lines(catalogue, "zh"):
        if found := _BESIDE_HANZI.search(re.sub(r"\{[^{}]*\}|`[^`]*`", "字", line.typed)):
            yield line.finding(
                "chinese_punctuation", say("`{found}` beside hanzi; use the full-width sign", found=found[0])
            )


def look_alikes(catalogue: Catalogue) -> Iterator[Finding]:
    """No word mixes Latin and Cyrillic letters: they look alike but are not found."""
    for line in all_lines(catalogue):
        if found := _MIXED.search(line.read):
            yield line.finding(
                "look_alikes", say("“{found}” mixes Latin and Cyrillic letters; type it again", found=found[0])
            )


def quotes(catalogue: Catalogue) -> Iterator[Finding]:
    """Russian quotes are «», Chinese ones are “”, none is straight."""
    for line in all_lines(catalogue):
        wrong = re.search('["“”„]' if line.language == "ru" else '["„]|«(?=[^»а-яёА-ЯЁ]*»)', line.read)
        if wrong:
            right = "«»" if line.language == "ru" else "“”"
            yield line.finding(
                "quotes",
                say("`{found}` is no quotation mark of this language; use {right}", found=wrong[0], right=right),
            )


def spaces(catalogue: Catalogue) -> Iterator[Finding]:
    """One space between words, none before a comma or at the end of a line."""
    for line in all_lines(catalogue):
        if re.search(r"\S {2,}\S|[\u00a0\u2007\u202f\u3000]", line.typed):
            yield line.finding("spaces", "two spaces, or one of a special kind; leave one plain space")
        elif line.typed.endswith(" "):
            yield line.finding("spaces", "a space at the end of the line; delete it")
        elif found := _BAD_COMMA.search(line.read):
            behind = "no space behind the comma; type one"
            yield line.finding("spaces", behind if found[0] == "," else "a space before a punctuation mark; delete it")


def signs(catalogue: Catalogue) -> Iterator[Finding]:
    """No full-width signs in Russian, no hyphen for a dash, no three dots, one exclamation mark at most."""
    for line in all_lines(catalogue):
        wide = (_WIDE if line.language == "ru" else _WIDE_LETTERS).search(line.read)
        if wide and not (line.language == "ru" and wide[0] in "“”"):
            yield line.finding("signs", say("`{found}` is a full-width sign; type the plain one", found=wide[0]))
        if re.search(r"(?<=\s)(-|--)(?=\s)", line.read) and line.language == "ru":
            yield line.finding("signs", "a hyphen for a dash; use a comma, a colon or «—»")
        if "..." in line.read:
            yield line.finding(
                "signs",
                say("three dots; use {right} or end the sentence", right="……" if line.language == "zh" else "…"),
            )
        if re.search(r"[!！]\s*[!！]|[?？]\s*[?？]|。。|，，|,,|、、", line.read):
            yield line.finding("signs", "the same sign twice; leave one")


def alphabet(catalogue: Catalogue) -> Iterator[Finding]:
    """What stands under `ru:` is Russian, what stands under `zh:` is simplified Chinese."""
    for line in all_lines(catalogue):
        hanzi, cyrillic = (re.search(signs, line.read, re.I) for signs in (f"[{HANZI}]", "[а-яё]"))
        if line.language == "ru" and hanzi:
            yield line.finding(
                "alphabet", say("hanzi `{found}` in Russian; are `ru` and `zh` exchanged?", found=hanzi[0])
            )
        elif line.language == "zh" and cyrillic and not re.search(f"[{HANZI}]", line.text):
            yield line.finding("alphabet", "Russian where Chinese is expected; translate it")
        elif line.language == "zh" and (pair := _traditional(line.read)):
            yield line.finding(
                "alphabet",
                say(
                    "`{found}` is a traditional sign; on the mainland one writes `{plain}`",
                    found=pair[0],
                    plain=pair[1],
                ),
            )


def repeated(catalogue: Catalogue) -> Iterator[Finding]:
    """No word stands twice in a row."""
    for line in all_lines(catalogue):
        if found := (_AGAIN if line.language == "ru" else _HANZI_AGAIN).search(line.read):
            yield line.finding("repeated", say("“{found}” says the same twice; leave one", found=found[0]))


def markup(catalogue: Catalogue) -> Iterator[Finding]:
    """Only `code` and **bold** are known, and both are closed in their line."""
    for line in all_lines(catalogue):
        if line.typed.count("`") % 2 or line.read.count("**") % 2:
            yield line.finding("markup", "a ` or ** is not closed in its line; close or delete it")
        elif found := _TAGS.search(line.typed):
            yield line.finding(
                "markup",
                say("`{found}` would be shown as it stands; only `code` and **bold** are known", found=found[0]),
            )


RULES: tuple[Rule, ...] = (
    chinese_punctuation,
    look_alikes,
    quotes,
    spaces,
    signs,
    alphabet,
    repeated,
    markup,
)


def _lines(catalogue: Catalogue, language: str) -> Iterator[Line]:
    return (line for line in all_lines(catalogue) if line.language == language)


@cache
def _simplifier() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


def _traditional(text: str) -> tuple[str, str] | None:
    simple = _simplifier().convert(text)
    pairs = zip(text, simple, strict=False)
    return next(((a, b) for a, b in pairs if a != b), None) if len(simple) == len(text) else None
