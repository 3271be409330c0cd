"""Facts that are the same for everybody: the operator's brand, prices of tariffs and services."""

from __future__ import annotations

from decimal import Decimal

from faq.operator_data import Operator
from faq.wording import Amount, Fact, Lines, Money, Named, Price, Product


def public_facts(operator: Operator) -> dict[str, Fact]:
    """Every fact of faq.facts.BRAND, and tariff.CODE.* and service.CODE.* for each code on file."""
    brand = operator.brand
    facts: dict[str, Fact] = {
        "brand.name": Named(brand.name),
        "brand.hotline": brand.hotline,
        "brand.hotline_abroad": brand.hotline_abroad,
        "brand.site": brand.site,
        "brand.app": Named(brand.app),
        "brand.chat_hours_ru": Named(brand.chat_hours_ru),
        "brand.chat_hours_zh": Named(brand.chat_hours_zh),
    }
    for code, tariff in operator.tariffs.items():
        facts |= {
            f"tariff.{code}.name": Product(tariff.name),
            f"tariff.{code}.fee": Money(tariff.fee),
            f"tariff.{code}.minutes": Amount(Decimal(tariff.minutes), "min"),
            f"tariff.{code}.gb": Amount(tariff.gigabytes, "gb"),
            f"tariff.{code}.sms": Amount(Decimal(tariff.sms), "sms"),
        }
    for code, service in operator.services.items():
        facts |= {
            f"service.{code}.name": Product(service.name),
            f"service.{code}.fee": Price(service.fee, service.period),
            f"service.{code}.about": Lines((service.about,)),
        }
    return facts
