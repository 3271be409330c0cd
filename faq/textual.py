"""The words of a message with where they stand, for those who look for names in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

HANZI = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[А-Яа-яЁё]+|\d+")
_BETWEEN = re.compile(r"[\s.\-‐-―«»\"]{0,3}")


@dataclass(frozen=True, slots=True)
class Word:
    text: str  # lower case, е for ё
    start: int
    end: int
    capital: bool  # written with a capital letter in a text that also has small ones
    joined: bool  # nothing but a space or a hyphen parts it from the word before


def read_words(text: str) -> list[Word]:
    shouting = text.isupper()
    found: list[Word] = []
    for match in _WORD.finditer(text):
        between = text[found[-1].end : match.start()] if found else ""
        written = match[0]
        found.append(
            Word(
                text=plain(written),
                start=match.start(),
                end=match.end(),
                capital=written[0].isupper() and not shouting,
                joined=bool(found) and _BETWEEN.fullmatch(between) is not None,
            )
        )
    return found


def plain(word: str) -> str:
    return word.lower().replace("ё", "е")


def words_of(name: str) -> list[str]:
    """A name as `read_words` will see it: `Р-255` is `р 255`, `Усть-Кут` is `усть кут`."""
    return [plain(word) for word in _WORD.findall(name)]
