"""What a turn promises: once, in order, not over an agent's head, and never into silence, in both channels."""

from __future__ import annotations

import asyncio
import json
from uuid import uuid4

import asyncpg

from bot import contacts, i18n
from faq.knowledge import Knowledge
from tests.by_webhook import SETTINGS, opened, post
from tests.conversations import CHANNELS, heard_by, known, phrase, presses_unseen, until
from tests.moods import a_minute_passes, away, moody
from tests.world import AtDesk, InApp, Subscriber, World

LEFT = "7,5 ГБ"  # what Anna has left


async def test_an_update_delivered_ten_times_at_once_is_answered_once(fresh_dsn: str, knowledge: Knowledge) -> None:
    async with World(fresh_dsn, knowledge, **SETTINGS) as world:
        await opened(world)
        person, http = world.telegram.person(77, "Аня", "ru"), world.session()
        message = {"message_id": 1, "date": 1, "chat": person.as_chat(), "from": person.as_user()}
        update = json.dumps({"update_id": 1, "message": {**message, "text": "ловит ли в Листвянке"}}).encode()
        assert await asyncio.gather(*(post(http, update) for _ in range(10))) == [200] * 10
        await person.hears("^Листвянка")
        assert await post(http, update) == 200, "hours later Telegram may bring it again"
        await person.says("ловит ли в Хужире")
        await person.hears("^Хужир")
        assert len(person.heard) == 2


async def test_ten_copies_from_the_app_are_answered_once(world: World) -> None:
    anna, cid = world.subscriber("anna", "inapp"), str(uuid4())
    assert isinstance(anna, InApp)
    receipts = await asyncio.gather(*(anna.send(cid=cid, text="ловит ли в Листвянке") for _ in range(10)))
    assert {receipt["seq"] for receipt in receipts} == {1}
    await anna.hears("^Листвянка")
    await anna.says("ловит ли в Хужире")
    await anna.hears("^Хужир")
    assert len(await heard_by(anna)) == 2


@CHANNELS
async def test_what_the_bot_was_thinking_when_an_agent_came_is_not_said(world: World, channel: str) -> None:
    operator, thinking, enough = moody(world), asyncio.Event(), asyncio.Event()
    anna, ivan = await known(world, "anna", channel), await world.agent("ivan")
    operator.before = away
    await anna.says("сколько гигов осталось")
    await anna.hears(phrase("bot.system_down"))

    async def slow(_call: str) -> None:
        thinking.set()
        await enough.wait()

    operator.before = slow
    await a_minute_passes(world)
    await asyncio.wait_for(thinking.wait(), 10)
    await anna.presses(i18n.text("ru", "bot.call_human"))
    await anna.hears(phrase("bot.queued"))
    case = await ivan.takes_next()
    assert case
    await anna.hears(phrase("bot.agent_joined"))
    enough.set()
    await until(world, "SELECT done_at IS NOT NULL FROM inbox WHERE channel = 'retry'")
    await ivan.says(case["id"], "Слушаю вас")
    await anna.hears("Слушаю вас")
    said = await heard_by(anna)
    assert said[-2:] == [i18n.text("ru", "bot.agent_joined", name="Иван"), "Слушаю вас"]
    assert not [text for text in said if LEFT in text]


@CHANNELS
async def test_a_burst_is_answered_in_order(world: World, channel: str) -> None:
    places = ["Листвянка", "Хужир", "Ангарск", "Слюдянка", "Братск", "Иркутск"]
    person = world.subscriber("anna", channel)
    for place in places:
        await person.says(f"есть связь {place}")
    for place in places:
        await person.hears(place)
    assert [text.split(":")[0].split(",")[0] for text in await heard_by(person)] == places


async def test_an_old_confirmation_changes_nothing(world: World) -> None:
    lina = await known(world, "lina", "inapp")
    await lina.says("帮我开通防骚扰")
    await lina.hears("60 卢布")
    await lina.says("我还剩多少流量")
    await lina.hears("30 GB")
    await lina.presses("开通")
    await lina.hears(phrase("bot.button_expired", "zh"))
    await lina.says("我开通了哪些服务")
    bubble = await lina.hears("卢布")
    assert "防骚扰" not in bubble.text


