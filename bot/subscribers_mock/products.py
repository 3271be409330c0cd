"""The operator's products in the words of SubscriberProvider, and the counters of a line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from bot import subscribers
from bot.subscribers import Package
from bot.subscribers_mock.store import Line
from faq.operator_data import Operator, Service, Tariff


def tariff(known: Tariff) -> subscribers.Tariff:
    return subscribers.Tariff(
        code=known.code,
        names=dict(known.name),
        fee=known.fee,
        minutes=known.minutes,
        gigabytes=known.gigabytes,
        sms=known.sms,
        on_sale=known.on_sale,
        change_fee=known.change_fee,
    )


def service(known: Service) -> subscribers.Service:
    return subscribers.Service(
        code=known.code,
        names=dict(known.name),
        about=dict(known.about),
        fee=known.fee,
        period=known.period,
        trial_days=known.trial_days,
        kind=known.kind,
    )


def packages(line: Line, operator: Operator, renews: date) -> tuple[Package, ...]:
    """The tariff's counters first, then what services add, then bought packages."""
    person, plan = line.person, operator.tariffs[line.person.tariff]
    unlimited = plan.gigabytes is None
    counters = [
        Package("min", "home", min(person.minutes, Decimal(plan.minutes)), Decimal(plan.minutes), renews),
        Package("gb", "internet", None if unlimited else _at_most(person.gigabytes, plan), plan.gigabytes, renews),
        Package("sms", "sms", min(person.sms, Decimal(plan.sms)), Decimal(plan.sms), renews),
    ]
    for code in person.services:
        gift = operator.services[code].gives
        if gift and gift.counts_for == "china":
            counters.append(Package(gift.unit, "china", min(person.china, gift.amount), gift.amount, renews))
    for one in line.bought:
        gift = operator.services[one.service].gives
        if gift:
            counters.append(Package(gift.unit, gift.counts_for, one.amount, gift.amount, one.until))
    return tuple(counters)


def _at_most(left: Decimal, plan: Tariff) -> Decimal:
    """After a change to a smaller tariff nobody has more than it holds."""
    return left if plan.gigabytes is None else min(left, plan.gigabytes)
