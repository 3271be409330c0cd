"""Who is in the mock operator: the cast of cast.yaml and people generated from a seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

from faq.operator_data import Operator
from faq.strict_yaml import read_yaml

CAST_FILE = Path(__file__).with_name("cast.yaml")
GENERATED = 10_000
FIRST_GENERATED = 79_010_000_000
SEED = 20_261_105
_IN_CHINESE = 0.12  # the share of generated people who speak Chinese
_IN_DEBT = 0.06
_OVERSPEND = 0.25
_POPULAR = {"baikal": 34, "vostok": 12, "zvonki": 18, "taiga": 12, "bezlimit": 10, "student": 9, "omul": 5}
_TARIFFS, _POPULARITY = tuple(_POPULAR), tuple(accumulate(_POPULAR.values()))
_OFTEN_ON = {"antispam": 0.35, "who_called": 0.2, "voicemail": 0.08, "melody": 0.06, "tv": 0.05, "horoscope": 0.03}


@dataclass(frozen=True)
class Person:
    """A row of mock_operator.subscriber, and what is connected."""

    phone: str
    name: str
    language: str
    tariff: str
    fee_day: int
    balance: Decimal
    blocked: bool
    minutes: Decimal
    gigabytes: Decimal
    sms: Decimal
    china: Decimal
    overspent: Decimal
    owner: int = 1
    sim: int = 1
    services: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cast:
    people: tuple[Person, ...]
    behaviour: Mapping[str, str]  # phone -> slow | down
    coverage: Mapping[str, Any]
    charges: Mapping[str, Mapping[str, str]]
    names: Mapping[str, list[str]]


def read_cast() -> Cast:
    table: Any = read_yaml(CAST_FILE)
    return Cast(
        people=tuple(_person(row) for row in table["cast"]),
        behaviour={str(row["phone"]): str(row["behaves"]) for row in table["cast"] if "behaves" in row},
        coverage=table["coverage"],
        charges=table["charges"],
        names=table["names"],
    )


def _person(row: Mapping[str, Any]) -> Person:
    def number(key: str) -> Decimal:
        return Decimal(row.get(key, "0"))

    return Person(
        phone=str(row["phone"]),
        name=str(row["name"]),
        language=str(row["language"]),
        tariff=str(row["tariff"]),
        fee_day=int(row["fee_day"]),
        balance=number("balance"),
        blocked=row.get("blocked") == "yes",
        minutes=number("minutes"),
        gigabytes=number("gigabytes"),
        sms=number("sms"),
        china=number("china"),
        overspent=number("overspent"),
        services=tuple(map(str, row.get("services", ()))),
    )


def generated(cast: Cast, operator: Operator) -> Iterator[Person]:
    """The same people every time."""
    for number in range(GENERATED):
        yield invent(f"+{FIRST_GENERATED + number}", cast, operator)


def invent(phone: str, cast: Cast, operator: Operator) -> Person:
    """Somebody for this phone; the same phone always gives the same person."""
    dice = Random(SEED + int(phone))
    chance = dice.random
    tariff = operator.tariffs[_sold(dice.choices(_TARIFFS, cum_weights=_POPULARITY)[0], operator)]
    chinese, in_debt = chance() < _IN_CHINESE, chance() < _IN_DEBT
    kopecks = -15_000 * chance() - 100 if in_debt else dice.expovariate(1 / 40_000)
    services = [code for code, share in _OFTEN_ON.items() if chance() < share]
    if chinese and chance() < 0.5:
        services.append("china_calls")
    return Person(
        phone=phone,
        name=_name(dice, cast, chinese=chinese),
        language="zh" if chinese else "ru",
        tariff=tariff.code,
        fee_day=1 + int(28 * chance()),
        balance=Decimal(int(kopecks)) / 100,
        blocked=in_debt,
        minutes=Decimal(int((tariff.minutes + 1) * chance())),
        gigabytes=Decimal(int(10 * float(tariff.gigabytes or 0) * chance())) / 10,
        sms=Decimal(int((tariff.sms + 1) * chance())),
        china=Decimal(int(101 * chance())),
        overspent=Decimal(int(9_000 * chance())) / 100 if chance() < _OVERSPEND else Decimal(0),
        services=tuple(code for code in services if code in operator.services),
    )


def fitting(person: Person, operator: Operator) -> Person:
    """The same as a customer of this operator, whose FAQ may list other products than the cast was written for."""
    services = tuple(code for code in person.services if code in operator.services)
    return replace(person, tariff=_sold(person.tariff, operator), services=services)


def _sold(tariff: str, operator: Operator) -> str:
    return tariff if tariff in operator.tariffs else next(iter(operator.tariffs))


def _name(dice: Random, cast: Cast, *, chinese: bool) -> str:
    names = cast.names
    if chinese:
        return dice.choice(names["zh"]) + dice.choice(names["zh_given"])
    surname = str(dice.choice(names["surnames"]))
    if dice.random() < 0.5:
        return f"{dice.choice(names['men'])} {surname}"
    return f"{dice.choice(names['women'])} {surname if surname.endswith('х') else surname + 'а'}"