@CHANNELS
async def test_a_confirmation_pressed_twice_buys_once(world: World, channel: str) -> None:
    lina = await known(world, "lina", channel)
    await presses_unseen(lina, "go:service_connect:gb5")
    await lina.hears("120 卢布")
    await asyncio.gather(lina.presses("开通"), lina.presses("开通"))
    await lina.hears(phrase("bot.button_expired", "zh"))
    await lina.says("话费余额")
    await lina.hears("1,084 卢布")  # 1,204 less one package for 120


@CHANNELS
async def test_the_second_failed_try_goes_to_a_human(world: World, knowledge: Knowledge, channel: str) -> None:
    person = world.subscriber("anna", channel)
    vague = next(words for words in VAGUE if knowledge.match(words, "ru").decision == "clarify")
    await person.says(vague)
    bubble = await person.hears(phrase("bot.which_one"))
    await person.presses(bubble.labels[-1])
    bubble = await person.hears(phrase("bot.say_otherwise"))
    assert i18n.text("ru", "bot.call_human") in bubble.labels
    await person.says(vague)
    await person.hears(phrase("bot.which_one"))
    await person.says(vague)
    await person.hears(phrase("bot.queued_nobody_online"))


VAGUE = ("интернет", "тариф и связь", "пакет", "услуга", "номер", "связь", "не понимаю что с интернетом и деньгами")


async def test_a_silent_agent_loses_the_case_and_the_person_keeps_the_place(world: World) -> None:
    anna, pyotr = world.subscriber("anna", "inapp"), world.subscriber("down", "telegram")
    ivan, olga = await world.agent("ivan"), await world.agent("olga")
    await anna.says("позовите оператора")
    case = await _taken(ivan, anna)
    await pyotr.says("позовите оператора")
    await pyotr.hears(phrase("bot.queued"))
    await anna.says("вы здесь?")
    await until(world, "SELECT EXISTS (SELECT 1 FROM event WHERE body->>'text' = 'вы здесь?')")
    ago = "now() - interval '10 minutes' WHERE"
    await world.ask(f"UPDATE handoff SET assigned_at = {ago} conversation_id = $1 RETURNING id", case)
    await world.ask(f"UPDATE conversation SET heard_at = {ago} id = $1 RETURNING id", case)
    await anna.hears(phrase("bot.agent_silent"))
    status, _ = await ivan.call("POST", f"conversations/{case}/messages", {"cid": str(uuid4()), "text": "я тут"})
    assert status == 409
    again = await olga.takes_next()
    assert again
    assert again["id"] == case, "before who came later"


async def _taken(agent: AtDesk, person: Subscriber) -> int:
    """The agent takes the next case as soon as the person waits; the conversation's id."""
    await person.hears(phrase("bot.queued"))
    case = await agent.takes_next()
    assert case
    await person.hears(phrase("bot.agent_joined"))
    return int(case["id"])


@CHANNELS
async def test_after_the_close_stars_count_once_and_the_bot_answers_again(world: World, channel: str) -> None:
    anna, ivan = await known(world, "anna", channel), await world.agent("ivan")
    await anna.says("позовите оператора")
    case = await _taken(ivan, anna)
    await ivan.closes(case)
    bubble = await anna.hears(phrase("bot.rate_please"))
    assert bubble.labels == (*("★" * n for n in range(1, 6)), i18n.text("ru", "bot.send_transcript"))
    await anna.presses("★★★★")
    await anna.hears(phrase("bot.rated"))
    await anna.presses("★")
    await anna.hears(phrase("bot.already_rated"))
    assert await world.ask("SELECT array_agg(rating) FROM handoff") == [4]
    await anna.says("сколько гигов осталось")
    await anna.hears(LEFT)
    assert await ivan.takes_next() is None


