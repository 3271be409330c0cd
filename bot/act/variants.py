"""Which words of an entry fit this person, channel and hour: the first variant that holds, else the answer.

Only conditions that a variant names are looked up; what cannot be looked up now does not hold.
"""

from __future__ import annotations

from dataclasses import replace

from bot.act.answer import Question
from bot.subscribers import SubscribersError
from faq.entry import Entry, Variant


async def fitting(question: Question, channel: str, language: str) -> Entry:
    """The entry with the words to say; `question.now` decides over days and hours."""
    entry = question.entry
    known: dict[str, bool] = {}
    for variant in entry.variants:
        if variant.valid.covers(question.now.date()) and await _holds(variant, question, channel, language, known):
            return replace(entry, answer=variant.answer)
    return entry


async def _holds(variant: Variant, question: Question, channel: str, language: str, known: dict[str, bool]) -> bool:
    for name, value in variant.when.items():
        if name == "channel":
            holds = channel == value
        elif name == "people":
            hours = question.knowledge.catalogue.operator.hours
            holds = language in hours.lines and not hours.is_open(language, question.now)
        else:
            if name not in known:
                known[name] = await _is_so(name, question)
            holds = known[name]
        if not holds:
            return False
    return True


async def _is_so(name: str, question: Question) -> bool:
    """`number`: blocked for want of money; `tariff`: archived."""
    if question.subscriber is None:
        return False
    try:
        if name == "number":
            return (await question.subscribers.balance(question.subscriber)).blocked
        return not (await question.subscribers.tariff(question.subscriber)).tariff.on_sale
    except SubscribersError:
        return False
