"""What may be changed, what it costs, and the change itself; each runs under the lock of its line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from bot.subscribers import Denied, Promise, TariffChange
from bot.subscribers_mock import products, store
from bot.subscribers_mock.calendar import charge_days, last_fee, next_charge, next_fee
from bot.subscribers_mock.store import Line, Spent, Tx
from faq.operator_data import Operator, Service

PACKAGE_DAYS = 30
PROMISE_DAYS = 5
PROMISE_FEE = Decimal(20)
PROMISES = tuple(Decimal(amount) for amount in (100, 200, 300, 500, 700, 1000))


@dataclass(frozen=True)
class Changed:
    charged: Decimal
    on: date | None  # the next charge, or the day a change takes effect


async def connect(tx: Tx, line: Line, service: Service, today: date) -> Changed:
    """A service is paid at once unless it has a trial or is paid by days of use. Raises Denied."""
    if service.period != "once" and service.code in line.person.services:
        raise Denied("already_on")
    if line.person.blocked:
        raise Denied("blocked")
    by_use = service.kind == "roaming" and service.period == "day"
    price = Decimal(0) if by_use or service.trial_days else service.fee
    if price > line.person.balance:
        raise Denied("no_money")
    phone = line.person.phone
    await store.pay(tx, phone, price)
    if service.period == "once":
        if service.gives:
            until = today + timedelta(days=PACKAGE_DAYS)
            await store.buy(tx, phone, store.Bought(service.code, service.gives.amount, until))
        await store.note(tx, phone, Spent(today, "service", service.code, price))
        return Changed(price, None)
    await store.switch_on(tx, phone, service.code, today)
    if service.gives and service.gives.counts_for == "china":
        await store.fill_china(tx, phone, service.gives.amount)
    return Changed(price, next_charge(service, today, today))


async def disconnect(tx: Tx, line: Line, service: Service, today: date) -> Changed:
    """Raises Denied."""
    if service.code not in line.person.services:
        raise Denied("not_on")
    phone, since = line.person.phone, dict(line.connected)[service.code]
    await store.switch_off(tx, phone, service.code)
    # What it has cost this month stays among the expenses.
    for day in charge_days(service, since, last_fee(line.person.fee_day, today), today):
        await store.note(tx, phone, Spent(day, "service", service.code, service.fee))
    return Changed(Decimal(0), None)


def quote_tariff(line: Line, code: str, operator: Operator, today: date) -> TariffChange:
    """Going back to the present tariff takes an order back and is free. Raises Denied."""
    known, person = operator.tariffs[code], line.person
    back = code == person.tariff and line.ordered is not None
    if code == (line.ordered or person.tariff):
        raise Denied("same_tariff")
    if not known.on_sale and not back:
        raise Denied("not_for_sale")
    if person.blocked:
        raise Denied("blocked")
    price = Decimal(0) if back else known.change_fee
    if price > person.balance:
        raise Denied("no_money")
    return TariffChange(products.tariff(known), price, next_fee(person.fee_day, today))


async def change_tariff(tx: Tx, line: Line, code: str, operator: Operator, today: date) -> Changed:
    """Raises Denied."""
    quote = quote_tariff(line, code, operator, today)
    phone = line.person.phone
    await store.order(tx, phone, None if code == line.person.tariff else code, quote.effective_on)
    await store.pay(tx, phone, quote.price)
    await store.note(tx, phone, Spent(today, "tariff", code, quote.price))
    return Changed(quote.price, quote.effective_on)


def quote_promise(line: Line, operator: Operator, today: date) -> Promise:
    """Enough for the next monthly fee; who has that needs none. Raises Denied."""
    if line.promised:
        raise Denied("promise_open")
    short = operator.tariffs[line.ordered or line.person.tariff].fee - line.person.balance
    if short <= 0:
        raise Denied("not_needed")
    amount = next((amount for amount in PROMISES if amount >= short), PROMISES[-1])
    return Promise(amount, PROMISE_FEE, today + timedelta(days=PROMISE_DAYS))


async def take_promise(tx: Tx, line: Line, operator: Operator, today: date) -> Changed:
    """Raises Denied."""
    promise, phone = quote_promise(line, operator, today), line.person.phone
    await store.lend(tx, phone, store.Promised(promise.amount, promise.until))
    await store.pay(tx, phone, promise.fee - promise.amount)
    await store.note(tx, phone, Spent(today, "promise", "", promise.fee))
    return Changed(promise.amount, promise.until)