async def test_the_language_chosen_in_the_app_stays_and_else_it_is_the_messages(world: World) -> None:
    anna = world.subscriber("anna", "inapp")
    assert isinstance(anna, InApp)
    await anna.says("利斯特维扬卡有信号吗")
    await anna.hears("^利斯特维扬卡")
    await anna.says("ловит ли в Листвянке")
    await anna.hears("^Листвянка")
    await anna.send(button="lang:ru")
    await anna.hears(phrase("bot.language_chosen"))
    await anna.says("利斯特维扬卡有信号吗")
    await anna.hears("^Листвянка")


async def test_a_restart_keeps_the_queue_the_memory_and_what_is_unanswered(world: World) -> None:
    operator = moody(world)
    anna, lina = await known(world, "anna", "telegram"), await known(world, "lina", "inapp")
    pyotr, wang = await known(world, "pyotr", "telegram"), await known(world, "wang", "inapp")
    await anna.says("ловит ли в Листвянке")
    await anna.hears("^Листвянка")
    await lina.says("帮我开通防骚扰")
    await lina.hears("60 卢布")
    await pyotr.says("позовите оператора")
    await pyotr.hears(phrase("bot.queued_nobody_online"))
    operator.before = away
    await wang.says("我还剩多少流量")
    await wang.hears(phrase("bot.system_down", "zh"))

    assert await world.stop() == 0
    await anna.says("а в Хужире?")
    await world.start()
    for person in (lina, wang):
        assert isinstance(person, InApp)
        person.http = world.session()

    await anna.hears("^Хужир")
    await a_minute_passes(world)
    await wang.hears("1\\.2 GB")
    await lina.says("好的")
    await lina.hears("防骚扰")
    await lina.says("我开通了哪些服务")
    await lina.hears("防骚扰")
    ivan = await world.agent("ivan")
    case = await ivan.takes_next()
    assert case
    await pyotr.hears(phrase("bot.agent_joined"))
    assert "позовите оператора" in str((await ivan.reads(case["id"]))["events"])


async def test_a_turn_and_a_reader_of_one_chat_never_lock_each_other_out(world: World) -> None:
    """A turn holds the chat and wants the contact, a long poll begins: whoever comes second waits for the first."""
    anna = world.subscriber("anna", "inapp")
    await anna.says("ловит ли в Листвянке")
    await anna.hears("^Листвянка")
    async with world.bot.db.transaction() as tx:
        conversation = await contacts.lock(tx, await world.ask("SELECT id FROM conversation"))
        assert conversation
        reading = asyncio.create_task(heard_by(anna))
        await until(world, "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock')")
        await contacts.choose_language(tx, conversation, "zh")
    assert len(await reading) == 1


async def test_the_only_person_waiting_is_found_even_while_they_write(world: World) -> None:
    anna, ivan = world.subscriber("anna", "inapp"), await world.agent("ivan")
    await anna.says("позовите оператора")
    await anna.hears(phrase("bot.queued"))
    async with world.bot.db.transaction() as tx:  # a turn at work on their next words
        assert await contacts.lock(tx, await world.ask("SELECT id FROM conversation"))
        taking = asyncio.create_task(ivan.takes_next())
        await asyncio.wait({taking}, timeout=0.2)
    assert await taking


async def test_when_the_database_drops_everybody_nothing_ends_and_all_is_answered(world: World, fresh_dsn: str) -> None:
    anna, wang = await known(world, "anna", "telegram"), world.subscriber("wang", "inapp")
    assert isinstance(wang, InApp)
    admin = await asyncpg.connect(fresh_dsn)
    bots = "FROM pg_stat_activity WHERE application_name LIKE 'bot %' AND datname = current_database()"
    async with admin.transaction():
        await admin.execute("LOCK TABLE inbox, outbox IN ACCESS EXCLUSIVE MODE")
        for _ in range(500):
            if await admin.fetchval(f"SELECT count(*) >= 2 {bots} AND wait_event_type = 'Lock'"):
                break
            await asyncio.sleep(0.02)
        assert await admin.fetchval(f"SELECT count(pg_terminate_backend(pid)) {bots}") >= 2
    await admin.close()
    await anna.says("ловит ли в Листвянке")
    await wang.insists("利斯特维扬卡有信号吗")
    await anna.hears("^Листвянка")
    await wang.hears("^利斯特维扬卡")
    assert world.app.ended is None
