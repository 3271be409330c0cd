"""The forms in which a Russian place name can stand in a sentence: Листвянка, в Листвянке, из Листвянки.

Names follow their endings far more strictly than other words do, so rules by ending are enough and cost no
dictionary; a form too many does no harm. Everything here is lower case with е for ё.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Six columns: nominative, genitive, dative, accusative, instrumental, locative. `/` parts two usual forms.
# The first ending that fits wins. The cut is what is taken off before the endings are put on.
_NOUNS: tuple[tuple[str, int, str], ...] = (
    (r"[гкх]ий$", 2, "ий ого ому ий им ом"),
    (r"[жшчщн]ий$", 2, "ий его ему ий им ем"),
    (r"[^аеиоуыэюя]ой$", 2, "ой ого/оя ому/ою ой ым/оем ом/ое"),
    (r"[^аеиоуыэюя]ый$", 2, "ый ого ому ый ым ом"),
    (r"ая$", 2, "ая ой ой ую ой ой"),
    (r"няя$", 2, "яя ей ей юю ей ей"),
    (r"[жшчщн]ее$", 2, "ее его ему ее им ем"),
    (r"[гкх]ое$|шое$", 2, "ое ого ому ое им ом"),
    (r"ое$", 2, "ое ого ому ое ым ом"),
    (r"[гкхжшчщ]ие$", 2, "ие их им ие ими их"),
    (r"ые$", 2, "ые ых ым ые ыми ых"),
    (r"[бвгджзклмнпрстфхцчшщ]ье$", 1, "е я ю е ем е"),
    (r"ие$", 1, "е я ю е ем и"),
    (r"ия$", 1, "я и и ю ей и"),
    (r"рел$", 2, "ел ла/ела лу/елу ел лом/елом ле/еле"),
    (r"ец$", 2, "ец ца/еца цу/ецу ец цом/ецом це/еце"),
    (r"[жчшщц]а$", 1, "а и/ы е у ей/ой е"),
    (r"[гкх]а$", 1, "а и е у ой е"),
    (r"а$", 1, "а ы е у ой е"),
    (r"я$", 1, "я и е ю ей е"),
    (r"[оё]к$", 2, "ок ка/ока ку/оку ок ком/оком ке/оке"),
    (r"ек$", 2, "ек ка/ека ку/еку ек ком/еком ке/еке"),
    (r"ь$", 1, "ь я/и ю/и ь ем/ью е/и"),
    (r"й$", 1, "й я ю й ем е"),
    (r"[кгхчшщж]и$", 1, "и ов/ей/ ам и ами ах"),
    (r"ы$", 1, "ы ов/ ам ы ами ах"),
    (r"и$", 1, "и ей/ь ям и ями ях"),
    (r"[цжшчщ]е$", 1, "е а у е ем е"),
    (r"е$", 1, "е я ю е ем е"),
    (r"о$", 1, "о а/о у/о о ом/ым/о е/о"),
    (r"(?:[оеё]в|ин)$", 0, " а у  ым/ом е"),
    (r"[жшчщц]$", 0, " а у  ем/ом е"),
    (r"[бвгдзклмнпрстфх]$", 0, " а у  ом е"),
)
_RULES = tuple(
    (re.compile(pattern), cut, tuple(c.split("/") for c in ends.split(" "))) for pattern, cut, ends in _NOUNS
)
_WORD = re.compile(r"[а-я]+|\d+")
_ADJECTIVE = re.compile(r"(?:ый|ий|ой|ая|яя|ое|ее|ые|ие)$")
_STILL = {"усть", "зун", "санкт", "верх", "улан", "бэ"}  # first parts that never change
_LINK = {"на", "в", "де", "под", "при", "у", "над", "за", "им", "имени"}  # Ростов-на-Дону: the rest stays


def forms(name: str) -> frozenset[str]:
    """All forms of a name, words parted by single spaces even where the name has hyphens."""
    words = _WORD.findall(name.lower().replace("ё", "е"))
    columns = _columns(words, hyphened="-" in name)
    found = {" ".join(words)}
    if len(columns) == 1:
        return frozenset(found.union(*columns[0]))
    for case in range(6):
        found.update(_joined([column[case] for column in columns]))
    return frozenset(found)


def _columns(words: list[str], hyphened: bool) -> list[list[list[str]]]:
    """For each word its forms in each of the six cases; words that stay have one form."""
    columns: list[list[list[str]]] = []
    frozen = False
    last = len(words) - 1
    for at, word in enumerate(words):
        frozen = frozen or word in _LINK
        # Усть-Кут, Улан-Удэ: the first part stays. Каменск-Уральский, Большие Коты: both change.
        still = word in _STILL or len(word) == 1 or word.isdigit()
        stays = frozen or still or (hyphened and at < last and not _agrees(word, words[at + 1]))
        columns.append([[word]] * 6 if stays else _cases(word))
    return columns


def _agrees(word: str, after: str) -> bool:
    return after in _LINK or after.isdigit() or bool(_ADJECTIVE.search(after)) or bool(_ADJECTIVE.search(word))


def _cases(word: str) -> list[list[str]]:
    cut, endings = _rule(word[-3:])
    stem = word[: len(word) - cut]
    if not endings or not stem:
        return [[word]] * 6
    # A bare stem of a plural, «Великих Лук», is too short to tell from other words.
    bare = cut == 0 or len(stem) > 3
    return [[stem + ending for ending in case if ending or bare] for case in endings]


@lru_cache(4096)
def _rule(end: str) -> tuple[int, tuple[list[str], ...]]:
    """No rule looks farther back than three letters."""
    for pattern, cut, endings in _RULES:
        if pattern.search(end):
            return cut, endings
    return 0, ()


def _joined(parts: list[list[str]]) -> list[str]:
    names = [""]
    for options in parts:
        names = [f"{name} {option}".lstrip() for name in names for option in options]
    return names
