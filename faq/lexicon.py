"""The words the FAQ itself is written with, the words of Russian, and what people write instead of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import OSA

from faq.russian import dictionary, is_known
from faq.strict_yaml import Table, Text, Value, expect, texts

_RUSSIAN_WORD = re.compile(r"[а-я]+")
_LATIN_WORD = re.compile(r"[a-z]{2,}|[3-5]g")
_HANZI = re.compile(r"[\u3400-\u9fff]")
_SHORTEST_REPAIRED = 4  # letters
_LONGEST_REPAIRED = 30
_LONG_WORD = 8  # letters from which two typos are forgiven


@dataclass(frozen=True)
class Slang:
    """What slang.yaml says."""

    ru: Mapping[str, str]
    zh: Mapping[str, str]
    latin: frozenset[str]
    signs: Mapping[str, str]
    courtesy: re.Pattern[str]

    @classmethod
    def read(cls, table: Table) -> Slang:
        """Raises KeyError, YamlError."""
        courtesy = expect(table["courtesy"], Table)
        words, signs = (
            "|".join(re.escape(one) for one in sorted(texts(courtesy[language]), key=len, reverse=True))
            for language in ("ru", "zh")
        )
        return cls(
            ru=_strings(table["ru"]),
            zh=_strings(table["zh"]),
            latin=frozenset(texts(table["latin"])),
            signs=_strings(table["signs"]),
            courtesy=re.compile(rf"(?<![а-я])(?:{words})(?![а-я])|{signs}"),
        )


def _strings(value: Value) -> dict[str, str]:
    return {str(key): expect(text, Text) for key, text in expect(value, Table).items()}


class Lexicon:
    """Which Russian words are known, and the nearest one for a word that is not. Read-only after construction."""

    def __init__(self, phrases: Iterable[str], names: Iterable[str] = ()) -> None:
        self._morph: Any = dictionary()
        phrases_read = list(phrases)
        seen = Counter(word for phrase in phrases_read for word in _RUSSIAN_WORD.findall(phrase))
        named = {word for name in names for word in _RUSSIAN_WORD.findall(name)}
        self._own = {word for word, count in seen.items() if count > 1 or is_known(word)} | named
        # A misspelled word of a phrase is known, so it stays; it is no remedy for others.
        self._known = set(seen) | named
        self._all = sorted(
            (word for word in self._own if len(word) >= _SHORTEST_REPAIRED and is_known(word)),
            key=lambda word: (-seen[word], word),
        )
        self._by_length: dict[int, list[str]] = {}
        for word in self._all:
            self._by_length.setdefault(len(word), []).append(word)
        heard = sound("\n".join(self._all)).split("\n")
        self._by_sound = dict(zip(reversed(heard), reversed(self._all), strict=True))
        self._seen = seen
        self._signs = set("".join(phrases_read))
        self._latin = {word for phrase in phrases_read for word in _LATIN_WORD.findall(phrase)}
        self.known = lru_cache(20_000)(self._is_known)
        self.repaired = lru_cache(5_000)(self._repair)
        self.lemma = lru_cache(20_000)(self._lemma)

    def own(self, word: str) -> bool:
        """Does the FAQ itself use the word?"""
        return word in self._own

    def says_something(self, text: str) -> bool:
        """Is there one word that we know in it, or are most of its hanzi in use? Else it is a cat on the keyboard."""
        hanzi = _HANZI.findall(text)
        if hanzi:
            return 2 * sum(sign in self._signs for sign in hanzi) >= len(hanzi)
        words = (word for word in _RUSSIAN_WORD.findall(text) if len(word) > 1)
        return any(map(self.known, words)) or not self._latin.isdisjoint(_LATIN_WORD.findall(text))

    def _is_known(self, word: str) -> bool:
        return word in self._known or is_known(word)

    def _lemma(self, word: str) -> str:
        parses = self._morph.parse(word)
        return str(parses[0].normal_form).replace("ё", "е") if parses else word

    def _repair(self, word: str) -> str:
        """What was probably meant by a word that is no word: the same by ear, a typo away, or two in a long word."""
        if len(word) < _SHORTEST_REPAIRED or len(word) > _LONGEST_REPAIRED or self.known(word):
            return word
        if word.startswith("не") and len(word) > 5 and self.known(word[2:]):
            return f"не {word[2:]}"
        return (
            self._by_sound.get(sound(word))
            or self._nearest(word, 1)
            or next(filter(is_known, _respelled(word)), "")
            or (self._nearest(word, 2) if len(word) >= _LONG_WORD else "")
            or word
        )

    def _nearest(self, word: str, allowed: int) -> str:
        """The word so few typos away that begins alike and is used most."""
        lengths = range(len(word) - allowed, len(word) + allowed + 1)
        alike = [near for length in lengths for near in self._by_length.get(length, ())]
        found = process.extract(word, alike, scorer=OSA.distance, score_cutoff=allowed, limit=None)

        def cost(one: tuple[str, float, int]) -> tuple[float, int, str]:
            candidate, distance, _ = one
            seen = self._seen[candidate]
            return distance + 0.4 * (candidate[0] != word[0]) - min(seen, 50) / 200, -seen, candidate

        return min(found, key=cost)[0] if found else ""


_SAME_SOUND = tuple(
    (re.compile(pattern, re.MULTILINE), letter)
    for pattern, letter in (
        (r"(ть?ся|т?ца|цца)$", "ца"),
        (r"тьс|тс|тц|дц|ц", "ц"),
        (r"[ьъ]", ""),
        (r"[оа]", "а"),
        (r"[еэиыйя]+", "и"),
        (r"ю", "у"),
        (r"сч|зч|щ|шч", "щ"),
        (r"[гх]", "к"),
        (r"д", "т"),
        (r"б", "п"),
        (r"в", "ф"),
        (r"з", "с"),
        (r"ж", "ш"),
        (r"(.)\1+", r"\1"),
    )
)


def sound(words: str) -> str:
    """Words that sound alike have the same: поделиться, падилитца. Several words stand on a line each."""
    for pattern, letter in _SAME_SOUND:
        words = pattern.sub(letter, words)
    return words


_CONFUSED = {"а": "о", "о": "а", "е": "и", "и": "е", "я": "е", "ы": "и", "т": "д", "д": "т", "с": "з", "з": "с"}


def _respelled(word: str) -> Iterable[str]:
    for place, letter in enumerate(word):
        if letter in _CONFUSED:
            yield word[:place] + _CONFUSED[letter] + word[place + 1 :]
