"""From what the operator's system says to facts that an answer may quote."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from bot import i18n
from bot.messages import LANGUAGES
from bot.subscribers import Balance, Package, Service, Tariff
from faq.wording import Amount, Day, Fact, Lines, Money, Named, Price, Product, fill


def tariff_facts(tariff: Tariff, prefix: str = "tariff") -> dict[str, Fact]:
    return {
        f"{prefix}.name": Product(tariff.names),
        f"{prefix}.fee": Money(tariff.fee),
        f"{prefix}.minutes": Amount(Decimal(tariff.minutes), "min"),
        f"{prefix}.gb": Amount(tariff.gigabytes, "gb"),
        f"{prefix}.sms": Amount(Decimal(tariff.sms), "sms"),
    }


def product(names: Mapping[str, str], kind: str) -> Named | Product:
    """A service in quotes; a package, whose name is an amount («5 ГБ»), without."""
    return Named(names) if kind == "package" else Product(names)


def service_facts(service: Service) -> dict[str, Fact]:
    return {
        "service.name": product(service.names, service.kind),
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


def share(left: Decimal, package: Package) -> Lines:
    """How much of how much: «7,5 ГБ из 30», 1.2 GB（共 15 GB）."""
    total = package.total or Decimal(0)
    written: dict[str, str] = {}
    for language in LANGUAGES:
        facts: dict[str, Fact] = {
            "left": Amount(left, package.unit),
            "total": Amount(total, package.unit),
            "number": number(total, language),
        }
        written[language] = fill(i18n.text(language, "line.share"), facts, language)
    return Lines((written,))


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
