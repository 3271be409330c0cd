"""One family of figures, for a period and the one before it at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.database import Tx
from bot.numbers import answers, contacts, people
from bot.numbers.figures import Family
from bot.numbers.wanted import Wanted
from bot.parts import Bot

FAMILIES = ("contacts", "people", "topics", "speed")

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

    here, before = await asyncio.gather(counted(wanted), counted(wanted.before()))
    return here, before


async def _people(bot: Bot, tx: Tx, wanted: Wanted) -> people.Calls:
    hours = bot.knowledge.catalogue.operator.hours
    return await people.count(tx, wanted, bot.clock(), bot.settings.queue_target, hours)
