"""What helps a person whose question is not about the operator: beyond.yaml, said before a human takes over.

It decides nothing: the matcher has found the message to be beyond the FAQ, and a human is called all the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from faq.entry import LANGUAGES
from faq.safety import Patterns, read_patterns
from faq.strict_yaml import Table, Text, YamlError, expect

LONGEST = 600  # characters; it stands before the words about the queue
_FIGURE = re.compile(r"https?://[^\s，。；）]+|[a-z0-9-]+(?:\.[a-z0-9-]+)+|\d[\d -]*\d|\d")


@dataclass(frozen=True)
class Hint:
    """`says` in each language; for messages that one of `asks` finds and none of `unless`."""

    name: str
    says: Mapping[str, str]
    asks: Patterns
    unless: Patterns | None

    def fits(self, readings: tuple[str, ...]) -> bool:
        if self.unless is not None and any(map(self.unless.found, readings)):
            return False
        return any(map(self.asks.found, readings))


@dataclass(frozen=True)
class Beyond:
    hints: tuple[Hint, ...]

    @classmethod
    def read(cls, table: Table) -> Beyond:
        """Raises KeyError, YamlError."""
        return cls(tuple(_hint(name, expect(row, Table)) for name, row in table.items()))

    def hint(self, *readings: str) -> Hint | None:
        """The first that fits these readings of a message (as typed, folded)."""
        texts = tuple(dict.fromkeys(readings))
        return next((one for one in self.hints if one.fits(texts)), None)


def _hint(name: str, row: Table) -> Hint:
    says = expect(row["says"], Table)
    words = {language: str(expect(says[language], Text)).strip() for language in LANGUAGES}
    for language, text in words.items():
        if not 0 < len(text) <= LONGEST:
            raise YamlError("", says.line, f"`says` of `{name}` must have 1 to {LONGEST} signs in `{language}`")
    odd = set(_figures(words["ru"])) ^ set(_figures(words["zh"]))
    if odd:
        raise YamlError(
            "", says.line, f"`says` of `{name}`: {', '.join(sorted(odd))} stands in one language only; make them agree"
        )
    unless = read_patterns(expect(row["unless"], Table)) if "unless" in row else None
    return Hint(name, words, read_patterns(expect(row["asks"], Table)), unless)


def _figures(text: str) -> list[str]:
    """Links, addresses and numbers, however the latter are spaced."""
    return [re.sub(r"(?<=\d)[ -]+(?=\d)", "", found) for found in _FIGURE.findall(text.lower())]
