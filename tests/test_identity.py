"""One person is one person in both channels: linked by a link that works once, unlinked from either side, and a number
that changes hands takes nothing of its old owner along."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot import i18n
from faq.knowledge import Knowledge
from tests.conversations import heard_by, known, phrase, until
from tests.world import CAST, InApp, InTelegram, World

LEFT = "7,5 ГБ"


async def call(person: InApp, method: str) -> tuple[int, dict[str, Any]]:
    async with person.http.request(method, "/api/v1/link", headers=person._headers) as answer:
        return answer.status, await answer.json()


async def invited(world: World, person: InApp) -> str:
    """The one-time secret that the app gives this person; the bot learns its own name moments after the start."""
    for _ in range(200):
        status, body = await call(person, "POST")
        if status == 200:
            url = urlsplit(body["url"])
            assert (url.scheme, url.netloc, url.path) == ("https", "t.me", "/stand_in_test_bot")
            return parse_qs(url.query)["start"][0]
        await asyncio.sleep(0.02)
    raise AssertionError(body)


def pair(world: World, who: str) -> tuple[InApp, InTelegram]:
    here, there = world.subscriber(who, "inapp"), world.subscriber(who, "telegram")
    assert isinstance(here, InApp)
    assert isinstance(there, InTelegram)
    return here, there


async def test_a_link_from_the_app_binds_the_first_who_follows_it_and_nobody_else(world: World) -> None:
    here, there = pair(world, "anna")
    stranger = world.telegram.person(9_001, "Чужой", "ru")
    await here.says("привет")
    token = await invited(world, here)
    await there.says(f"/start {token}")
    await there.hears(phrase("bot.linked"))
    await there.says("сколько гигов осталось")
    await there.hears(LEFT)
    await here.hears(phrase("bot.linked_in_messenger"))
    await stranger.says(f"/start {token}")
    assert (await stranger.hears(phrase("bot.link_used"))).labels
    await there.says(f"/start {token}")
    await there.hears(phrase("bot.linked_already"))
    await stranger.says(f"/start {token[:9]}{'b' if token[9] == 'a' else 'a'}{token[10:]}")
    await stranger.hears(phrase("bot.link_unknown"))
    await stranger.says("сколько гигов осталось")
    await stranger.hears(phrase("bot.ask_phone"))
    assert token not in str(await world.ask("SELECT json_agg(body) FROM event"))


async def test_an_old_link_and_a_replaced_one_are_refused(world: World) -> None:
    here, there = pair(world, "anna")
    replaced = await invited(world, here)
    token = await invited(world, here)
    await world.ask(
        """UPDATE link_token SET created_at = created_at - interval '11 minutes',
                  expires_at = expires_at - interval '11 minutes' RETURNING true"""
    )
    await there.says(f"/start {token}")
    await there.hears(phrase("bot.link_old"))
    await there.says(f"/start {replaced}")
    await there.hears(phrase("bot.link_unknown"))
    assert await world.ask("SELECT count(*) FROM contact WHERE channel = 'telegram' AND phone IS NOT NULL") == 0


async def test_of_many_who_follow_a_link_at_once_one_is_linked(world: World) -> None:
    here, _ = pair(world, "anna")
    token = await invited(world, here)
    crowd = [world.telegram.person(9_100 + number, "Кто-то", "ru") for number in range(6)]
    for one in crowd:
        await one.says(f"/start {token}")
    heard = [(await one.hears()).text for one in crowd]
    assert sum(text.startswith("Готово, Анна") for text in heard) == 1, heard
    assert sum("уже сработала" in text for text in heard) == 5, heard
    assert await world.ask("SELECT count(*) FROM contact WHERE channel = 'telegram' AND phone IS NOT NULL") == 1


async def test_the_number_is_unlinked_from_the_messenger_and_from_the_app(world: World) -> None:
    here, there = pair(world, "anna")
    await here.says("привет")
    await there.links()
    await there.hears(phrase("bot.linked"))
    assert (await call(here, "GET"))[1]["linked"][0]["channel"] == "telegram"
    await there.says("отвяжи номер")
    assert "+7 900 ••• •• 01" in (await there.hears(phrase("bot.unlinked"))).text
    await there.says("/unlink")
    await there.hears(phrase("bot.nothing_linked"))
    await there.says("сколько гигов осталось")
    await there.hears(phrase("bot.ask_phone"))
    await there.links()
    await there.hears(LEFT)
    status, body = await call(here, "DELETE")
    assert (status, body) == (200, {"unlinked": 1})
    await there.hears(phrase("bot.unlinked_from_app"))
    assert (await call(here, "GET"))[1]["linked"] == []
    await there.links()
    await there.hears(phrase("bot.linked"))
    await here.says("отвязать телеграм")
    await here.hears(phrase("bot.unlinked_messengers"))
    await there.hears(phrase("bot.unlinked_from_app"))


async def test_where_only_public_data_goes_nobody_is_invited(fresh_dsn: str, knowledge: Knowledge) -> None:
    policy = {"telegram": frozenset({"public"}), "inapp": frozenset({"public", "personal", "money"})}
    async with World(fresh_dsn, knowledge, channel_policy=policy) as world:
        here, there = pair(world, "anna")
        await until(world, "SELECT true")
        assert (await call(here, "POST"))[0] == 409
        assert (await call(here, "GET"))[1] == {"linked": [], "available": []}
        await there.links()
        await there.hears(phrase("bot.number_not_needed"))
        assert await world.ask("SELECT count(*) FROM contact WHERE channel = 'telegram' AND phone IS NOT NULL") == 0


async def test_an_agent_sees_what_the_same_person_wrote_in_the_other_channel(world: World) -> None:
    here, there, ivan = *pair(world, "anna"), await world.agent("ivan")
    await there.links()
    await there.hears(phrase("bot.linked"))
    await there.says("ловит ли в Хужире")
    await there.hears("^Хужир")
    await here.says("позовите человека")
    await here.hears(phrase("bot.queued"))
    case = await ivan.takes_next()
    assert case
    (other,) = (await ivan.reads(case["id"]))["elsewhere"]
    assert (other["channel"], other["preview"]) == ("telegram", "ловит ли в Хужире")


async def a_day_passes(world: World, change: str) -> None:
    """Meanwhile the operator's books say: another owner, or another card."""
    await world.ask(f"UPDATE mock_operator.subscriber SET {change} WHERE phone = $1 RETURNING true", CAST["anna"][0])
    now = world.now
    world.now = lambda: now() + timedelta(hours=2)


