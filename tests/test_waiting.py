"""Who waits knows the truth: the place as it moves, hours, what else one can do, and what the clock brings."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest_asyncio

from bot import i18n
from bot.handoff import queue_news
from faq.knowledge import Knowledge
from tests.clock import Clock
from tests.conversations import CHANNELS, known, phrase, until
from tests.world import InApp, InTelegram, World


@pytest_asyncio.fixture
async def timed(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[tuple[World, Clock]]:
    """The whole product under a clock that can be turned forward, at ten in the morning on a Monday of Irkutsk."""
    clock = await Clock.of(fresh_dsn)
    ten = datetime.now(UTC).replace(hour=2, minute=0)
    ahead = ten + timedelta(days=-ten.weekday() % 7 + 7) - datetime.now(UTC)
    await clock.passes(seconds=ahead.total_seconds())
    world = World(fresh_dsn, knowledge, idle_close=timedelta(hours=3), idle_warning=timedelta(hours=1))
    world.now = clock
    async with world:
        yield world, clock


async def test_the_place_is_kept_true_in_one_message_of_telegram_and_by_events_in_the_app(
    timed: tuple[World, Clock],
) -> None:
    world, clock = timed
    ivan = await world.agent("ivan")
    first = await known(world, "down", "inapp")
    await first.says("позовите оператора")
    await first.hears(phrase("bot.queued"))
    second, third = await known(world, "anna", "telegram"), await known(world, "slow", "inapp")
    assert isinstance(second, InTelegram)
    assert isinstance(third, InApp)
    for person, place in ((second, 2), (third, 3)):
        await person.says("позовите оператора")
        assert f": {place}." in (await person.hears(phrase("bot.queued"))).text
    assert await ivan.takes_next()
    assert await queue_news.tell_waiting(world.bot) == []  # not within fifteen seconds
    await clock.passes(seconds=16)
    await until(world, "SELECT NOT EXISTS (SELECT 1 FROM outbox WHERE state <> 'sent')")
    told = i18n.text("ru", "bot.queued", n=1)
    await until(world, "SELECT count(*) = 1 FROM outbox WHERE payload ? 'edits' AND state = 'sent'")
    assert [text for text in second.texts() if "место в очереди" in text] == [told]
    while not any(event["t"] == "state" and event["body"].get("position") == 2 for event in third.events):
        await third.fetch()
    await clock.passes(seconds=16)
    assert await queue_news.tell_waiting(world.bot) == []  # nothing has changed
    assert world.telegram.refused == []


async def test_who_waits_for_chinese_may_wait_ask_the_bot_or_have_a_russian_speaker(timed: tuple[World, Clock]) -> None:
    world, clock = timed
    ivan = await world.agent("ivan")
    wang = await known(world, "wang", "telegram")
    await clock.passes(hours=12)  # ten in the evening: the Chinese line is closed
    await wang.says("转人工")
    bubble = await wang.hears("上线")
    ways = [i18n.text("zh", key) for key in ("bot.wait_for.zh", "bot.rather.ru", "bot.ask_on", "bot.leave_queue")]
    assert list(bubble.labels) == ways
    assert re.search("明天 ?9:00", bubble.text)
    await wang.presses(ways[0])
    await wang.hears(i18n.text("zh", "bot.waits_on"))
    await wang.presses(ways[2])
    await wang.hears(i18n.text("zh", "bot.asks_on"))
    await wang.says("我还剩多少流量")
    await wang.hears("1.2 GB")
    assert await ivan.takes_next() is None
    await wang.presses(ways[1])
    await wang.hears(i18n.text("zh", "bot.line_changed.ru"))
    case = await ivan.takes_next()
    assert case
    assert (case["line"], case["language"]) == ("ru", "zh")
    await wang.hears("Иван")


async def test_whom_nobody_took_for_half_an_hour_is_told_once_and_not_forgotten(timed: tuple[World, Clock]) -> None:
    world, clock = timed
    anna, wang = await known(world, "anna", "telegram"), await known(world, "wang", "inapp")
    for person, words in ((anna, "позовите оператора"), (wang, "转人工")):
        await person.says(words)
    await anna.hears(phrase("bot.queued_nobody_online"))
    await wang.hears("现在没有客服在线")
    await clock.passes(minutes=31)
    await anna.hears("всё ещё нет")
    await wang.hears("久等")
    await clock.passes(minutes=31)
    assert await queue_news.tell_missed(world.bot) == []
    assert await world.ask("SELECT count(*) FROM handoff WHERE missed_at IS NOT NULL AND closed_at IS NULL") == 2
    ivan = await world.agent("ivan")
    case = await ivan.takes_next()
    assert case
    assert case["missed"]


@CHANNELS
async def test_a_quiet_chat_is_warned_once_and_closed_only_if_nobody_writes_then(
    timed: tuple[World, Clock], channel: str
) -> None:
    world, clock = timed
    anna, ivan = await known(world, "anna", channel), await world.agent("ivan")
    await anna.says("позовите оператора")
    await anna.hears(phrase("bot.queued"))
    case = await ivan.takes_next()
    assert case
    await ivan.says(case["id"], "Проверьте, пожалуйста, сейчас")
    await clock.passes(minutes=121)
    await anna.hears("через 60 минут")
    await anna.says("проверяю")
    await until(world, "SELECT EXISTS (SELECT 1 FROM event WHERE body->>'text' = 'проверяю')")
    await ivan.says(case["id"], "Жду")
    await clock.passes(minutes=90)  # the old warning is void: somebody wrote after it
    await clock.passes(minutes=31)
    await anna.hears("через 60 минут")
    assert await world.ask("SELECT state FROM conversation WHERE id = $1", case["id"]) == "assigned"
    await clock.passes(minutes=61)
    await anna.hears(phrase("bot.closed_idle"))
    assert await world.ask("SELECT close_reason FROM handoff") == "idle"
