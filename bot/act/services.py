"""Services: which are on, which exist, connecting and disconnecting one after saying the price."""

from __future__ import annotations

from decimal import Decimal

from bot.act.answer import Answer, Question, confirm, pick
from bot.act.drawing import services_card
from bot.act.quotes import lines, next_date, owed, product, service_facts
from bot.subscribers import ConnectedService, Denied, Service
from faq.wording import Fact, Lines, Money, Number, Price

BUTTONS = 6


async def my_services(question: Question) -> Answer:
    connected = await question.subscribers.services(question.subscriber_id())
    if not connected:
        return Answer("none")
    monthly = sum((one.service.fee for one in connected if one.service.period == "month"), Decimal(0))
    facts: dict[str, Fact] = {"services.lines": _short_lines(connected)}
    if monthly:
        facts["services.total"] = Price(monthly, "month")
    return Answer(facts=facts)


def _short_lines(connected: tuple[ConnectedService, ...]) -> Lines:
    return lines("line.own_service", [_line(one.service) for one in connected])


def _line(service: Service) -> dict[str, Fact]:
    return {
        "name": product(service.names, service.kind),
        "price": Price(service.fee, service.period),
        "about": Lines((service.about,)),
    }


async def service_list(question: Question) -> Answer:
    on_offer = [one for one in await question.subscribers.service_catalogue() if one.kind in ("service", "roaming")]
    facts: dict[str, Fact] = {"services.lines": lines("line.service", [_line(one) for one in on_offer])}
    return Answer(facts=facts, card=services_card(question, on_offer), shown=frozenset(facts))


async def connect_service(question: Question) -> Answer:
    known = {one.code: one for one in await question.subscribers.service_catalogue()}
    service = known.get(question.code("service"))
    if service is None:
        offer = [one for one in known.values() if one.kind == "service"][:BUTTONS]
        buttons = pick(question.entry.id, {one.code: one.names for one in offer})
        return Answer(buttons=buttons, with_next=False, card=services_card(question, offer))
    if question.declined:
        return Answer("cancelled", service_facts(service))
    subscriber = question.subscriber_id()
    try:
        if question.confirmed:
            change = await question.subscribers.connect(subscriber, service.code, question.request_id)
            return Answer("done", service_facts(service) | next_date(change.next_charge_on))
    except Denied as denied:
        return await _refused(question, subscriber, service, denied.reason)
    return await _offer(question, subscriber, service)


async def _offer(question: Question, subscriber: str, service: Service) -> Answer:
    """The price before the yes; what would be refused is said now and not after it."""
    connected = await question.subscribers.services(subscriber)
    if service.period != "once" and any(one.service.code == service.code for one in connected):
        return Answer("already", service_facts(service))
    balance = await question.subscribers.balance(subscriber)
    if balance.blocked:
        return await _refused(question, subscriber, service, "blocked")
    if not service.trial_days and service.period != "day" and balance.amount < service.fee:
        return await _refused(question, subscriber, service, "no_money")
    facts = service_facts(service) | {"service.about": Lines((service.about,))}
    if service.trial_days:
        facts["trial.days"] = Number(service.trial_days)
    return confirm(question, service.code, "bot.connect", facts)


async def _refused(question: Question, subscriber: str, service: Service, reason: str) -> Answer:
    facts = service_facts(service)
    if reason == "already_on":
        return Answer("already", facts)
    balance = await question.subscribers.balance(subscriber)
    if reason == "blocked":
        return Answer("blocked", facts | {"owed": owed(balance)})
    return Answer("no_money", facts | {"balance": Money(balance.amount)})


async def disconnect_service(question: Question) -> Answer:
    known = {one.code: one for one in await question.subscribers.service_catalogue()}
    service = known.get(question.code("service"))
    if service and question.declined:
        return Answer("cancelled", service_facts(service))
    subscriber = question.subscriber_id()
    connected = await question.subscribers.services(subscriber)
    if service is None:
        return _which(question, connected)
    if question.confirmed:
        try:
            await question.subscribers.disconnect(subscriber, service.code, question.request_id)
        except Denied:
            return Answer("not_on", service_facts(service))
        return Answer("done", service_facts(service))
    if not any(one.service.code == service.code for one in connected):
        return Answer("not_on", service_facts(service))
    return confirm(question, service.code, "bot.disconnect", service_facts(service))


def _which(question: Question, connected: tuple[ConnectedService, ...]) -> Answer:
    if not connected:
        return Answer("nothing")
    # Paid content first: that is what people want to be rid of.
    ordered = sorted(connected, key=lambda one: one.service.kind != "subscription")
    options = {one.service.code: one.service.names for one in ordered[:BUTTONS]}
    facts: dict[str, Fact] = {"services.lines": _short_lines(tuple(ordered))}
    return Answer(facts=facts, buttons=pick(question.entry.id, options), with_next=False)
