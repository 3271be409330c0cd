"""The kinds of facts that answers quote. How each is written in a language is wording.py's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypeAlias

Unit = Literal["min", "gb", "sms"]


@dataclass(frozen=True)
class Money:
    """Roubles."""

    amount: Decimal


@dataclass(frozen=True)
class Amount:
    """Minutes, gigabytes or messages; None is unlimited."""

    value: Decimal | None
    unit: Unit


@dataclass(frozen=True)
class Number:
    value: int


@dataclass(frozen=True)
class Percent:
    """`value` 0..100."""

    value: Decimal


@dataclass(frozen=True)
class Day:
    on: date


@dataclass(frozen=True)
class Moment:
    """Written in the time zone that `at` carries."""

    at: datetime


@dataclass(frozen=True)
class Price:
    amount: Decimal
    period: Literal["month", "day", "once"]


@dataclass(frozen=True)
class Named:
    """A name in each language, written as it is: a place, a country."""

    names: Mapping[str, str]


@dataclass(frozen=True)
class Product:
    """A tariff's or service's name, written in quotes: «Весь Байкал», 《Весь Байкал》（畅享贝加尔）."""

    names: Mapping[str, str]


@dataclass(frozen=True)
class Bar:
    """How much is left, drawn: ▓▓▓▓░░░░."""

    left: Decimal
    total: Decimal


@dataclass(frozen=True)
class Lines:
    """Several lines, each in every language; stands on a line alone."""

    rows: tuple[Mapping[str, str], ...]


Fact: TypeAlias = str | Money | Amount | Number | Percent | Day | Moment | Price | Named | Product | Bar | Lines
