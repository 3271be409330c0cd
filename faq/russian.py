"""The dictionary of Russian, loaded once for everybody: it takes 0.2 s and 30 MB."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

import pymorphy3

Grade = Literal["unknown", "place", "person", "word"]
_NAMES = {"Name", "Surn", "Patr"}
_OTHER_PROPER = {"Orgn", "Trad", "Abbr", "Init"}
_MOSTLY = 0.5


@lru_cache(1)
def dictionary() -> Any:
    """The shared MorphAnalyzer; reading it is safe from every thread."""
    return pymorphy3.MorphAnalyzer()


@lru_cache(40_000)
def is_known(word: str) -> bool:
    return bool(dictionary().word_is_known(word))


@lru_cache(20_000)
def grade(word: str) -> Grade:
    """What a lower-case word is most of all: a place, a person's name, an ordinary word, or nothing known."""
    if not is_known(word):
        return "unknown"
    place = person = rest = 0.0
    adjective = False
    for parse in dictionary().parse(word):
        marks = parse.tag.grammemes
        adjective = adjective or "ADJF" in marks
        if "Geox" in marks:
            place += parse.score
        elif marks & _NAMES:
            person += parse.score
        elif not marks & _OTHER_PROPER:
            rest += parse.score
    if adjective and place:
        return "word"  # мирный, свободный: towns, but first of all what they say
    if place >= _MOSTLY or (place and not rest and not person):
        return "place"
    return "person" if person > rest else "word"


@lru_cache(20_000)
def may_be(word: str, *marks: str) -> bool:
    """Can the word carry all these grammemes at once: `may_be("зиме", "loct")`?"""
    return any(set(marks) <= tag.grammemes for tag in dictionary().tag(word))
