"""Phrases as lines for the FAQ's files, in quotes where YAML needs them; what must not be pasted is a comment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import yaml

from faq.asked import HIDDEN
from faq.entry import Catalogue
from faq.phrase_rows import phrases_of
from faq.sanitise import plain


def scalar(text: str) -> str:
    dumped: str = yaml.safe_dump(text, allow_unicode=True, width=100_000)
    return dumped.removesuffix("\n").removesuffix("\n...")


class Shelf:
    """The phrases that the FAQ has already."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._entries = {words: phrase.entry for phrase in phrases_of(catalogue) if (words := plain(phrase.text))}

    def entry_of(self, text: str) -> str | None:
        return self._entries.get(plain(text))

    def objection(self, text: str) -> str:
        """Why this is no phrase to add; empty if it may be one."""
        if HIDDEN in text:
            return "a number, address or name is hidden here"
        known = self.entry_of(text)
        return f"is a phrase of {known} already" if known else ""


def phrase_lines(texts: Mapping[str, Iterable[str]], shelf: Shelf, indent: str) -> Iterator[str]:
    """`ru:` and `zh:` with their lists; a language without any is left out."""
    for language, some in texts.items():
        objections = {text: shelf.objection(text) for text in some}
        empty = "" if any(not why for why in objections.values()) else " []"
        yield f"{indent}{language}:{empty}"
        for text, why in objections.items():
            yield f"{indent}# - {text}  ({why})" if why else f"{indent}- {scalar(text)}"
