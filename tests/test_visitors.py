"""Whoever has not signed in gets public answers and a human; signing in loses nothing of what was said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import jwt

from bot import i18n, visitors
from tests.conversations import phrase
from tests.world import CAST, InApp, World

LEFT = "7,5 ГБ"


async def post(person: InApp, path: str, body: dict[str, Any], token: str) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"}
    async with person.http.post(f"/api/v1/{path}", json=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def a_visitor(world: World) -> InApp:
    http = world.session()
    async with http.post("/api/v1/visitor") as answer:
        assert answer.status == 200, await answer.text()
        token = (await answer.json())["token"]
    return InApp(http, lambda: token, "visitor")


async def joins(world: World, visitor: InApp, who: str) -> tuple[InApp, int]:
    """The same phone, now signed in."""
    phone, language, name = CAST[who]
    signed = replace(visitor, sign=lambda: world.sign(phone, language, name), events=[], _read=0)
    for _ in range(200):
        status, body = await post(signed, "visitor/join", {"visitor": visitor.sign()}, signed.sign())
        if status != 409:
            assert status == 200, body
            return signed, body["moved"]
    raise AssertionError("never free")


async def test_a_visitor_gets_public_answers_and_a_human_and_nothing_of_anybodys_own(world: World) -> None:
    guest, ivan = await a_visitor(world), await world.agent("ivan")
    await guest.says("ловит ли в Хужире")
    await guest.hears("^Хужир")
    await guest.says("сколько гигов осталось")
    await guest.hears(phrase("bot.sign_in"))
    await guest.says("позовите человека")
    await guest.hears(phrase("bot.queued"))
    case = await ivan.takes_next()
    assert case
    await ivan.says(case["id"], "Слушаю вас")
    await guest.hears("Слушаю")
    for path, code in (("link", "sign_in"), ("files", "sign_in")):
        status, body = await post(guest, path, {}, guest.sign())
        assert (status, body["error"]["code"]) == (401, code)
    status, _ = await post(guest, "visitor/join", {"visitor": guest.sign()}, guest.sign())
    assert status == 401, "a visitor is nobody to be merged into"
    async with guest.http.post("/api/v1/visitor", headers=guest._headers) as again:
        same = (await again.json())["token"]
    names = {jwt.decode(one, options={"verify_signature": False})["sub"] for one in (same, guest.sign())}
    assert len(names) == 1, "who shows their token keeps their name"
    for forged in (guest.sign()[:-4] + "AAAA", world.sign("+79000000001", "ru")):
        status, body = await post(
            replace(guest), "visitor/join", {"visitor": forged}, world.sign(CAST["lina"][0], "zh")
        )
        assert (status, body["error"]["code"]) == (400, "bad_visitor")


async def test_nobody_signs_in_as_a_subscriber_with_the_visitors_key(world: World) -> None:
    key = world.bot.settings.inapp_keys[visitors.KID].key
    guest = await a_visitor(world)
    claims = jwt.decode(guest.sign(), options={"verify_signature": False})
    forged = jwt.encode({**claims, "sub": CAST["anna"][0]}, key, headers={"kid": visitors.KID})
    assert (await post(guest, "send", {"cid": str(uuid4()), "text": "баланс"}, forged))[0] == 401
    demo = world.bot.settings.inapp_keys["demo"].key
    forged = jwt.encode(claims, demo, headers={"kid": "demo"})
    assert (await post(guest, "send", {"cid": str(uuid4()), "text": "баланс"}, forged))[0] == 401


async def test_signing_in_keeps_what_was_said_and_answers_what_had_to_wait(world: World) -> None:
    guest = await a_visitor(world)
    await guest.says("ловит ли в Хужире")
    await guest.hears("^Хужир")
    await guest.says("сколько гигов осталось")
    await guest.hears(phrase("bot.sign_in"))
    anna, moved = await joins(world, guest, "anna")
    assert moved >= 4
    await anna.hears("^Хужир")
    await anna.hears(LEFT)
    assert await world.ask("SELECT count(*) FROM contact") == 1
    assert (await joins(world, guest, "anna"))[1] == 0, "a second time there is nothing left to move"
    again = await a_visitor(world)
    await again.says("ловит ли в Ангарске")
    await again.hears("^Ангарск")
    await again.says("сколько гигов осталось")
    await again.hears(phrase("bot.sign_in"))
    anna, _ = await joins(world, again, "anna")
    for told in ("^Хужир", LEFT, "^Ангарск", LEFT):
        await anna.hears(told)
    assert [event["seq"] for event in anna.events] == list(range(1, len(anna.events) + 1)), "no gap in the numbers"
    assert await world.ask("SELECT count(*) FROM contact") == 1


async def test_a_visitor_who_waits_for_a_human_goes_on_waiting_after_signing_in(world: World) -> None:
    anna = world.subscriber("anna", "inapp")
    assert isinstance(anna, InApp)
    await anna.says("ловит ли в Хужире")
    await anna.hears("^Хужир")
    guest, ivan = await a_visitor(world), await world.agent("ivan")
    await guest.says("позовите человека")
    await guest.hears(phrase("bot.queued"))
    signed, _ = await joins(world, guest, "anna")
    case = await ivan.takes_next()
    assert case
    await ivan.says(case["id"], "Здравствуйте, Анна")
    await signed.hears("Здравствуйте, Анна")
    pack = await ivan.reads(case["id"])
    assert "Хужир" in str(pack["events"])
    assert await ivan.takes_next() is None


async def test_one_address_does_not_bring_visitors_without_end(world: World) -> None:
    http = world.session()
    answers = []
    for _ in range(40):
        async with http.post("/api/v1/visitor") as answer:
            answers.append((answer.status, answer.headers.get("Retry-After")))
            words = await answer.json()
    assert {status for status, _ in answers} == {200, 429}
    assert answers[-1][1]
    assert words["error"]["message"] == i18n.text("ru", "error.slow_down")
