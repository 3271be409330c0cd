"""Own tariff, the tariffs on sale, changing, when the fee is taken."""

from __future__ import annotations

from dataclasses import replace

from bot.act.answer import Answer, Question, confirm, pick
from bot.act.drawing import change_card, own_tariff, tariffs_card
from bot.act.quotes import lines, owed, tariff_facts
from bot.subscribers import Denied, Tariff, TariffChange, UnknownProduct
from faq.wording import Day, Fact, Money, Price, Product

_PACKAGES = ("minutes", "gb", "sms")


async def current_tariff(question: Question) -> Answer:
    current = await question.subscribers.tariff(question.subscriber_id())
    facts = tariff_facts(current.tariff) | {"fee.date": Day(current.next_fee_on)}
    if current.next_tariff:
        facts |= {"next.name": Product(current.next_tariff.names), "next.date": Day(current.next_fee_on)}
    card = tariffs_card(question, (), current.tariff)
    return Answer(facts=facts, card=card, shown=_packages_of("tariff"))


def _packages_of(prefix: str) -> frozenset[str]:
    return frozenset(f"{prefix}.{one}" for one in _PACKAGES)


async def tariffs(question: Question) -> Answer:
    """What was asked about by name comes first; two of them stand side by side."""
    on_sale = [tariff for tariff in await question.subscribers.tariff_catalogue() if tariff.on_sale]
    named = [one.value for one in question.named if one.kind == "tariff"]
    on_sale.sort(key=lambda tariff: named.index(tariff.code) if tariff.code in named else len(named))
    facts: dict[str, Fact] = {"tariffs.lines": lines("line.tariff", [_line(tariff) for tariff in on_sale])}
    card = tariffs_card(question, on_sale, await own_tariff(question), named)
    return Answer(facts=facts, card=card, shown=frozenset(facts))


def _line(tariff: Tariff) -> dict[str, Fact]:
    return {name.removeprefix("tariff."): fact for name, fact in tariff_facts(tariff).items()}


async def fee_date(question: Question) -> Answer:
    subscriber = question.subscriber_id()
    current = await question.subscribers.tariff(subscriber)
    balance = await question.subscribers.balance(subscriber)
    facts: dict[str, Fact] = {
        "tariff.name": Product(current.tariff.names),
        "tariff.fee": Money(current.tariff.fee),
        "fee.date": Day(current.next_fee_on),
        "balance": Money(balance.amount),
    }
    if balance.amount < current.tariff.fee:
        facts["short.amount"] = Money(current.tariff.fee - balance.amount)
    return Answer(facts=facts)


async def change_tariff(question: Question) -> Answer:
    code = question.code("tariff")
    known = {tariff.code: tariff for tariff in await question.subscribers.tariff_catalogue()}
    wanted = known.get(code)
    if wanted is None:
        return await _which(question, known)
    name: dict[str, Fact] = {"new.name": Product(wanted.names)}
    if question.declined:
        return Answer("cancelled", name)
    subscriber = question.subscriber_id()
    try:
        if question.confirmed:
            change = await question.subscribers.change_tariff(subscriber, code, question.request_id)
            return Answer("done", _change_facts(change))
        change = await question.subscribers.quote_tariff(subscriber, code)
    except UnknownProduct:
        return await _which(question, known)
    except Denied as denied:
        return await _refused(question, subscriber, wanted, denied)
    asked = confirm(question, code, "bot.change_tariff", _change_facts(change))
    card = change_card(question, await own_tariff(question), wanted)
    return replace(asked, card=card, shown=_packages_of("new"))


def _change_facts(change: TariffChange) -> dict[str, Fact]:
    return tariff_facts(change.tariff, "new") | {
        "price": Price(change.price, "once"),
        "effective.date": Day(change.effective_on),
    }


async def _which(question: Question, known: dict[str, Tariff]) -> Answer:
    facts: dict[str, Fact] = {}
    own: Tariff | None = None
    if question.subscriber:
        own = (await question.subscribers.tariff(question.subscriber)).tariff
        facts = {"tariff.name": Product(own.names)}
    options = {code: one for code, one in known.items() if one.on_sale and (own is None or code != own.code)}
    buttons = pick(question.entry.id, {code: one.names for code, one in options.items()})
    card = tariffs_card(question, options.values(), own)
    return Answer(facts=facts, buttons=buttons, with_next=False, card=card)


async def _refused(question: Question, subscriber: str, wanted: Tariff, denied: Denied) -> Answer:
    name: dict[str, Fact] = {"new.name": Product(wanted.names)}
    if denied.reason == "same_tariff":
        return Answer("same", name)
    if denied.reason in ("no_money", "blocked"):
        balance = await question.subscribers.balance(subscriber)
        if denied.reason == "blocked":
            return Answer("blocked", name | {"owed": owed(balance)})
        price = Price(wanted.change_fee, "once")
        return Answer("no_money", name | {"price": price, "balance": Money(balance.amount)})
    return Answer("archived", name)
