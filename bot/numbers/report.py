"""One family of figures, for a period and the one before it at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot import i18n
from bot.database import Tx
from bot.messages import LANGUAGES
from bot.numbers import answers, contacts, people
from bot.numbers.figures import Family
from bot.numbers.wanted import Wanted
from bot.parts import Bot

FAMILIES = ("contacts", "people", "topics", "speed")
OTHERS = ("unclear", "failed", "system_down", "other_language")  # why a human was called, where no entry says it

T = TypeVar("T")


async def family(bot: Bot, name: str, wanted: Wanted) -> Family:
    """`name` is one of FAMILIES."""
    match name:
        case "contacts":
            now = bot.clock()
            return contacts.family(wanted, *await _both(bot, wanted, lambda tx, one: contacts.count(tx, one, now)))
        case "people":
            return people.family(wanted, *await _both(bot, wanted, lambda tx, one: _people(bot, tx, one)))
        case "topics":
            return answers.topics_family(*await _both(bot, wanted, answers.topics))
        case _:
            return answers.speed_family(wanted, *await _both(bot, wanted, answers.speed))


async def _both(bot: Bot, wanted: Wanted, count: Callable[[Tx, Wanted], Awaitable[T]]) -> tuple[T, T]:
    """This period and the one before, each on a connection of its own."""

    async def counted(one: Wanted) -> T:
        async with bot.db.transaction() as tx:
            return await count(tx, one)

    here, before = await asyncio.gather(counted(wanted), counted(wanted.before(bot.clock())))
    return here, before


async def _people(bot: Bot, tx: Tx, wanted: Wanted) -> people.Calls:
    hours = bot.knowledge.catalogue.operator.hours
    return await people.count(tx, wanted, bot.clock(), bot.settings.queue_target, hours)


def titles(bot: Bot) -> dict[str, dict[str, str]]:
    """What topics are called: by the FAQ, and by the locales what is none of its entries."""
    entries = bot.knowledge.catalogue.entries.values()
    others: dict[str, dict[str, str]] = {
        topic: {one: i18n.text(one, f"page.numbers.topic.{topic}") for one in LANGUAGES} for topic in OTHERS
    }
    return others | {one.id: dict(one.title) for one in entries}
