"""Three thousand updates that no healthy Telegram sends, through the whole product."""

from __future__ import annotations

import asyncio

from faq.knowledge import Knowledge
from tests.by_webhook import SETTINGS, opened, post
from tests.conversations import phrase
from tests.malformed import KINDS, malformed
from tests.world import World

CHATS = 16
EACH = 94  # all 46 kinds twice in every chat; each delivered twice, 3,008 deliveries


async def test_3000_malformed_updates_break_nothing_and_hold_up_nobody(fresh_dsn: str, knowledge: Knowledge) -> None:
    assert len(KINDS) >= 30
    async with World(fresh_dsn, knowledge, **SETTINGS) as world:
        await opened(world)
        await _flooded(world)
        async with world.session().get("/healthz") as answer:
            assert answer.status == 200
        assert world.app.ended is None
        failed = "SELECT array_agg(DISTINCT error) FROM inbox WHERE error IS NOT NULL AND lane <> 'dead'"
        assert await world.ask(failed) is None, "a message broke its turn"
        mistakes = [call for call in world.telegram.refused if call.method != "answerCallbackQuery"]
        assert mistakes == []  # presses that Telegram never sent are answered in vain


async def _flooded(world: World) -> None:
    world.telegram.person(5005, "Аня", "ru")  # whom some of the malformed ones name
    people = [world.telegram.person(90_000 + n, f"Аня {n}", "ru") for n in range(CHATS)]
    bystander, http = world.telegram.person(7, "Рая", "ru"), world.session()

    async def flood(chat: int) -> None:
        for kind, body in malformed(EACH, seed=chat, chat_id=90_000 + chat, first_id=1_000 * (chat + 10)):
            assert await post(http, body) == 200, kind
            assert await post(http, body) == 200, kind  # as Telegram does when our answer is lost

    flooding = asyncio.gather(*map(flood, range(CHATS)))
    await bystander.says("ловит ли в Листвянке")
    await bystander.hears("^Листвянка", timeout=60)
    await flooding
    for person in people:  # most wait for a human by now: a broken button of theirs said so
        await person.says("/stop")
    for person in people:
        await person.hears(f"{phrase('bot.left')}|{phrase('bot.nothing_to_leave')}", timeout=120)
    await bystander.says("ловит ли в Хужире")
    await bystander.hears("^Хужир")
