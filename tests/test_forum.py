"""The desk in a Telegram group, as a small team lives with it: through Telegram's doors and the desk's own API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.staff import telegram_ids
from bot.staff.audit import Outsider
from bot.staff.roster import RosterError
from faq.knowledge import Knowledge
from handlers.telegram import forum_calls
from tests import samples
from tests.telegram_forum import Forum, Topic
from tests.telegram_people import Person
from tests.world import InTelegram, Subscriber, World

GROUP = -1001234567890


@pytest_asyncio.fixture
async def town(fresh_dsn: str, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """A world whose team has a group; only the story of the limit keeps Telegram's."""
    monkeypatch.setattr(forum_calls, "MIRRORED", 1000)
    world = World(fresh_dsn, knowledge, forum_chat=GROUP)
    world.telegram.forum(GROUP)
    async with world:
        yield world


def group(world: World) -> Forum:
    return world.telegram.forum(GROUP)


async def bound(world: World, login: str, number: int) -> Person:
    """An agent whose Telegram is known: the code of the shell, sent to the bot in private."""
    person = world.telegram.person(number, login, "ru")
    shell = Outsider("root", "shell")
    code = await telegram_ids.new_code(world.bot.db.dsn, shell, login)
    await person.says(code)
    await person.hears("теперь вы можете отвечать")
    if login == "li":
        stranger = world.telegram.person(901, "Прохожий")
        await stranger.says(f"/start {code}")
        await stranger.hears("Код не подходит")
        with pytest.raises(RosterError, match="pavel"):
            await telegram_ids.new_code(world.bot.db.dsn, shell, "pavel")
        assert await world.ask("SELECT count(*) FROM event WHERE body->>'text' LIKE '%desk-%'") == 0
    return person


async def waiting(world: World, who: str, channel: str) -> tuple[Subscriber, Topic]:
    person = world.subscriber(who, channel)
    await person.says("не работает интернет" if who != "wang" else "我要找人工客服")
    await person.hears(".")
    if who != "wang":
        await person.says("позовите оператора")
    return person, await group(world).topic("RU · " if who != "wang" else "ZH · ")


async def state_of(world: World) -> Any:
    return await world.ask("SELECT state FROM conversation ORDER BY id LIMIT 1")


async def test_a_case_is_taken_answered_and_closed_in_its_topic(town: World) -> None:
    forum = group(town)
    ivan, stranger = await bound(town, "ivan", 501), town.telegram.person(900, "Сосед")
    anna, topic = await waiting(town, "anna", "inapp")
    assert "Анна" in topic.name
    pack = await forum.offers(topic, "Взять")
    for wanted in ("+7 900 ••• •• 01", "Весь Байкал", "236,4", "просит специалиста", "не работает интернет", "Ждёт"):
        assert wanted in pack.text, wanted
    assert "+79000000001" not in pack.text
    assert "Медленный мобильный интернет" in topic.name
    await anna.says("тут пожар, помогите")
    await forum.topic("^🚨 RU · Анна")

    assert "сотрудников" in await forum.presses(stranger, topic, "Взять")
    for _ in range(2):
        await forum.writes(stranger, topic, "я помогу")
    await forum.shows(topic, "вы не записаны")
    assert "Чат ваш" in await forum.presses(ivan, topic, "Взять")
    await forum.shows(topic, "Чат ведёт Иван")

    said = await forum.writes(ivan, topic, "Здравсвуйте, уже смотрю")
    await anna.hears("Здравсвуйте, уже смотрю")
    await forum.corrects(ivan, topic, said, "Здравствуйте, уже смотрю")
    await forum.writes(ivan, topic, "/note старый телефон")
    await forum.writes(ivan, topic, photo=[town.telegram.account.people[501]._photo(samples.photo())])
    assert await anna.receives()
    await anna.shows(samples.photo(), "вот экран")
    assert (await forum.shows(topic, "Анна: вот экран")).file[0] == "photo"
    await anna.says("спасибо, жду")
    await forum.shows(topic, "Анна: спасибо, жду")
    assert await town.ask("SELECT count(*) FROM event WHERE kind = 'edit' AND body->>'text' LIKE 'Здравствуйте%'") == 1
    assert await town.ask("SELECT body->>'text' FROM event WHERE kind = 'note'") == "старый телефон"
    assert not any("старый телефон" in text or "я помогу" in text for text in anna.texts())
    assert sum("вы не записаны" in one.text for one in forum.in_topic(topic)) == 1

    assert "Отправлено" in await forum.presses(ivan, topic, "1. ")
    await forum.shows(topic, "Иван: ")
    assert "решено" in await forum.presses(ivan, topic, "Закрыть: решено")
    await forum.is_closed(topic)
    assert not any(one.labels for one in forum.in_topic(topic))
    assert await town.ask("SELECT outcome FROM handoff") == "solved"
    assert town.telegram.refused == []


