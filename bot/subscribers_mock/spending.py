"""What a line was charged since its last monthly fee; the charges add up to the total."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from bot.subscribers import Charge, Expenses
from bot.subscribers_mock.calendar import charge_days
from bot.subscribers_mock.store import Line, Spent
from faq.operator_data import Operator

Labels = Mapping[str, Mapping[str, str]]
LANGUAGES = ("ru", "zh")


def expenses(
    line: Line, noted: Iterable[Spent], operator: Operator, labels: Labels, since: date, today: date
) -> Expenses:
    spent = [Spent(since, "fee", line.person.tariff, operator.tariffs[line.person.tariff].fee)]
    for code, on in line.connected:
        service = operator.services[code]
        days = charge_days(service, on, since, today)
        if days and service.period == "day":  # one row for all days, or the month would be all hit by a game
            spent.append(Spent(days[-1], "service", code, service.fee * len(days)))
        else:
            spent.extend(Spent(day, "service", code, service.fee) for day in days)
    spent.extend(noted)
    if line.person.overspent:
        spent.append(Spent(today, "overspent", "", line.person.overspent))
    charges = tuple(
        Charge(one.day, _what(one, operator, labels), one.amount) for one in sorted(spent, key=lambda one: one.day)
    )
    return Expenses(since, sum((charge.amount for charge in charges), Decimal(0)), charges)


def _what(spent: Spent, operator: Operator, labels: Labels) -> dict[str, str]:
    known = operator.services.get(spent.code) if spent.kind == "service" else operator.tariffs.get(spent.code)
    names: Mapping[str, str] = known.name if known else dict.fromkeys(LANGUAGES, spent.code)
    label = labels[spent.kind]
    return {language: label[language].replace("{name}", names.get(language, "")) for language in LANGUAGES}
