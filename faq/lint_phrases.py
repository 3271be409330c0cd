"""Rules about how people ask: enough phrases, each in its own list, nobody's number in them, none two entries share."""

from __future__ import annotations

import re
from collections.abc import Iterator

from faq.entry import LANGUAGES, Catalogue, Finding, at
from faq.lint_texts import HANZI, Rule, all_texts
from faq.sanitise import LONGEST, plain, plain_phrase
from faq.saying import say

LEAST_ASKS = 8
TODO = "TODO"  # where a draft leaves something to write
_NUMBER = re.compile(r"(?<!\d)\+?\d[\d\s()-]{8,}\d(?!\d)|[\w.+-]+@[\w-]+\.\w{2,}|(?<!\w)@[a-z]\w{4,}", re.I)


def asks(catalogue: Catalogue) -> Iterator[Finding]:
    """Each entry says in at least 8 ways per language how people ask for it."""
    for entry in catalogue.entries.values():
        for language in LANGUAGES:
            if (count := len(entry.ask[language])) < LEAST_ASKS:
                message = say(
                    "`{entry}` has {count} phrases in `{language}`; add {more} or more",
                    entry=entry.id,
                    count=count,
                    language=language,
                    more=LEAST_ASKS - count,
                )
                yield Finding(entry.file, entry.line, "asks", message)


def shared_phrases(catalogue: Catalogue) -> Iterator[Finding]:
    """No phrase belongs to two entries: the bot could not tell which is meant."""
    owners: dict[str, tuple[str, int, str]] = {}
    for entry in catalogue.entries.values():
        for language in LANGUAGES:
            for phrase in entry.ask[language]:
                file, line = at(phrase, entry)
                first = owners.setdefault(plain_phrase(str(phrase)), (file, line, entry.id))
                if first[2] != entry.id:
                    message = say(
                        "“{phrase}” is also in {file}:{line} for `{entry}`; keep one",
                        phrase=phrase,
                        file=first[0],
                        line=first[1],
                        entry=first[2],
                    )
                    yield Finding(file, line, "shared_phrases", message)


def phrases(catalogue: Catalogue) -> Iterator[Finding]:
    """A phrase says something, in the language of its list, is no essay and holds nobody's number or address."""
    for entry in catalogue.entries.values():
        for language in LANGUAGES:
            for phrase in entry.ask[language]:
                if objection := _objection(phrase, language):
                    yield Finding(
                        *at(phrase, entry),
                        "phrases",
                        say("“{phrase}” {objection}", phrase=phrase[:60], objection=objection),
                        warning=True,
                    )


def unwritten(catalogue: Catalogue) -> Iterator[Finding]:
    """Nothing of a draft is left to write: where TODO stands, nobody has said yet what belongs there."""
    asked = ((entry, text) for entry in catalogue.entries.values() for some in entry.ask.values() for text in some)
    spoken = ((entry, text) for entry, text, _, _ in all_texts(catalogue))
    named = ((entry, TODO) for entry in catalogue.entries.values() if entry.id == TODO.lower())
    for entry, text in (*named, *spoken, *asked):
        for number, line in enumerate(text.split("\n") if TODO in text else ()):
            if TODO in line:
                message = say("{mark} stands here; write what belongs there, or delete it", mark=TODO)
                yield Finding(*at(text, entry, number), "unwritten", message)


def _objection(phrase: str, language: str) -> str:
    if not plain(phrase):
        return say("has no letter or digit in it, nobody is found by it; delete it")
    if len(phrase) > LONGEST:
        return say("is longer than the {most} signs that the bot reads; shorten it", most=LONGEST)
    if _NUMBER.search(phrase):
        return say("holds somebody's number or address; delete that")
    hanzi, cyrillic = re.search(f"[{HANZI}]", phrase), re.search("[а-яё]", phrase, re.I)
    if language == "ru" and hanzi and not cyrillic:
        return say("is Chinese in the Russian list; move it under `zh:`")
    if language == "zh" and cyrillic and not hanzi:
        return say("is Russian in the Chinese list; move it under `ru:`")
    if re.search(r"\{[a-z_.]+\}", phrase):
        return say("quotes a fact; phrases are what people write, put a usual value there")
    return ""


RULES: tuple[Rule, ...] = (asks, shared_phrases, unwritten)  # `phrases` takes half a second: lint_deep.py
