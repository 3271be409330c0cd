"""What is said about other things than the operator before a human takes over, as beyond.yaml has it.

The matcher knows nothing of it: a tip is only looked for once a message is to be handed over anyway.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from faq.entry import LANGUAGES, Entry
from faq.safety import Patterns, patterns
from faq.sanitise import calm, sanitise

TIP_KEYS = frozenset({"id", "title", "words", "unless", "answer", "ask", "valid_from", "valid_until", "owner", "note"})
Lines = Mapping[str, tuple[str, ...]]  # by language


@dataclass(frozen=True)
class Tip:
    """`entry` holds its texts, its days, and in `ask` the messages that must find it."""

    entry: Entry
    words: Lines
    unless: Lines

    def fits(self, *readings: str) -> bool:
        """One of its words stands in a reading of the message (as typed, folded), none of what forbids it in any."""
        return any(map(_compiled(self.words).found, readings)) and not any(map(_compiled(self.unless).found, readings))


def fitting(tips: tuple[Tip, ...], today: date, *readings: str) -> Tip | None:
    """The first that fits, of those that are true today."""
    return next((tip for tip in tips if tip.entry.valid.covers(today) and tip.fits(*readings)), None)


def reading(text: str) -> str:
    """A message as typed, in the form that words are looked for in."""
    return calm(sanitise(text))


def lines(tip: Tip) -> Iterator[tuple[str, str]]:
    """Language and line of all its words, those that forbid it too."""
    for kind in (tip.words, tip.unless):
        for language in LANGUAGES:
            yield from ((language, line) for line in kind.get(language, ()))


def _compiled(kind: Lines) -> Patterns:
    return patterns(kind.get("ru", ()), kind.get("zh", ()))
