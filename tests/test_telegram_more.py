"""What Telegram has besides messages and buttons: groups, inline answers, thumbs, quotes, corrections."""

from __future__ import annotations

import pytest

from bot import handoff
from bot.handoff import Gone, NotYours
from bot.messages import Reply
from bot.staff.agents import Agent, by_login
from tests.conversations import heard_by, known, phrase, until
from tests.telegram_people import Heard
from tests.world import InApp, InTelegram, World

NAME = "@stand_in_test_bot"


async def named(world: World) -> None:
    """The bot has learnt its own name."""
    for _ in range(500):
        if world.bot.push["telegram"].invitation("x"):
            return
        await until(world, "SELECT true")
    raise AssertionError("never")


async def test_in_a_group_the_bot_answers_whoever_addresses_it_and_only_with_public_data(world: World) -> None:
    await named(world)
    anna = await known(world, "anna", "telegram")
    assert isinstance(anna, InTelegram)
    group = world.telegram.group(-1_001_234)
    person = anna.person
    await group.member_says(person, "кто знает, ловит ли в Хужире?")
    asked = await group.member_says(person, f"{NAME} ловит ли в Хужире?")
    heard = await group.hears("^Хужир")
    assert heard.raw["reply_to_message"]["message_id"] == asked
    await group.member_says(
        person, "ловит ли в Листвянке", reply_to_message={"message_id": heard.id, "from": world.telegram.account.me}
    )
    await group.hears("^Листвянка")
    await group.member_says(person, f"/help{NAME}")
    assert "Позвать человека" not in (await group.hears("гигов|Спрашивайте")).labels
    await group.member_says(person, f"{NAME} сколько у меня гигов осталось")
    private = await group.hears(phrase("bot.only_in_app"))
    assert private.buttons[0].url
    for words in (f"{NAME} позовите человека", f"/forget{NAME}", f"/unlink{NAME}", f"/operator{NAME}"):
        await group.member_says(person, words)
        heard = await group.hears(phrase("bot.not_in_group"))
        assert heard.buttons[0].url == "https://t.me/stand_in_test_bot?start=help"
    for silent in ("/start", "/help@another_bot", "привет всем", "@stand_in_test_bot_2 привет"):
        await group.member_says(person, silent)
    await group.member_says(person, NAME)
    await group.hears("гигов|Спрашивайте")
    assert len(group.heard) == 9, [one.text for one in group.heard]
    assert "7,5" not in str([one.text for one in group.heard])
    assert await world.ask("SELECT count(*) FROM contact WHERE address = '-1001234' AND phone IS NULL AND name IS NULL")
    assert await world.ask("SELECT count(*) FROM handoff") == 0
    assert world.telegram.refused == []


async def test_public_answers_are_offered_inline_in_the_language_typed(world: World) -> None:
    person = world.telegram.person(31, "Анна", "ru")
    offered = await person.types_inline("ловит ли в Хужире")
    assert "Хужир" in offered[0]["input_message_content"]["message_text"]
    assert "胡日尔" in (await person.types_inline("胡日尔有信号吗"))[0]["input_message_content"]["message_text"]
    assert len(await person.types_inline("")) > 3
    mine = await person.types_inline("сколько у меня денег на балансе")
    assert "balance_money" not in {one["id"] for one in mine}
    assert await world.ask("SELECT count(*) FROM inbox") == 0, "nothing was said to us"
    assert world.telegram.refused == []


async def test_a_thumb_down_casts_doubt_on_that_answer_and_is_answered(world: World) -> None:
    anna, ivan = await known(world, "anna", "telegram"), await world.agent("ivan")
    assert isinstance(anna, InTelegram)
    await anna.says("ловит ли в Хужире")
    first = await anna.person.hears("^Хужир")
    await anna.says("ловит ли в Ангарске")
    second = await anna.person.hears("^Ангарск")
    await anna.person.reacts("👍", on=second)
    await anna.person.reacts("👎", on=first)
    await anna.hears(phrase("bot.disliked"))
    await anna.person.reacts("", on=first)
    doubts = "SELECT string_agg(text, ', ') FROM lesson WHERE doubt"
    assert await world.ask(doubts) == "ловит ли в Хужире"
    await anna.presses("Позвать человека")
    await anna.hears(phrase("bot.queued"))
    case = await ivan.takes_next()
    assert case
    await ivan.says(case["id"], "Слушаю вас")
    said = await anna.person.hears("Слушаю")
    await anna.person.reacts("❤", on=said)
    await until(world, "SELECT count(*) = 3 FROM event WHERE kind = 'react' AND body ? 'id'")
    assert "❤" in str((await ivan.reads(case["id"]))["events"])
    assert len(await heard_by(anna)) == len(anna.person.heard)


