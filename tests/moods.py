"""The operator's system on a bad day, as a test wants it: away, broken, slow; and time that passes at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from bot.subscribers import SubscribersDown
from tests.world import World


class Moody:
    """The operator's system with a mood: `before` and `after` are awaited around every call, with its name."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.before: Callable[[str], Awaitable[None]] = content
        self.after: Callable[[str], Awaitable[None]] = content

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def call(*values: Any) -> Any:
            await self.before(name)
            answer = await getattr(self._inner, name)(*values)
            await self.after(name)
            return answer

        return call


async def content(_call: str) -> None:
    """No mood at all."""


async def away(_call: str) -> None:
    raise SubscribersDown("for this test")


async def broken(_call: str) -> None:
    raise ZeroDivisionError("for this test")


def moody(world: World) -> Moody:
    """The operator's system of this world, which from now on has moods."""
    world.bot.subscribers = Moody(world.bot.subscribers)
    return world.bot.subscribers


async def a_minute_passes(world: World) -> None:
    """What was to be tried again in a minute is due now."""
    assert await world.ask("UPDATE inbox SET next_at = now() WHERE channel = 'retry' AND done_at IS NULL RETURNING id")
    world.bot.db.bell.ring("inbox")


async def tries_pass(world: World, channel: str) -> None:
    """The pauses between the tries of what failed are over at once."""
    for _ in range(500):
        failed = f"channel = '{channel}' AND error IS NOT NULL"
        if await world.ask(f"SELECT EXISTS (SELECT 1 FROM inbox WHERE {failed} AND done_at IS NOT NULL)"):
            return
        await world.ask(f"UPDATE inbox SET next_at = now() WHERE {failed} AND done_at IS NULL RETURNING id")
        world.bot.db.bell.ring("inbox")
        await asyncio.sleep(0.02)
    raise AssertionError("never set aside")
