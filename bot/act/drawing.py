"""The cards of answers: the same facts that the words quote, as numbers to draw."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from bot.act.answer import Question
from bot.cards import Counter, CoverageCard, Offer, PackagesCard, Plan, ServicesCard, TariffsCard
from bot.subscribers import Coverage, Package, Service, SubscribersError, Tariff, Technology
from faq.places import Place

CHANGE, CONNECT = "tariff_change", "service_connect"  # the entries that a card's buttons lead to
PATIENCE = 1.0  # seconds: the list is the same for everybody, only the mark of one's own would be missing


def packages_card(counted: Iterable[Package], lead: Package) -> PackagesCard:
    ordered = [lead, *(one for one in counted if one is not lead)]
    return PackagesCard(tuple(Counter(one.counts_for, one.unit, one.left, one.total, one.until) for one in ordered))


async def own_tariff(question: Question) -> Tariff | None:
    """The tariff of whoever asks; None when it may not be said here, or the operator does not say it at once."""
    if question.subscriber is None:
        return None
    try:
        async with asyncio.timeout(PATIENCE):
            return (await question.subscribers.tariff(question.subscriber)).tariff
    except (SubscribersError, TimeoutError):
        return None


def tariffs_card(
    question: Question, offered: Iterable[Tariff], own: Tariff | None, named: Sequence[str] = ()
) -> TariffsCard:
    """One's own first, even out of the archive, to compare the others with; of two `named` only they."""
    others = [_plan(question, one) for one in offered if own is None or one.code != own.code]
    mine = [] if own is None else [_plan(question, own, mine=True)]
    asked = [plan for plan in (*mine, *others) if plan.code in named]
    return TariffsCard(tuple(asked), compare=True) if len(asked) == 2 else TariffsCard((*mine, *others))


def change_card(question: Question, own: Tariff | None, wanted: Tariff) -> TariffsCard:
    """What one has and what one would have, side by side."""
    plans = [_plan(question, own, mine=True)] if own else []
    return TariffsCard((*plans, _plan(question, wanted, press=False)), compare=own is not None)


def _plan(question: Question, tariff: Tariff, *, mine: bool = False, press: bool = True) -> Plan:
    catalogue = question.knowledge.catalogue
    known = catalogue.operator.tariffs.get(tariff.code)
    may = press and not mine and tariff.on_sale and CHANGE in catalogue.entries
    return Plan(
        code=tariff.code,
        names=tariff.names,
        about=known.about if known else {},
        fee=tariff.fee,
        change_fee=tariff.change_fee,
        gigabytes=tariff.gigabytes,
        minutes=tariff.minutes,
        sms=tariff.sms,
        mine=mine,
        press=f"go:{CHANGE}:{tariff.code}" if may else "",
    )


def services_card(question: Question, offered: Iterable[Service]) -> ServicesCard:
    may = CONNECT in question.knowledge.catalogue.entries
    return ServicesCard(
        tuple(
            Offer(
                code=one.code,
                names=one.names,
                about=one.about,
                fee=one.fee,
                period=one.period,
                trial_days=one.trial_days,
                press=f"go:{CONNECT}:{one.code}" if may else "",
            )
            for one in offered
        )
    )


def coverage_card(place: Place, known: Coverage, technologies: Sequence[Technology]) -> CoverageCard:
    outdoors = tuple((one, known.outdoors.get(one, "none")) for one in technologies)
    indoors = tuple((one, known.indoors.get(one, "none")) for one in technologies)
    return CoverageCard(place.names, outdoors, indoors, known.as_of)
