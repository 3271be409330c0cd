"""From what the operator's system says to facts that an answer may quote."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from bot import i18n
from bot.messages import LANGUAGES
from bot.subscribers import Balance, Package, Service, Tariff
from faq.wording import Amount, Day, Fact, Lines, Money, Price, Product, fill


def tariff_facts(tariff: Tariff, prefix: str = "tariff") -> dict[str, Fact]:
    return {
        f"{prefix}.name": Product(tariff.names),
        f"{prefix}.fee": Money(tariff.fee),
        f"{prefix}.minutes": Amount(Decimal(tariff.minutes), "min"),
        f"{prefix}.gb": Amount(tariff.gigabytes, "gb"),
        f"{prefix}.sms": Amount(Decimal(tariff.sms), "sms"),
    }


def service_facts(service: Service) -> dict[str, Fact]:
    return {
        "service.name": Product(service.names),
        "service.price": Price(service.fee, service.period),
    }


def owed(balance: Balance) -> Money:
    """What is missing to stand at zero."""
    return Money(max(Decimal(0), -balance.amount))


def number(value: Decimal, language: str) -> str:
    """A bare number as the language writes it: 7,5 and 7.5."""
    return f"{value.normalize():f}".replace(".", "," if language == "ru" else ".")


def lines(key: str, rows: list[Mapping[str, Fact]]) -> Lines:
    """A line for each row of facts, written by the phrase `key` of each language."""
    return Lines(tuple({one: fill(i18n.text(one, key), row, one) for one in LANGUAGES} for row in rows))


def counters(packages: list[Package]) -> Lines:
    """The counters on one line: «звонки 312 из 500 минут · 48 из 50 SMS»."""
    written: dict[str, str] = {}
    for language in LANGUAGES:
        separator = i18n.text(language, "line.separator")
        written[language] = separator.join(_counter(package, language) for package in packages)
    return Lines((written,) if packages else ())


def _counter(package: Package, language: str) -> str:
    if package.left is None or package.total is None:
        return i18n.text(language, f"line.unlimited.{package.counts_for}")
    facts: dict[str, Fact] = {
        "left": number(package.left, language),
        "total": Amount(package.total, package.unit),
    }
    return fill(i18n.text(language, f"line.counter.{package.counts_for}"), facts, language)


def next_date(on: date | None) -> dict[str, Fact]:
    return {"next.date": Day(on)} if on else {}
