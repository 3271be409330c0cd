"""What tests of conversations share: phrases as patterns, people with a linked number, what was heard by now."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from bot import i18n
from tests.world import CAST, InApp, InTelegram, Subscriber, World

CHANNELS = pytest.mark.parametrize("channel", ["telegram", "inapp"])


def phrase(key: str, language: str = "ru") -> str:
    """A pattern for one of the bot's own phrases, whatever stands in its placeholders."""
    return ".+".join(map(re.escape, re.split(r"\{\w+\}", i18n.text(language, key))))


async def known(world: World, who: str, channel: str) -> Subscriber:
    """One of the cast, the number linked already."""
    person = world.subscriber(who, channel)
    if channel == "telegram":
        await person.links()
        await person.hears(phrase("bot.linked", CAST[who][1]))
    return person


async def heard_by(person: Subscriber) -> list[str]:
    """All that the bot and the agents have said to them by now."""
    if isinstance(person, InApp):
        async with person.http.get("/api/v1/events?last=200", headers=person._headers) as answer:
            events = (await answer.json())["events"]
        return [event["body"]["text"] for event in events if event["t"] == "msg" and event["from"]["kind"] != "user"]
    return person.texts()


async def presses_unseen(person: Subscriber, value: str) -> None:
    """A button that this conversation has not shown, as from a message of yesterday."""
    if isinstance(person, InApp):
        await person.send(button=value)
    else:
        assert isinstance(person, InTelegram)
        await person.person.presses_value(value, on=person.person.heard[-1])


async def until(world: World, statement: str, *values: Any) -> None:
    """Looks every 20 ms, for at most 10 s, whether the database says so."""
    for _ in range(500):
        if await world.ask(statement, *values):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"never: {statement}")
