"""Recognises what a message names: places, services, tariffs, countries, units and amounts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import opencc

from faq.operator_data import Country, Operator, Service, Tariff
from faq.places import Found, Gazetteer
from faq.product_index import Hit, ProductIndex, Token, read_tokens
from faq.russian import grade
from faq.textual import HANZI

Kind = Literal["place", "service", "tariff", "country", "unit", "amount"]

_UNITS: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = (
    ("gb", re.compile(r"гиг\w*|гб|gb|интернет\w*|инет\w*|трафи\w*|мегабайт\w*|мб|mb"), re.compile("流量|上网|gb|兆")),
    ("min", re.compile(r"минут\w*|мин|звонк\w*|звонит\w*|разговор\w*|вызов\w*"), re.compile("分钟|通话|打电话|语音")),
    ("sms", re.compile(r"смс\w*|sms|эсэмэс\w*|сообщени\w*"), re.compile("短信")),
)
_ROUBLES = re.compile(r"руб\w*|р|rub")
_AMOUNT_ZH = re.compile(r"(\d+(?:[.,]\d+)?)\s*(gb|g(?=的?流量)|个g(?![a-z])|分钟|条|卢布)")
_UNIT_ZH = {"gb": "gb", "g": "gb", "个g": "gb", "分钟": "min", "条": "sms", "卢布": "rub"}

_ABOUT_TARIFFS = re.compile(r"тариф|перей|перех|перевед|переключ|смен|поменя|пересе|套餐|资费|换到|换成")
_WHERE = {"в", "во", "на", "у", "из", "до", "под", "около", "возле", "по"}
_QUOTES = '«"“《'
_SIDES = {"дальний", "дальнего", "дальнем", "дальнему", "ближний", "ближнем", "ближнего"}  # «Дальний Восток»


@dataclass(frozen=True)
class Named:
    """`value` is a code or id, `text` what the person wrote.

    kind unit: gb, min or sms; kind amount: a number and its unit, `5 gb`, `300 rub`. `candidates`, best first, are the
    ids of all places that share the name when only the person can say which is meant.
    """

    kind: Kind
    value: str
    text: str
    candidates: tuple[str, ...] = ()


class Names:
    """Read-only once built; one instance serves all threads."""

    def __init__(self, operator: Operator, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._tariffs = ProductIndex(_aliases(operator.tariffs))
        self._services = ProductIndex(_aliases(operator.services))
        self._countries = ProductIndex(_aliases(operator.countries))
        self._simplify: Any = opencc.OpenCC("t2s")

    def find(self, text: str, language: str | None = None) -> tuple[Named, ...]:
        """Each once, in the order in which they stand; places that are only landmarks come last.

        Give the text as written: capital letters tell Свободный, the town, from свободный.
        """
        simple = self._simplify.convert(text) if HANZI.search(text) else text
        if len(simple) != len(text) or len(text.lower()) != len(text):
            simple = text
        tokens = read_tokens(simple)
        before = {token.start: previous.text for previous, token in pairwise(tokens)}
        tariffs = [hit for hit in self._tariffs.find(simple, tokens) if before.get(hit.start) not in _SIDES]
        services = list(self._services.find(simple, tokens))
        countries = [hit for hit in self._countries.find(simple, tokens) if _is_country(simple, hit, before)]
        places = list(self._gazetteer.find(text, language))
        shared = _ABOUT_TARIFFS.search(simple.lower()) is not None
        tariffs, places = _told_apart(simple, tariffs, places, before, about_tariffs=shared)
        places = [one for one in places if not _inside(one, (*services, *countries))]
        found: list[tuple[int, Named]] = []
        products: tuple[tuple[Kind, list[Hit]], ...] = (
            ("tariff", tariffs),
            ("service", services),
            ("country", countries),
        )
        for kind, hits in products:
            found.extend((hit.start, Named(kind, hit.code, text[hit.start : hit.end])) for hit in hits)
        found.extend(((1 << 20) * one.nearby + one.start, _named(one)) for one in places)
        found.extend(_amounts(text, simple, tokens))
        found.extend(_units(text, simple, tokens))
        ordered = [named for _, named in sorted(found, key=lambda one: one[0])]
        return tuple({(one.kind, one.value): one for one in reversed(ordered)}.values())[::-1]


def _aliases(
    products: Mapping[str, Tariff] | Mapping[str, Service] | Mapping[str, Country],
) -> Iterator[tuple[str, Iterable[str]]]:
    for code, product in products.items():
        # 学生 glosses a tariff, but who says it mostly is one; short glosses count only if listed as aliases.
        gloss = [product.name["zh"]] if isinstance(product, Country) or len(product.name["zh"]) > 2 else []
        yield code, (product.name["ru"], *gloss, *product.aliases["ru"], *product.aliases["zh"])


def _named(found: Found) -> Named:
    ids = tuple(place.id for place in found.places)
    return Named("place", ids[0], found.text, ids if len(ids) > 1 else ())


def _inside(found: Found, hits: Iterable[Hit]) -> bool:
    return any(hit.start <= found.start and found.end <= hit.end for hit in hits)


def _is_country(text: str, hit: Hit, before: Mapping[int, str]) -> bool:
    """«дели» shares, «шарм» charms, Милан courts: words that are no country by themselves need a preposition."""
    word = text[hit.start : hit.end].lower().replace("ё", "е")
    if not word.isalpha() or HANZI.search(word) or grade(word) in ("place", "unknown"):
        return True
    return before.get(hit.start) in _WHERE or len(word) > 6


def _told_apart(
    text: str, tariffs: list[Hit], places: list[Found], before: Mapping[int, str], *, about_tariffs: bool
) -> tuple[list[Hit], list[Found]]:
    """Байкал, Восток and Тайга are tariffs and places; the words around tell which, else it stays both."""
    kept, left = [], list(places)
    for hit in tariffs:
        same = [one for one in left if one.start < hit.end and hit.start < one.end]
        longer = any(one.end - one.start > hit.end - hit.start for one in same)
        quoted = text[max(0, hit.start - 1) : hit.start] in tuple(_QUOTES)
        if same and not quoted and (longer or (before.get(hit.start) in _WHERE and not about_tariffs)):
            continue
        kept.append(hit)
        if quoted or about_tariffs or any(one.end - one.start < hit.end - hit.start for one in same):
            left = [one for one in left if one not in same]
    return kept, left


def _amounts(text: str, simple: str, tokens: list[Token]) -> Iterator[tuple[int, Named]]:
    for number, unit in pairwise(tokens):
        if not number.text[0].isdigit() or simple[number.end : unit.start].strip():
            continue
        code = "rub" if _ROUBLES.fullmatch(unit.text) else _unit_of(unit.text)
        if code:
            value = f"{number.text.replace(',', '.')} {code}"
            yield number.start, Named("amount", value, text[number.start : unit.end])
    if HANZI.search(simple):
        for match in _AMOUNT_ZH.finditer(simple.lower()):
            if match[2] != "gb":  # read with the tokens
                value = f"{match[1].replace(',', '.')} {_UNIT_ZH[match[2]]}"
                yield match.start(), Named("amount", value, text[match.start() : match.end()])


def _units(text: str, simple: str, tokens: list[Token]) -> Iterator[tuple[int, Named]]:
    """Each unit once, where it is first named."""
    for code, russian, chinese in _UNITS:
        spans = [(token.start, token.end) for token in tokens if russian.fullmatch(token.text)]
        spans.extend(match.span() for match in chinese.finditer(simple.lower()))
        if spans:
            start, end = min(spans)
            yield start, Named("unit", code, text[start:end])


def _unit_of(word: str) -> str:
    return next((code for code, russian, _ in _UNITS if russian.fullmatch(word)), "")