async def test_the_web_desk_and_the_group_never_hold_one_case_together(town: World) -> None:
    forum = group(town)
    ivan, li = await bound(town, "ivan", 501), await bound(town, "li", 502)
    await forum.writes(li, None, "/online")
    await forum.until(lambda: any("вы на смене" in one.text for one in town.telegram.sent(GROUP)) or None, "an answer")
    wang, topic = await waiting(town, "wang", "telegram")
    assert isinstance(wang, InTelegram)
    assert "на языке" in await forum.presses(ivan, topic, "Взять")
    olga = await town.agent("olga")
    case = await olga.takes_next()
    assert case is not None
    await forum.shows(topic, "Чат ведёт Ольга")
    assert "ведёт Ольга" in await forum.presses(li, topic, "Закрыть: решено")
    await forum.writes(li, topic, "我来看看")
    await forum.shows(topic, "Абоненту не отправлено. Этот чат ведёт Ольга")
    await olga.says(case["id"], "您好")
    await forum.shows(topic, "Ольга: 您好")
    number = await wang.person.says("流量没了")
    shown = await forum.shows(topic, "流量没了")
    await wang.person.edits("流量用完了", number)
    changed = await forum.shows(topic, r"流量用完了 \(исправлено\)")
    assert changed.id == shown.id
    await olga.must("POST", f"conversations/{case['id']}/transfer", {"line": "zh", "reason": "конец смены"})
    await forum.shows(topic, "Снова в очереди")
    assert "Чат ваш" in await forum.presses(li, topic, "Взять")
    status, answer = await olga.call("POST", f"conversations/{case['id']}/claim", {})
    assert (status, answer["error"]["code"], answer["error"]["agent"]) == (409, "held", "Ли Мэй (李梅)")
    await forum.writes(li, topic, "我来看看")
    await wang.hears("我来看看")
    assert "боту" in await forum.presses(li, topic, "Вернуть боту")
    await forum.is_closed(topic)
    assert await state_of(town) == "bot"
    assert town.telegram.refused == []


async def test_a_topic_deleted_or_closed_by_hand_is_mended_and_a_forgotten_person_leaves_none(town: World) -> None:
    forum = group(town)
    ivan = await bound(town, "ivan", 501)
    anna, topic = await waiting(town, "anna", "telegram")
    await forum.presses(ivan, topic, "Взять")
    await forum.writes(ivan, topic, "Перезагрузите телефон")
    await anna.hears("Перезагрузите")
    forum.deletes(topic)
    await anna.says("перезагрузила, не помогло")
    again = await forum.topic("Анна", but=(topic.id,))
    pack = await forum.shows(again, "не помогло")
    assert "Перезагрузите телефон" in pack.text
    await forum.offers(again, "Закрыть: решено")
    await forum.closes(ivan, again)
    await anna.says("что дальше?")
    await forum.shows(again, "что дальше")
    assert not again.closed
    assert len(town.telegram.called("createForumTopic")) == 2
    assert isinstance(anna, InTelegram)
    await anna.says("/stop")
    await forum.is_closed(again)
    await anna.says("/forget")
    await anna.presses((await anna.hears("Стереть")).labels[0])
    await forum.until(lambda: again.id not in forum.topics or None, "the topic gone")
    assert await town.ask("SELECT count(*) FROM forum_topic") == 0


async def test_a_group_that_cannot_be_used_is_told_and_the_desk_goes_on(town: World) -> None:
    forum = group(town)
    ivan = await bound(town, "ivan", 501)

    async def problem() -> str | None:
        async with town.session().get("/readyz") as answer:
            assert answer.status == 200
            found = (await answer.json())["details"]["forum"]["problem"]
            return str(found) if found else None

    async def until(word: str) -> None:
        for _ in range(300):
            if word in (told := await problem() or "none"):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"/readyz tells {told!r}, not {word!r}")

    await until("none")
    await forum.changes_rights(manages_topics=False)
    await until("manage topics")
    await forum.changes_rights(manages_topics=True, inside=False)
    await until("kicked")
    forum.blocked, forum.is_forum = False, False
    await forum.changes_rights(manages_topics=True)
    await until("topics are off")
    anna = town.subscriber("anna", "telegram")
    await anna.says("позовите оператора")
    await anna.hears("очеред")
    desk = await town.agent("anna")
    case = await desk.takes_next()
    assert case is not None
    await desk.must("POST", f"conversations/{case['id']}/transfer", {"line": "ru", "reason": "обед"})
    moved = town.telegram.forum(GROUP - 1)
    forum.is_forum, forum.moved_to = True, moved.id
    await forum.changes_rights(manages_topics=True)
    topic = await moved.topic("Анна")
    assert "Чат ваш" in await moved.presses(ivan, topic, "Взять")
    await until("none")
    assert await town.ask("SELECT chat_id FROM forum_group") == moved.id


async def test_what_is_said_fast_is_joined_within_telegrams_limit_and_a_restart_loses_nothing(
    fresh_dsn: str, knowledge: Knowledge
) -> None:
    world = World(fresh_dsn, knowledge, forum_chat=GROUP, flood=True)
    forum = world.telegram.forum(GROUP)
    async with world:
        ivan = await bound(world, "ivan", 501)
        anna, topic = await waiting(world, "anna", "telegram")
        await forum.presses(ivan, topic, "Взять")
        world.telegram.fail("429", chat_id=GROUP, retry_after=1)
        for n in range(40):
            await anna.says(f"строка {n};")
        for n in (0, 20, 39):
            await forum.shows(topic, f"строка {n};")
        text = "\n".join(one.text for one in forum.in_topic(topic))
        assert [text.count(f"строка {n};") for n in range(40)] == [1] * 40
        told = [call.status for call in world.telegram.calls if str(call.parameters.get("chat_id")) == str(GROUP)]
        assert told.count(429) == 1, "the one we asked for"
        assert len(told) <= 20, "lines are joined"
        world.telegram.fail("reset after", chat_id=GROUP)
        await anna.says("в сомнении;")
        await forum.shows(topic, "в сомнении;")
        await world.stop()
        await anna.says("без вас;")
        await world.start()
        await forum.shows(topic, "без вас;")
        texts = [one.text for one in forum.in_topic(topic)]
        assert sum("в сомнении;" in text for text in texts) in (1, 2), "a kill repeats one message at most"
        assert sum("без вас;" in text for text in texts) == 1
        assert len(world.telegram.called("createForumTopic")) == 1
        assert world.telegram.refused == []