async def test_a_number_with_a_new_owner_takes_no_chat_along(world: World) -> None:
    here, there = pair(world, "anna")
    await here.says("ловит ли в Хужире")
    await here.hears("^Хужир")
    await there.links()
    await there.hears(phrase("bot.linked"))
    await until(world, "SELECT bool_and(checked_at IS NOT NULL) FROM contact")
    old = await world.ask("SELECT id FROM contact WHERE channel = 'inapp'")
    await a_day_passes(world, "owner = owner + 1, name = 'Новый Владелец'")
    assert await heard_by(here) == [], "the new owner begins with an empty chat"
    await there.hears(phrase("bot.number_changed"))
    await there.says("сколько гигов осталось")
    await there.hears(phrase("bot.ask_phone"))
    await here.says("ловит ли в Ангарске")
    assert len(await _answered(here)) == 1
    assert await world.ask("SELECT count(*) FROM contact WHERE id = $1 AND detached_at IS NOT NULL", old) == 1
    assert (
        await world.ask(
            "SELECT count(*) FROM event e JOIN conversation c ON c.id = e.conversation_id"
            " WHERE c.contact_id = $1 AND e.kind = 'msg'",
            old,
        )
        == 2
    ), "what was said is kept for the desk"


async def _answered(person: InApp) -> list[str]:
    for _ in range(500):
        if said := await heard_by(person):
            return said
        await asyncio.sleep(0.02)
    raise AssertionError("no answer")


async def test_a_new_sim_card_is_proven_again_in_messengers_alone(world: World) -> None:
    here, there = pair(world, "anna")
    await here.says("ловит ли в Хужире")
    await here.hears("^Хужир")
    await there.links()
    await there.hears(phrase("bot.linked"))
    await a_day_passes(world, "sim = sim + 1")
    await there.says("сколько гигов осталось")
    await there.hears(phrase("bot.number_changed"))
    await there.hears(phrase("bot.ask_phone"))
    await there.links()
    await there.hears(LEFT)
    assert len(await heard_by(here)) == 1, "the app proves the number each time, its history stays"


async def test_while_the_operator_is_away_a_fresh_chat_is_shown_and_a_very_old_one_is_not(world: World) -> None:
    down = await known(world, "down", "inapp")
    assert isinstance(down, InApp)
    await down.says("ловит ли в Хужире")
    await down.hears("^Хужир")
    now = world.now
    world.now = lambda: now() + timedelta(days=2)
    assert len(await heard_by(down)) == 1
    world.now = lambda: now() + timedelta(days=31)
    async with down.http.get("/api/v1/events?last=9", headers=down._headers) as answer:
        assert (answer.status, (await answer.json())["error"]["message"]) == (503, i18n.text("ru", "error.unavailable"))
