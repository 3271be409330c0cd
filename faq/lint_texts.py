"""What rules look at: every text of an entry with what it is, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from faq.entry import LANGUAGES, Catalogue, Entry, Finding, Words, at

Rule: TypeAlias = Callable[[Catalogue], Iterator[Finding]]
Role: TypeAlias = Literal["label", "answer", "care"]

HANZI = r"\u3400-\u9fff"
_UNREAD = re.compile(r"\{[^{}|\n]*|[|}]|`[^`\n]*`|https?://\S+")  # of a placeholder its plural forms are text


@dataclass(frozen=True)
class Line:
    """One line of a text, as a person reads it: placeholders, `codes` and links are blanked out."""

    entry: Entry
    language: str
    role: Role
    number: int
    typed: str
    read: str
    text: str  # the whole of it

    def finding(self, rule: str, message: str, *, warning: bool = True) -> Finding:
        return Finding(*at(self.text, self.entry, self.number), rule, message, warning=warning)


def answers(entry: Entry) -> Iterator[tuple[str, Words]]:
    """The answer and its variants (named ""), and each case."""
    yield "", entry.answer
    for variant in entry.variants:
        yield "", variant.answer
    yield from entry.cases.items()


def labels(entry: Entry) -> Iterator[Words]:
    yield entry.title
    if entry.button is not entry.title:
        yield entry.button
    yield from (button.label for button in entry.next if button.label)


def all_texts(catalogue: Catalogue) -> Iterator[tuple[Entry, str, str, Role]]:
    """Entry, text, language, role."""
    for entry in catalogue.entries.values():
        spoken: list[tuple[Role, Words]] = [("label", words) for words in labels(entry)]
        spoken += [("answer", words) for _, words in answers(entry)]
        for role, words in (*spoken, ("care", entry.care)):
            for language in LANGUAGES:
                if words.get(language):
                    yield entry, words[language], language, role


def all_lines(catalogue: Catalogue) -> Iterator[Line]:
    for entry, text, language, role in all_texts(catalogue):
        for number, typed in enumerate(text.split("\n")):
            read = _UNREAD.sub(lambda found: "\x00" * len(found[0]), typed)
            yield Line(entry, language, role, number, typed, read, text)
