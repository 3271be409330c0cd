"""What passes between a person and an agent besides words: typing, what never arrived, too much at once."""

from __future__ import annotations

import asyncio

from bot import flood, i18n
from tests.conversations import known, phrase, until
from tests.world import InTelegram, World


async def _in_chat(world: World) -> tuple[InTelegram, int]:
    anna, ivan = await known(world, "anna", "telegram"), await world.agent("ivan")
    assert isinstance(anna, InTelegram)
    await anna.says("позовите оператора")
    await anna.hears(phrase("bot.queued"))
    case = await ivan.takes_next()
    assert case
    await anna.hears("На связи Иван")
    return anna, case["id"]


async def test_the_agents_typing_is_seen_in_telegram_and_not_more_often_than_it_lasts(world: World) -> None:
    _, case = await _in_chat(world)
    holder = await world.ask("SELECT agent_id FROM conversation WHERE id = $1", case)
    stranger = await world.ask("SELECT id FROM agent WHERE login = 'li'")
    before = len(world.telegram.called("sendChatAction"))
    world.bot.agent_types(case + 1000, stranger)
    for _ in range(20):
        world.bot.agent_types(case, holder)
    async with asyncio.timeout(10):
        while len(world.telegram.called("sendChatAction")) == before:  # noqa: ASYNC110  another process' work
            await asyncio.sleep(0.02)
    assert len(world.telegram.called("sendChatAction")) == before + 1


async def test_the_agent_sees_which_message_never_reached_a_person_who_blocked_the_bot(world: World) -> None:
    anna, case = await _in_chat(world)
    ivan = await world.agent("ivan")
    await anna.person.blocks()
    await ivan.says(case, "Вы здесь?")
    await until(world, "SELECT EXISTS (SELECT 1 FROM event WHERE kind = 'undelivered')")
    events = (await ivan.reads(case))["events"]
    lost = next(event for event in events if event["t"] == "undelivered")
    said = next(event for event in events if event["n"] == lost["body"]["n"])
    assert said["body"]["text"] == "Вы здесь?"
    assert lost["body"]["why"] == "unreachable"
    assert lost.get("seq") is None


async def test_a_flood_is_kept_told_of_once_and_danger_is_heard_through_it(world: World) -> None:
    anna = await known(world, "anna", "telegram")
    for n in range(flood.MOST + 6):
        await anna.says(f"ну {n}")
    await until(world, "SELECT count(*) > $1 FROM inbox WHERE done_at IS NOT NULL", flood.MOST + 6)
    notice = i18n.text("ru", "bot.too_much")
    assert await world.ask("SELECT count(*) FROM event WHERE body->>'text' = $1", notice) == 1
    kept = await world.ask("SELECT count(*) FROM event WHERE author_kind = 'user' AND body->>'text' LIKE 'ну %'")
    assert kept == flood.MOST + 6
    await anna.says("помогите человек без сознания не дышит")
    said = "SELECT EXISTS (SELECT 1 FROM event WHERE author_kind = 'bot' AND body->>'text' LIKE '%112%')"
    await until(world, said)
