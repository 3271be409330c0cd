"""Dates of fees and charges, seen from today."""

from __future__ import annotations

from datetime import date, timedelta

from faq.operator_data import Service


def next_fee(fee_day: int, today: date) -> date:
    """The first fee after today; on the day itself it has been taken already."""
    this = today.replace(day=fee_day)
    return this if this > today else months_after(this, 1)


def last_fee(fee_day: int, today: date) -> date:
    return months_after(next_fee(fee_day, today), -1)


def months_after(day: date, months: int) -> date:
    """The same day of another month, or its last one: 31 January and a month is 28 February."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    first_of_next = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (first_of_next - timedelta(days=1)).day))


def first_charge(service: Service, since: date) -> date:
    return since + timedelta(days=service.trial_days)


def next_charge(service: Service, since: date, today: date) -> date | None:
    """None if it is never taken again, or only on days of use."""
    if service.fee == 0 or service.period == "once" or service.kind == "roaming":
        return None
    first = first_charge(service, since)
    if first > today:
        return first
    if service.period == "day":
        return today + timedelta(days=1)
    return next(day for n in range(1, 2400) if (day := months_after(first, n)) > today)


def charge_days(service: Service, since: date, begin: date, end: date) -> list[date]:
    """The days from `begin` to `end`, both included, on which the fee was taken by the calendar."""
    if service.fee == 0 or service.period == "once" or service.kind == "roaming":
        return []
    first = first_charge(service, since)
    if service.period == "day":
        begin = max(begin, first)
        return [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
    days: list[date] = []
    months = 0
    while (day := months_after(first, months)) <= end:
        if day >= begin:
            days.append(day)
        months += 1
    return days
