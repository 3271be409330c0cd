"""May this word of a message be a place? Связь, Мирный, Победа and Зима are villages and towns too.

Precision comes first: a word that is also an ordinary word is a place only where the words around it say so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from faq.russian import grade, may_be
from faq.textual import Word

_INTO = {"в", "во", "на", "из", "под", "подо", "около", "возле", "близ", "из-под"}
_TOWARDS = _INTO | {"до", "от", "за", "к", "ко", "с", "со", "у", "через", "по", "между", "и", "или", "мимо", "над"}
_NEARBY = {"под", "около", "возле", "близ", "недалеко", "рядом", "за", "мимо"}
_FIXED = {"среднем", "общем", "целом", "рабочем", "новом", "первом"}  # «в среднем» is no village
_KIND = re.compile(
    r"город(?:е|а|у|ом|ок|ке)?|гор|г|посел\w{0,4}|пос|п|пгт|рп|деревн\w{1,3}|дер|д|сел[оаеу]|селом|с|станци\w{1,2}|ст"
    r"|улус\w?|хутор\w{0,2}|аул\w?|мыс\w{0,2}|бухт\w{1,2}|остров\w{0,2}|озер\w{1,2}|микрорайон\w{0,2}|мкр|м"
    r"|район\w?|турбаз\w{1,2}|снт|днт|жк|пад\w{1,2}|порт\w?"
)
_STREET = re.compile(r"улиц\w{1,2}|ул|проспект\w{0,2}|пр|пер|переул\w{2,4}|площад\w{1,2}|пл|бульвар\w{0,2}|имени|им")
_WHO = re.compile(r"я|зовут|фамили\w|звать|имя|меня|мне|господин\w?|сотрудни\w{1,3}|оператор\w{0,2}|специалист\w{0,2}")
_SHORT = 4  # letters; shorter unknown words are seldom names
_LONG = 7  # letters
_TOWN, _HAMLET = 20_000, 300  # people


@dataclass(frozen=True)
class Candidate:
    """Words `first` up to `last` of a message, and how well known the best place of that name is."""

    first: int
    last: int  # exclusive
    home: bool  # around Irkutsk and Baikal
    population: int
    landmark: bool  # a bay, a cape, a road ...: «Песчаная бухта»
    before_region: bool  # the words after it name a region: «в Мирном Якутия»


def is_place(words: list[Word], candidate: Candidate) -> bool:
    before = words[candidate.first - 1] if candidate.first else None
    previous = before.text if before else ""
    if _STREET.fullmatch(previous):
        return False
    own = words[candidate.first : candidate.last]
    capital = own[0].capital
    kind = bool(_KIND.fullmatch(previous)) or _kind_follows(words, candidate.last)
    grades = {grade(word.text) for word in own if not word.text.isdigit()}
    if kind and (capital or candidate.home or candidate.population >= _TOWN):
        return True
    if "place" in grades or "unknown" in grades:
        return _special(own, candidate, capital or previous in _TOWARDS)
    if "word" in grades:
        return _ordinary(words, candidate, capital, previous)
    return _person(own, candidate, previous)


def is_misspelled_place(words: list[Word], candidate: Candidate) -> bool:
    """A word that is nearly the name of a village is more often slang or a brand: only known ones are believed."""
    if len(words[candidate.first].text) < _LONG and candidate.population < (_HAMLET if candidate.home else 5 * _TOWN):
        return False
    return is_place(words, candidate)


def is_nearby(words: list[Word], first: int) -> bool:
    """Is the place only a landmark: «под Ангарском», «недалеко от Качуга»?"""
    return any(word.text in _NEARBY for word in words[max(0, first - 2) : first])


def _special(own: list[Word], candidate: Candidate, supported: bool) -> bool:
    """A word that is nothing but a name, or no word at all."""
    known = candidate.home or candidate.population >= _TOWN
    if len(own) == 1 and len(own[0].text) < _SHORT and grade(own[0].text) == "unknown":
        return supported or (known and len(own[0].text) == _SHORT - 1)
    return supported or known or len(own) > 1


def _ordinary(words: list[Word], candidate: Candidate, capital: bool, previous: str) -> bool:
    own = words[candidate.first : candidate.last]
    numbered = any(word.text.isdigit() for word in own)  # «130 квартал»
    if len(own) > 1 and (candidate.landmark or numbered or candidate.population >= 5 * _TOWN):
        return True
    if previous not in _TOWARDS:
        return len(own) > 1 and candidate.home and capital  # «Большие Коты 4g?»
    if capital:
        if not candidate.before_region and _begins_a_name(words, candidate.last):
            return False
        return previous in _INTO or previous not in {"и", "или", "у", "к", "с", "по"} or candidate.home
    if not candidate.home and candidate.population < 5 * _TOWN:
        return False
    where = "gent" if previous == "из" else "loct"
    return previous in {"в", "во", "на", "из"} and _stands_alone(own, where)


def _begins_a_name(words: list[Word], last: int) -> bool:
    """«в Новом Уренгое»: the capital belongs to a longer name that we do not know."""
    return last < len(words) and words[last].capital and words[last].joined


def _stands_alone(own: list[Word], where: str) -> bool:
    """«в зиме», «на солнечном»; not an adjective or number that may belong to the next word."""
    return all(may_be(word.text, where) and word.text not in _FIXED for word in own)


def _person(own: list[Word], candidate: Candidate, previous: str) -> bool:
    """Киров and Владимир are men more often than towns, Анна is always a woman."""
    if _WHO.fullmatch(previous):
        return False
    if any(may_be(word.text, "Geox") for word in own) and not any(may_be(word.text, "Name") for word in own):
        return previous in _TOWARDS or candidate.home or candidate.population >= 5 * _TOWN
    return previous in {"в", "во", "из"} or (previous == "на" and candidate.home)


def _kind_follows(words: list[Word], last: int) -> bool:
    """«в Мирном посёлке», «Солнечный микрорайон»."""
    return last < len(words) and re.fullmatch(r"посел\w{1,4}|микрорайон\w{0,2}|деревн\w", words[last].text) is not None
