"""What remains, money, expenses, buying more, promised payment, own number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from bot.act.answer import Answer, Question, confirm, pick
from bot.act.drawing import packages_card
from bot.act.quotes import counters, lines, owed, product, share
from bot.subscribers import Denied, Package, Promise
from faq.wording import Amount, Bar, Day, Fact, Lines, Money, Number, Price

CHARGES_SHOWN = 8
BUTTONS = 3
_DRAWN = frozenset({"bar", "renew.date", "others"})


async def packages(question: Question) -> Answer:
    everything = await question.subscribers.packages(question.subscriber_id())
    counted = _together([package for package in everything if package.total is None or package.total > 0])
    if not counted:
        return Answer("none")
    unit = question.code("unit") or "gb"
    lead = next((package for package in counted if package.unit == unit), counted[0])
    facts: dict[str, Fact] = {
        "renew.date": Day(lead.until),
        "others": counters([package for package in counted if package is not lead]),
    }
    answer = Answer(facts=facts, card=packages_card(counted, lead), shown=_DRAWN)
    if lead.left is None or lead.total is None:
        return replace(answer, case="unlimited")
    if lead.left <= 0:
        return replace(answer, case="empty", facts=facts | {"lead.total": Amount(lead.total, lead.unit)})
    facts["lead.share"] = share(lead.left, lead)
    facts["bar"] = Bar(lead.left, lead.total)
    days = _lasts(lead, question.now.date())
    if days is not None:
        facts["lasts.days"] = Number(days)
    return answer


def _together(counted: list[Package]) -> list[Package]:
    """What counts for the same thing, bought extras too, as one counter; it renews when the tariff's own does."""
    found: dict[tuple[str, str], Package] = {}
    for package in counted:
        key = (package.unit, package.counts_for)
        if (known := found.get(key)) is None:
            found[key] = package
        elif None in (known.left, known.total, package.left, package.total):
            found[key] = replace(known, left=None, total=None)
        else:
            found[key] = replace(known, left=_sum(known.left, package.left), total=_sum(known.total, package.total))
    return list(found.values())


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal:
    return (one or Decimal(0)) + (other or Decimal(0))


def _lasts(package: Package, today: date) -> int | None:
    """For how many days the rest will do at the pace so far; None if it lasts until it renews, or too early to say."""
    if package.left is None or package.total is None:
        return None
    began = package.until - timedelta(days=30)
    elapsed = (today - began).days
    used = package.total - package.left
    if elapsed < 2 or used <= 0:
        return None
    days = int(package.left / (used / elapsed))
    return days if 1 <= days < (package.until - today).days else None


async def money(question: Question) -> Answer:
    subscriber = question.subscriber_id()
    balance = await question.subscribers.balance(subscriber)
    facts: dict[str, Fact] = {"balance": Money(balance.amount)}
    if balance.blocked or balance.amount < 0:
        return Answer("blocked" if balance.blocked else "negative", facts | {"owed": owed(balance)})
    current = await question.subscribers.tariff(subscriber)
    return Answer(facts=facts | {"tariff.fee": Money(current.tariff.fee), "fee.date": Day(current.next_fee_on)})


async def rollover(question: Question) -> Answer:
    if question.subscriber is None:
        return Answer()
    counted = await question.subscribers.packages(question.subscriber)
    return Answer(facts={"renew.date": Day(counted[0].until)} if counted else {})


async def expenses(question: Question) -> Answer:
    spent = await question.subscribers.expenses(question.subscriber_id())
    since: dict[str, Fact] = {"since.date": Day(spent.since)}
    if not spent.charges:
        return Answer("none", since)
    rows: list[dict[str, Fact]] = []
    for charge in sorted(spent.charges, key=lambda one: one.on, reverse=True)[:CHARGES_SHOWN]:
        rows.append({"date": Day(charge.on), "amount": Money(charge.amount), "what": Lines((charge.what,))})
    return Answer(facts=since | {"total": Money(spent.total), "charges.lines": lines("line.charge", [*rows])})


async def extras(question: Question) -> Answer:
    """The one-off packages on sale, those of the counter asked about first."""
    unit = question.first("unit")
    operator = question.knowledge.catalogue.operator
    on_sale = [one for one in operator.services.values() if one.kind == "package"]
    if unit:
        on_sale.sort(key=lambda one: one.gives is None or one.gives.unit != unit.value)
    rows: list[dict[str, Fact]] = [
        {"name": product(one.name, one.kind), "price": Price(one.fee, one.period)} for one in on_sale
    ]
    buttons = pick("service_connect", {one.code: one.name for one in on_sale[:BUTTONS]})
    return Answer(facts={"extras.lines": lines("line.extra", [*rows])}, buttons=buttons)


async def my_number(question: Question) -> Answer:
    return Answer(facts={"number": shown_number(question.subscriber_id())})


def shown_number(phone: str) -> str:
    """+79000000001 -> +7 900 000-00-01, for its owner's eyes."""
    if len(phone) == 12 and phone.startswith("+7"):
        return f"+7 {phone[2:5]} {phone[5:8]}-{phone[8:10]}-{phone[10:]}"
    return phone


def _promise_facts(promise: Promise) -> dict[str, Fact]:
    return {
        "promise.amount": Money(promise.amount),
        "promise.fee": Money(promise.fee),
        "promise.until": Day(promise.until),
    }


async def promise(question: Question) -> Answer:
    if question.declined:
        return Answer("cancelled")
    subscriber = question.subscriber_id()
    try:
        if question.confirmed:
            taken = await question.subscribers.take_promise(subscriber, question.request_id)
            return Answer("done", _promise_facts(taken))
        offered = await question.subscribers.quote_promise(subscriber)
    except Denied as denied:
        return await _no_promise(question, subscriber, denied)
    return confirm(question, "", "bot.take_promise", _promise_facts(offered))


async def _no_promise(question: Question, subscriber: str, denied: Denied) -> Answer:
    if denied.reason == "promise_open":
        return Answer("open")
    balance = await question.subscribers.balance(subscriber)
    if denied.reason == "not_needed" and balance.amount > Decimal(0):
        return Answer("not_needed", {"balance": Money(balance.amount)})
    return Answer()
