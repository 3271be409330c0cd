"""Danger to life and the wish for a human, seen by patterns alone: works when no model does.

The patterns are in safety.yaml, for editors; how a line is read stands at its head.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import Literal

from faq.strict_yaml import Table, expect, texts

Alarm = Literal["emergency", "human"]

_WORDS_BETWEEN = 3
_SIGNS_BETWEEN = 6
_CYRILLIC, _HANZI = re.compile("[а-я]"), re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True)
class Patterns:
    ru: tuple[re.Pattern[str], ...]
    zh: tuple[re.Pattern[str], ...]

    def found(self, text: str) -> bool:
        return (_CYRILLIC.search(text) is not None and any(pattern.search(text) for pattern in self.ru)) or (
            _HANZI.search(text) is not None and any(pattern.search(text) for pattern in self.zh)
        )


class Safety:
    """Read-only after construction."""

    def __init__(self, emergency: Patterns, human: Patterns, unless: Patterns) -> None:
        self._emergency = emergency
        self._human = human
        self._unless = unless

    @classmethod
    def read(cls, table: Table) -> Safety:
        """Raises KeyError, YamlError."""
        return cls(*(_patterns(expect(table[name], Table)) for name in ("emergency", "human", "unless")))

    def alarm(self, *readings: str) -> tuple[Alarm | None, bool]:
        """What these readings of a message (as typed, folded) call for; False if it may be a figure of speech."""
        texts = dict.fromkeys(readings)
        sure = not any(self._unless.found(text) for text in texts)
        if any(self._emergency.found(text) for text in texts):
            return "emergency", sure
        if any(self._human.found(text) for text in texts):
            return "human", sure
        return None, sure


def patterns(ru: Iterable[str], zh: Iterable[str]) -> Patterns:
    """Lines as safety.yaml describes them; each is made once."""
    return Patterns(tuple(map(_russian, ru)), tuple(map(_chinese, zh)))


def _patterns(table: Table) -> Patterns:
    return patterns(texts(table["ru"]), texts(table["zh"]))


_RUSSIAN_GAP = rf"(?:[^а-яa-z0-9]+[а-яa-z0-9-]+){{0,{_WORDS_BETWEEN}}}[^а-яa-z0-9]+"
_CHINESE_GAP = f".{{0,{_SIGNS_BETWEEN}}}"


@cache
def _russian(line: str) -> re.Pattern[str]:
    parts = [_either(part, "[а-я-]*", r"[^а-яa-z0-9]+") for part in line.strip("^$").split(" + ")]
    start = r"^\W*" if line.startswith("^") else r"(?<![а-яa-z0-9-])"
    end = r"\W*$" if line.endswith("$") else r"(?![а-яa-z0-9])"
    return re.compile("|".join(start + _RUSSIAN_GAP.join(order) + end for order in permutations(parts)))


@cache
def _chinese(line: str) -> re.Pattern[str]:
    parts = [_either(part, "", r"\s*") for part in line.strip("^$").split(" + ")]
    start = r"^\W*" if line.startswith("^") else ""
    end = r"\W*$" if line.endswith("$") else ""
    return re.compile("|".join(start + _CHINESE_GAP.join(order) + end for order in permutations(parts)))


def _either(part: str, ending: str, space: str) -> str:
    spellings = (re.escape(each).replace(r"\*", ending).replace(r"\ ", space) for each in part.lower().split("/"))
    return f"(?:{'|'.join(spellings)})"
