"""Answers as data beside their words, for a client that draws them; whoever does not goes on with the words.

A card holds numbers, codes and names out of the catalogue, no sentence: its labels are the client's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any, TypeAlias

Names = Mapping[str, str]  # by language
LOW = Decimal("0.15")  # of what there was: from here on people should know before it runs out
_EXACT = Decimal("0.0001")  # of a gigabyte, rounded down: never tell more than there is


@dataclass(frozen=True)
class Counter:
    """What is left of one package. `unit`: min, gb, sms; None is unlimited."""

    counts_for: str
    unit: str
    left: Decimal | None
    total: Decimal | None
    until: date

    @property
    def state(self) -> str:
        if self.left is None or self.total is None:
            return "unlimited"
        if self.left <= 0:
            return "empty"
        return "low" if self.left < self.total * LOW else "enough"


@dataclass(frozen=True)
class PackagesCard:
    """The counter that was asked about stands first."""

    counters: tuple[Counter, ...]


@dataclass(frozen=True)
class Plan:
    """A tariff: roubles and packages a month. `press`: the value of the button that begins the change to it."""

    code: str
    names: Names
    about: Names
    fee: Decimal
    change_fee: Decimal
    gigabytes: Decimal | None  # None: unlimited
    minutes: int
    sms: int
    mine: bool = False
    press: str = ""


@dataclass(frozen=True)
class TariffsCard:
    """`compare`: the two of them are to be seen side by side."""

    plans: tuple[Plan, ...]
    compare: bool = False


@dataclass(frozen=True)
class Offer:
    """A service: roubles per `period`, month, day or once. `press` begins connecting it."""

    code: str
    names: Names
    about: Names
    fee: Decimal
    period: str
    trial_days: int
    press: str = ""


@dataclass(frozen=True)
class ServicesCard:
    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class CoverageCard:
    """none, weak or good by technology, the fastest first."""

    place: Names
    outdoors: tuple[tuple[str, str], ...]
    indoors: tuple[tuple[str, str], ...]
    as_of: date


Card: TypeAlias = PackagesCard | TariffsCard | ServicesCard | CoverageCard


def shape(card: Card, language: str) -> dict[str, Any]:
    """The card as its event carries it, with names in this language."""
    match card:
        case PackagesCard(counters):
            return {"kind": "packages", "language": language, "counters": [_counter(one) for one in counters]}
        case TariffsCard(plans, compare):
            told: dict[str, Any] = {"tariffs": [_plan(one, language) for one in plans]}
            return {"kind": "tariffs", "language": language, **told, **({"compare": True} if compare else {})}
        case ServicesCard(offers):
            return {"kind": "services", "language": language, "services": [_offer(one, language) for one in offers]}
        case CoverageCard(place, outdoors, indoors, as_of):
            signals = {"outdoors": dict(outdoors), "indoors": dict(indoors), "as_of": as_of.isoformat()}
            return {"kind": "coverage", "language": language, "place": _in(place, language), **signals}


def _counter(one: Counter) -> dict[str, Any]:
    amounts = {"left": _number(one.left), "total": _number(one.total)}
    return {"for": one.counts_for, "unit": one.unit, **amounts, "state": one.state, "until": one.until.isoformat()}


def _plan(one: Plan, language: str) -> dict[str, Any]:
    money = {"fee": _number(one.fee), "change_fee": _number(one.change_fee)}
    packages = {"gb": _number(one.gigabytes), "min": one.minutes, "sms": one.sms}
    told = _named(one.code, one.names, one.about, one.press, language) | money | packages
    return told | ({"mine": True} if one.mine else {})


def _offer(one: Offer, language: str) -> dict[str, Any]:
    money = {"fee": _number(one.fee), "period": one.period, "trial_days": one.trial_days}
    return _named(one.code, one.names, one.about, one.press, language) | money


def _named(code: str, names: Names, about: Names, press: str, language: str) -> dict[str, Any]:
    told: dict[str, Any] = {"code": code, "name": _in(names, "ru")}
    if (gloss := _in(names, language)) != told["name"]:
        told["gloss"] = gloss  # bills have the Russian name, so it is always there
    if words := _in(about, language):
        told["about"] = words
    return told | ({"press": press} if press else {})


def _in(names: Names, language: str) -> str:
    return names.get(language) or names.get("ru") or ""


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value.quantize(_EXACT, ROUND_DOWN))
