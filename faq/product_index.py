"""Names of tariffs, services and countries in a message: inflected, in other words, misspelled, in Chinese."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from faq.declension import forms
from faq.russian import is_known
from faq.textual import HANZI

_TOKEN = re.compile(r"[а-яё]+|[a-z]+|\d+(?:[.,]\d+)?", re.IGNORECASE)
_ENDING = re.compile(
    r"(?:иями|ями|ами|ого|его|ому|ему|ыми|ими|ов|ев|ей|ой|ий|ый|ая|яя|ое|ее|ые|ие|ым|им|ом|ем|ах|ях|ых|их|ую|юю|[аяоеиыуюьй])$"
)
_RUSSIAN = re.compile(r"[а-яё -]+")
_SHORTEST_STEM = 3
_SHORTEST_TYPO = 5
_TWO_TYPOS = 8


@dataclass(frozen=True, slots=True)
class Token:
    text: str  # lower case, е for ё
    start: int
    end: int
    joined: bool  # nothing but spaces, hyphens or quotes part it from the token before


@dataclass(frozen=True, slots=True)
class Hit:
    code: str
    start: int
    end: int


def read_tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        between = text[tokens[-1].end : match.start()] if tokens else ","
        joined = not between.strip(' -‐‑–«»"“”')
        tokens.append(Token(match[0].lower().replace("ё", "е"), match.start(), match.end(), joined))
    return tokens


class ProductIndex:
    """Names of one kind; built once, then only read."""

    def __init__(self, names: Iterable[tuple[str, Iterable[str]]]) -> None:
        self._exact: dict[str, str] = {}
        self._stems: dict[str, str] = {}
        self._alike: dict[str, list[str]] = defaultdict(list)
        chinese: dict[str, str] = {}
        for code, aliases in names:
            for alias in aliases:
                if HANZI.search(alias):
                    chinese.setdefault(alias.lower(), code)
                else:
                    self._add(alias, code)
        for form in self._exact:
            self._alike[form[:1]].append(form)
        self._beginnings = {key.partition(" ")[0] for key in (*self._exact, *self._stems)}
        self._longest = max((key.count(" ") + 1 for key in (*self._exact, *self._stems)), default=1)
        self._chinese = chinese
        # Digits before the name belong to it: 5gb is no part of 15gb.
        found = "|".join(map(re.escape, sorted(chinese, key=len, reverse=True)))
        self._pattern = re.compile(rf"(?<!\d)(?:{found})" if found else r"(?!)")

    def _add(self, alias: str, code: str) -> None:
        words = [token.text for token in read_tokens(alias)]
        for form in forms(alias) if len(words) < 3 and _RUSSIAN.fullmatch(alias.lower()) else ():
            self._exact.setdefault(form, code)
        self._exact.setdefault(" ".join(words), code)
        if len(words) > 1:
            self._stems.setdefault(" ".join(map(stem, words)), code)

    def find(self, text: str, tokens: list[Token]) -> Iterator[Hit]:
        """`text` is simplified and as long as what the person wrote."""
        for match in self._pattern.finditer(text.lower()):
            yield Hit(self._chinese[match[0]], match.start(), match.end())
        at = 0
        while at < len(tokens):
            size, code = self._at(tokens, at)
            if code:
                yield Hit(code, tokens[at].start, tokens[at + size - 1].end)
            at += size

    def _at(self, tokens: list[Token], at: int) -> tuple[int, str]:
        first = tokens[at].text
        longest = self._longest if first in self._beginnings or stem(first) in self._beginnings else 0
        for size in range(min(longest, len(tokens) - at), 0, -1):
            span = tokens[at : at + size]
            if not all(token.joined for token in span[1:]):
                continue
            words = [token.text for token in span]
            code = self._exact.get(" ".join(words)) or (size > 1 and self._stems.get(" ".join(map(stem, words))))
            if code:
                return size, code
        return 1, self._like(first)

    def _like(self, word: str) -> str:
        if len(word) < _SHORTEST_TYPO or not word.isalpha() or is_known(word):
            return ""
        allowed = 2 if len(word) >= _TWO_TYPOS else 1
        found = extractOne(word, self._alike.get(word[0], ()), scorer=OSA.distance, score_cutoff=allowed)
        return self._exact[found[0]] if found and len(found[0]) >= _SHORTEST_TYPO - 1 else ""


@lru_cache(20_000)
def stem(word: str) -> str:
    """What inflection leaves of a word, roughly; short words stay whole."""
    cut = _ENDING.sub("", word)
    return cut if len(cut) >= _SHORTEST_STEM else word
