"""Own tariff, the tariffs on sale, changing, when the fee is taken."""

from __future__ import annotations

from bot.act.answer import Answer, Question, confirm, pick
from bot.act.quotes import lines, owed, tariff_facts
from bot.subscribers import Denied, Tariff, TariffChange, UnknownProduct
from faq.wording import Day, Fact, Money, Price, Product


async def current_tariff(question: Question) -> Answer:
    current = await question.subscribers.tariff(question.subscriber_id())
    facts = tariff_facts(current.tariff) | {"fee.date": Day(current.next_fee_on)}
    if current.next_tariff:
        facts |= {"next.name": Product(current.next_tariff.names), "next.date": Day(current.next_fee_on)}
    return Answer(facts=facts)


async def tariffs(question: Question) -> Answer:
    on_sale = [tariff for tariff in await question.subscribers.tariff_catalogue() if tariff.on_sale]
    return Answer(facts={"tariffs.lines": lines("line.tariff", [_line(tariff) for tariff in on_sale])})


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
    return confirm(question, code, "bot.change_tariff", _change_facts(change))


def _change_facts(change: TariffChange) -> dict[str, Fact]:
    return tariff_facts(change.tariff, "new") | {
        "price": Price(change.price, "once"),
        "effective.date": Day(change.effective_on),
    }


async def _which(question: Question, known: dict[str, Tariff]) -> Answer:
    facts: dict[str, Fact] = {}
    current = ""
    if question.subscriber:
        tariff = (await question.subscribers.tariff(question.subscriber)).tariff
        facts, current = {"tariff.name": Product(tariff.names)}, tariff.code
    options = {code: one.names for code, one in known.items() if one.on_sale and code != current}
    return Answer(facts=facts, buttons=pick(question.entry.id, options), with_next=False)


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