async def agent_named(world: World, login: str) -> Agent:
    async with world.bot.db.transaction() as tx:
        agent = await by_login(tx, login)
    assert agent
    return agent


async def test_quotes_go_both_ways_and_an_agents_correction_replaces_the_words(world: World) -> None:
    anna, ivan = await known(world, "anna", "telegram"), await world.agent("ivan")
    assert isinstance(anna, InTelegram)
    await anna.says("позовите человека")
    await anna.hears(phrase("bot.queued"))
    case = await ivan.takes_next()
    assert case
    talk = case["id"]
    told = await ivan.says(talk, "Какой у вас телефон?")
    heard: Heard = await anna.person.hears("Какой у вас телефон")
    mine = await anna.person.answers("вот этот, Honor", to=heard)
    await until(world, "SELECT count(*) = 1 FROM event WHERE body ? 'quote'")
    event = next(one for one in (await ivan.reads(talk))["events"] if "quote" in one["body"])
    assert event["body"]["quote"]["text"] == "Какой у вас телефон?"
    agent, li = await agent_named(world, "ivan"), await agent_named(world, "li")
    async with world.bot.db.transaction() as tx:
        await handoff.say(tx, agent, talk, "q1", Reply("Понял", answers=event["id"]))
    world.bot.db.bell.ring(*handoff.rings(talk))
    answer = await anna.person.hears("Понял")
    assert answer.raw["reply_to_message"]["message_id"] == mine
    told_id = next(one["id"] for one in (await ivan.reads(talk))["events"] if one["body"].get("text") == heard.text)
    async with world.bot.db.transaction() as tx:
        first = await handoff.edit(tx, agent, talk, "e1", (told_id, "Какая у вас модель телефона?"))
        assert await handoff.edit(tx, agent, talk, "e1", (told_id, "Ещё раз")) == first
        with pytest.raises(handoff.Held):
            await handoff.edit(tx, li, talk, "e2", (told_id, "Чужое"))
        with pytest.raises(NotYours):
            await handoff.edit(tx, agent, talk, "e3", (event["id"], "Слова подписчика"))
        with pytest.raises(Gone):
            await handoff.edit(tx, agent, talk, "e4", ("nothing", "Нет такого"))
    world.bot.db.bell.ring(*handoff.rings(talk))
    await until(world, "SELECT count(*) = 0 FROM outbox WHERE state IN ('new', 'sending')")
    assert "Какая у вас модель телефона?" in anna.texts()
    assert "Какой у вас телефон?" not in anna.texts()
    assert world.telegram.refused == []
    assert told


async def test_who_blocks_the_bot_while_waiting_leaves_the_queue_and_is_welcome_back(world: World) -> None:
    anna, ivan = await known(world, "anna", "telegram"), await world.agent("ivan")
    assert isinstance(anna, InTelegram)
    await anna.says("позовите человека")
    await anna.hears(phrase("bot.queued"))
    await anna.person.blocks()
    await until(world, "SELECT unreachable_at IS NOT NULL FROM contact WHERE channel = 'telegram'")
    await until(world, "SELECT count(*) = 0 FROM handoff WHERE closed_at IS NULL")
    assert await ivan.takes_next() is None
    heard = len(anna.person.heard)
    await anna.person.returns()
    await anna.says("ловит ли в Хужире")
    await anna.hears("^Хужир")
    assert len(anna.person.heard) == heard + 1, "coming back is no question"


async def test_forget_shows_what_is_kept_before_anything_is_erased(world: World) -> None:
    anna = await known(world, "anna", "telegram")
    await anna.says("ловит ли в Хужире")
    await anna.hears("^Хужир")
    await anna.says("/forget")
    kept = await anna.hears("Стереть всё")
    assert "сообщени" in kept.text
    assert "+7 900 ••• •• 01" in kept.text
    assert "+79000000001" not in kept.text
    await anna.presses("Стереть")
    await anna.hears("Стёр")
    app = world.subscriber("wang", "inapp")
    assert isinstance(app, InApp)
    await app.says("/forget")
    await app.hears("条消息")
