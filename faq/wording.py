"""Facts -> words. Typed values, how each language writes them, and templates with `{fact}` in them.

The few unit words live in wording.yaml; numbers, months and plural rules come from CLDR through Babel.
What a fact's value holds is never read again: no placeholder and no markup inside it has a meaning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from functools import cache
from pathlib import Path
from typing import Literal

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from faq.strict_yaml import Table, read_yaml
from faq.values import (
    Amount,
    Bar,
    Day,
    Fact,
    Lines,
    Moment,
    Money,
    Named,
    Number,
    Percent,
    Price,
    Product,
    Unit,
)

__all__ = [
    "Amount",
    "Bar",
    "Day",
    "Fact",
    "Lines",
    "Moment",
    "Money",
    "Named",
    "Number",
    "Percent",
    "Placeholder",
    "Price",
    "Product",
    "Span",
    "Unit",
    "fill",
    "placeholders",
    "spans",
    "write",
]

BAR_CELLS = 8


@dataclass(frozen=True)
class Span:
    """A stretch of a finished answer."""

    text: str
    style: Literal["", "bold", "code"] = ""


@dataclass(frozen=True)
class Placeholder:
    fact: str
    forms: tuple[str, ...]  # the word's plural forms; empty: the fact itself
    line: int  # from 0, within the template


_PLACEHOLDER = re.compile(r"\{([a-zA-Z0-9_.]+)((?:\|[^{}|\n]*)*)\}")
_MARKUP = re.compile(r"`([^`\n]+)`|\*\*(.+?)\*\*")


def placeholders(template: str) -> tuple[Placeholder, ...]:
    """Every `{fact}` and `{fact|form|form|form}`, in order."""
    return tuple(
        Placeholder(found[1], tuple(found[2].split("|")[1:]), number)
        for number, line in enumerate(template.split("\n"))
        for found in _PLACEHOLDER.finditer(line)
    )


def write(fact: Fact, language: str) -> str:
    """The fact as the language writes it, with its unit."""
    if isinstance(fact, str):
        return fact
    return _WRITERS[type(fact)](fact, language)


def fill(template: str, facts: Mapping[str, Fact], language: str) -> str:
    """The template with facts in place, markup left as it is; lines whose facts are not known are dropped."""
    return "\n".join(_put(line, facts, language) for line in _known_lines(template, facts, language))


def spans(template: str, facts: Mapping[str, Fact], language: str) -> tuple[Span, ...]:
    """Like fill, with `code` and **bold** of the template taken as styles; signs inside facts stay plain text."""
    result: list[Span] = []
    for line in _known_lines(template, facts, language):
        if result:
            result.append(Span("\n"))
        end = 0
        for found in _MARKUP.finditer(line):
            result.append(Span(_put(line[end : found.start()], facts, language)))
            style: Literal["bold", "code"] = "code" if found[1] else "bold"
            result.append(Span(_put(found[1] or found[2], facts, language), style))
            end = found.end()
        result.append(Span(_put(line[end:], facts, language)))
    return tuple(span for span in result if span.text)


def _known_lines(template: str, facts: Mapping[str, Fact], language: str) -> Iterator[str]:
    for line in template.strip("\n").split("\n"):
        names = [found[1] for found in _PLACEHOLDER.finditer(line)]
        if all(name in facts and write(facts[name], language) for name in names):
            yield line


def _put(piece: str, facts: Mapping[str, Fact], language: str) -> str:
    def value(found: re.Match[str]) -> str:
        fact = facts[found[1]]
        return _form(fact, found[2].split("|")[1:], language) if found[2] else write(fact, language)

    return _PLACEHOLDER.sub(value, piece)


_FORMS = {"one": 0, "few": 1, "many": 2, "other": 1}  # a fraction takes the form of few: 2,5 дня


def _form(fact: Fact, forms: list[str], language: str) -> str:
    return forms[min(_FORMS.get(_plural(_count(fact), language), 2), len(forms) - 1)]


def _count(fact: Fact) -> Decimal:
    if isinstance(fact, Number | Percent):
        return Decimal(fact.value)
    if isinstance(fact, Money | Price):
        return fact.amount
    if isinstance(fact, Amount) and fact.value is not None:
        return fact.value
    return Decimal(0)


@cache
def _words() -> Table:
    table = read_yaml(Path(__file__).with_name("wording.yaml"))
    assert isinstance(table, Table)
    return table


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


def _own(language: str) -> Table:
    table = _words().get(language, _words()["ru"])
    assert isinstance(table, Table)
    return table


def _word(language: str, key: str) -> str:
    return str(_own(language)[key])


def _plural(count: Decimal, language: str) -> str:
    return _locale(language).plural_form(abs(count.normalize() + 0))


def _counted(count: Decimal, key: str, language: str) -> str:
    pattern = _own(language)[key]
    if isinstance(pattern, Table):
        plural = _plural(count, language)
        pattern = pattern.get(plural, pattern["few" if plural == "other" else "many"])
    return str(pattern).replace("{}", _decimal(count, "#,##0.##", language))


def _decimal(value: Decimal, pattern: str, language: str) -> str:
    return format_decimal(value, format=pattern, locale=_locale(language))


def _money(fact: Money, language: str) -> str:
    whole = fact.amount == fact.amount.to_integral_value()
    number = _decimal(fact.amount, "#,##0" if whole else "#,##0.00", language)
    return _word(language, "money").replace("{}", number)


def _amount(fact: Amount, language: str) -> str:
    if fact.value is None:
        return _word(language, "unlimited")
    if fact.unit != "gb":
        return _counted(fact.value, fact.unit, language)
    if Decimal(0) < fact.value < Decimal("0.1"):
        return _counted((fact.value * 1024).quantize(Decimal(1), ROUND_DOWN), "mb", language)
    # Rounded down: never tell more than there is.
    return _counted(fact.value.quantize(Decimal("0.01"), ROUND_DOWN), "gb", language)


def _percent(fact: Percent, language: str) -> str:
    return _counted(fact.value, "percent", language)


def _day(fact: Day, language: str) -> str:
    return format_date(fact.on, _word(language, "date"), locale=_locale(language))


def _moment(fact: Moment, language: str) -> str:
    return format_datetime(fact.at, _word(language, "moment"), tzinfo=fact.at.tzinfo, locale=_locale(language))


def _price(fact: Price, language: str) -> str:
    if fact.amount == 0:
        return _word(language, "free")
    return _word(language, fact.period).replace("{}", _money(Money(fact.amount), language))


def _name(names: Mapping[str, str], language: str) -> str:
    return names.get(language) or names.get("ru") or next(iter(names.values()), "")


def _named(fact: Named, language: str) -> str:
    return _name(fact.names, language)


def _product(fact: Product, language: str) -> str:
    original, gloss = _name(fact.names, "ru").strip("«»"), _name(fact.names, language).strip("《》«»")
    pattern = _word(language, "product")
    if gloss == original:
        pattern = re.sub(r"（\{gloss\}）", "", pattern)
    parts = {"{name}": original, "{gloss}": gloss}
    return re.sub(r"\{(?:name|gloss)\}", lambda found: parts[found[0]], pattern)


def _bar(fact: Bar, language: str) -> str:
    share = fact.left / fact.total if fact.total > 0 else Decimal(0)
    full = round(max(Decimal(0), min(Decimal(1), share)) * BAR_CELLS)
    if share > 0:
        full = max(full, 1)  # something left never looks like nothing
    return "▓" * full + "░" * (BAR_CELLS - full)


def _lines(fact: Lines, language: str) -> str:
    return "\n".join(_name(row, language) for row in fact.rows)


def _number(fact: Number, language: str) -> str:
    return _decimal(Decimal(fact.value), "#,##0", language)


_WRITERS: Mapping[type, Callable[..., str]] = {
    Money: _money,
    Amount: _amount,
    Number: _number,
    Percent: _percent,
    Day: _day,
    Moment: _moment,
    Price: _price,
    Named: _named,
    Product: _product,
    Bar: _bar,
    Lines: _lines,
}
