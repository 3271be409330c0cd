"""Prices by country: roaming there, and calls from home to there."""

from __future__ import annotations

from collections.abc import Mapping

from bot.act.answer import Answer, Question, pick
from faq.operator_data import Country
from faq.wording import Fact, Lines, Money, Named, Price, Product

USUAL = ("cn", "mn", "th", "tr", "kz", "vn")


def _country(question: Question) -> Country | None:
    countries: Mapping[str, Country] = question.knowledge.catalogue.operator.countries
    return countries.get(question.code("country"))


def _which(question: Question) -> Answer:
    countries = question.knowledge.catalogue.operator.countries
    usual = {code: countries[code].name for code in USUAL if code in countries}
    return Answer(buttons=pick(question.entry.id, usual), with_next=False)


async def roaming(question: Question) -> Answer:
    country = _country(question)
    if country is None:
        return _which(question)
    facts: dict[str, Fact] = {"country.name": Named(country.name)}
    if not country.roaming:
        return Answer("no_roaming", facts)
    operator = question.knowledge.catalogue.operator
    prices = operator.zones[country.zone].roaming
    facts |= {
        "roaming.minute": Money(prices.minute),
        "roaming.incoming": Money(prices.incoming),
        "roaming.sms": Money(prices.sms),
        "roaming.gb": Money(prices.gb),
    }
    if package := operator.services.get(prices.package):
        facts |= {
            "roaming.package": Product(package.name),
            "roaming.package_price": Price(package.fee, package.period),
            "roaming.package_about": Lines((package.about,)),
        }
    return Answer("country", facts)


async def calls_abroad(question: Question) -> Answer:
    country = _country(question)
    if country is None:
        return _which(question)
    operator = question.knowledge.catalogue.operator
    prices = operator.zones[country.zone].calls
    facts: dict[str, Fact] = {
        "country.name": Named(country.name),
        "country.code": country.dial,
        "calls.minute": Money(prices.minute),
    }
    if service := operator.services.get(prices.service or ""):
        facts["calls.service"] = Product(service.name)
    return Answer("country", facts)
