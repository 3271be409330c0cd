"""Rules about beyond.yaml: ids, the words that find a tip, the messages that must find it, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from faq.entry import LANGUAGES, Catalogue, Finding, at
from faq.lint_texts import HANZI
from faq.saying import say
from faq.strict_yaml import Text
from faq.tips import Tip, lines, reading

_LINK = re.compile(r"\b[a-z]+://[^\s，。；）)]*")
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}")
_BAD_PLUS = re.compile(r"\S\+|\+\S|^\s*\+|\+\s*$")
_LEAST_SIGNS = {"ru": 3, "zh": 2}  # of a word that finds a tip all by itself


def tips(catalogue: Catalogue) -> Iterator[Finding]:
    """All of it; what an answer reads like is looked at by the rules for answers."""
    first: dict[str, Tip] = {}
    for tip in catalogue.tips:
        same = first.setdefault(tip.entry.id, tip)
        other = same.entry if same is not tip else catalogue.entries.get(tip.entry.id)
        if other is not None:
            message = say(
                "`{tip}` is also in {file}:{line}; rename one", tip=tip.entry.id, file=other.file, line=other.line
            )
            yield Finding(tip.entry.file, tip.entry.line, "tips", message)
        yield from _words(tip)
        yield from _links(tip)
        yield from _asked(tip, catalogue.tips)


def _words(tip: Tip) -> Iterator[Finding]:
    """A line can be found in a message, and is not so short that it is found in every other one."""
    for language in LANGUAGES:
        if not tip.words.get(language):
            message = say(
                "`{tip}` has no `words` in `{language}`; nothing would find it", tip=tip.entry.id, language=language
            )
            yield Finding(tip.entry.file, tip.entry.line, "tips", message)
    for language, line in lines(tip):
        if problem := _odd(line, language):
            yield _at(line, tip, problem)
    for language, written in tip.words.items():
        for line in written:
            short = next((one for one in _spellings(line) if len(one.strip("*^$")) < _LEAST_SIGNS[language]), None)
            if " + " not in line and short is not None:
                yield _at(
                    line,
                    tip,
                    say("`{short}` is too short to find a tip by itself; add ` + ` and a second word", short=short),
                )


def _odd(line: str, language: str) -> str:
    if line != line.lower() or "ё" in line:
        return "words are compared in lower case and with е for ё; write them so"
    if _BAD_PLUS.search(line) or "" in map(str.strip, _spellings(line)):
        return "a part is empty; between parts stands ` + `, between spellings of one part `/`"
    if language == "ru" and re.search(f"[{HANZI}]", line):
        return "hanzi under `ru`; are `ru` and `zh` exchanged?"
    if language == "zh" and re.search("[а-я]", line) and not re.search(f"[{HANZI}]", line):
        return "Russian under `zh`; are `ru` and `zh` exchanged?"
    return ""


def _spellings(line: str) -> list[str]:
    return [one for part in line.split(" + ") for one in part.split("/")]


def _asked(tip: Tip, all_tips: tuple[Tip, ...]) -> Iterator[Finding]:
    """Each message of `ask` finds this very tip."""
    known = tuple(one for one in all_tips if one.entry.valid == tip.entry.valid or one is tip)
    for language in LANGUAGES:
        if not tip.entry.ask.get(language):
            message = say(
                "`{tip}` has no `ask` in `{language}`; give a message or two that must find it",
                tip=tip.entry.id,
                language=language,
            )
            yield Finding(tip.entry.file, tip.entry.line, "tips", message)
        for text in tip.entry.ask.get(language, ()):
            found = next((one for one in known if one.fits(reading(text))), None)
            if found is None:
                yield _at(
                    text, tip, say("“{text}” is not found by the `words`, or `unless` forbids it; mend them", text=text)
                )
            elif found is not tip:
                yield _at(
                    text,
                    tip,
                    say(
                        "“{text}” finds `{other}` above first; tell them apart with `unless`",
                        text=text,
                        other=found.entry.id,
                    ),
                )


def _links(tip: Tip) -> Iterator[Finding]:
    """A link has a scheme that messengers open, a whole host, and no full stop behind it."""
    for text in tip.entry.answer.values():
        for number, line in enumerate(text.split("\n")):
            for link in _LINK.findall(line):
                parts = urlsplit(link)
                if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.netloc):
                    yield Finding(
                        *at(text, tip.entry, number), "tips", say("`{link}` is no web address; correct it", link=link)
                    )
                elif link[-1] in ".,;:!?":
                    message = say(
                        "`{link}`: the sign at its end would become part of the link; put a space or drop it", link=link
                    )
                    yield Finding(*at(text, tip.entry, number), "tips", message)


def _at(text: str, tip: Tip, message: str) -> Finding:
    return Finding(tip.entry.file, text.line if isinstance(text, Text) else tip.entry.line, "tips", message)
