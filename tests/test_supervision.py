"""Supervisors over real HTTP and a real socket: the live picture, chats that are not theirs, who writes after whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from aiohttp import ClientWebSocketResponse

from bot import handoff
from faq.knowledge import Knowledge
from tests.world import PASSWORD, AtDesk, World, a_world

OURS = {"Sec-Fetch-Site": "same-origin"}
SOON = 8.0  # seconds


@pytest_asyncio.fixture
async def office(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    async with a_world(fresh_dsn, knowledge, telegram=False) as world:
        yield world


async def _waiting(office: World, who: str = "anna") -> tuple[Any, int]:
    subscriber = office.subscriber(who, "inapp")
    await subscriber.says("转人工" if who in ("wang", "lina") else "позовите человека")
    await subscriber.hears(".")
    return subscriber, int(await office.ask("SELECT max(id) FROM conversation WHERE state = 'queued'"))


async def _ops(agent: AtDesk, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    async with agent.http.request(method, f"/api/v1/ops/{path}", json=body, headers=OURS) as answer:
        return answer.status, await answer.json() if answer.status != 204 else None


async def _watching(agent: AtDesk) -> ClientWebSocketResponse:
    socket = await agent.http.ws_connect("/ws/v1", origin=str(agent.http._base_url).rstrip("/"))
    await socket.send_json({"t": "hello", "v": 1, "watch": "live"})
    return socket


async def _until(socket: ClientWebSocketResponse, seen: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first picture of which this is true."""
    async with asyncio.timeout(SOON):
        while True:
            frame: dict[str, Any] = await socket.receive_json()
            assert frame["t"] in ("ready", "live"), frame  # the lists of a desk are not sent here
            if frame["t"] == "live" and seen(frame):
                return frame


def _line(frame: dict[str, Any], name: str) -> dict[str, Any]:
    return next(line for line in frame["lines"] if line["line"] == name)


async def test_the_picture_moves_by_itself_from_waiting_to_held_to_late(office: World) -> None:
    olga = await office.agent("olga")
    socket = await _watching(olga)
    empty = await _until(socket, lambda frame: True)
    assert [(line["waiting"], line["late"]) for line in empty["lines"]] == [(0, 0), (0, 0)]
    assert empty["faq"]["entries"] > 30
    assert (empty["stuck"]["dead_in"], empty["stuck"]["dead"]) == (0, [])

    await _waiting(office)
    waiting = await _until(socket, lambda frame: _line(frame, "ru")["waiting"] == 1)
    assert 0 <= waiting["now"] - _line(waiting, "ru")["oldest_at"] < 60_000
    await office.ask("UPDATE handoff SET queued_at = now() - interval '201 seconds' RETURNING 1")
    office.bot.db.bell.ring("queue")
    late = await _until(socket, lambda frame: _line(frame, "ru")["late"] == 1)
    assert _line(late, "ru")["late_today"] in (0, 1)  # midnight may lie between

    anna = await office.agent("anna")
    await anna.takes_next()
    held = await _until(socket, lambda frame: _line(frame, "ru")["held"] == 1)
    assert (_line(held, "ru")["waiting"], _line(held, "ru")["late"]) == (0, 0)
    assert _line(held, "ru")["online"] == 2  # Anna and Olga
    at_work = next(one for one in held["agents"] if one["login"] == "anna")
    assert (at_work["presence"], at_work["load"]) == ("online", 1)
    assert at_work["longest_at"] >= at_work["since"]
    await socket.close()


async def test_out_of_hours_the_line_says_when_it_opens(office: World) -> None:
    night = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)  # 02:00 on Tuesday in Irkutsk
    office.now = lambda: night
    olga = await office.agent("olga")
    _, found = await _ops(olga, "GET", "overview")
    assert _line(found, "ru")["opens_at"] is None
    assert _line(found, "zh")["opens_at"] == int((night + timedelta(hours=7)).timestamp() * 1000)


async def test_editors_see_the_picture_and_agents_do_not(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pavel = AtDesk(office.session(), "pavel")
    await pavel.must("POST", "login", {"login": "pavel", "password": PASSWORD})
    assert (await _until(await _watching(pavel), lambda frame: True))["faq"]["problem"] is None
    every_row = "\n".join(f"places.csv:{number}: a comma in a number" for number in range(1, 5000))
    monkeypatch.setattr(office.bot, "faq_problem", lambda: every_row)
    _, picture = await _ops(pavel, "GET", "overview")
    assert (picture["faq"]["errors"], len(picture["faq"]["problem"].splitlines())) == (4999, 20), "told, not sent whole"
    refused = await _watching(await office.agent("anna"))
    async with asyncio.timeout(SOON):
        assert (await refused.receive_json())["code"] == 4403


async def test_lists_are_of_a_line_an_agent_or_the_bot(office: World) -> None:
    anna, olga = await office.agent("anna"), await office.agent("olga")
    _, first = await _waiting(office)
    await anna.takes_next()
    _, second = await _waiting(office, "pyotr")
    _, chinese = await _waiting(office, "wang")
    stranger = office.subscriber("lina", "inapp")
    await stranger.says("你好")
    await stranger.hears(".")
    for query, expected in (
        ("waiting=all", {second, chinese}),
        ("waiting=zh", {chinese}),
        ("held=ru", {first}),
        ("held=zh", set()),
        ("agent=anna", {first}),
        ("agent=nobody", set()),
    ):
        _, found = await _ops(olga, "GET", f"chats?{query}")
        assert {row["id"] for row in found["rows"]} == expected, query
    _, found = await _ops(olga, "GET", "chats?bot=1")
    assert [(row["preview"], row["language"]) for row in found["rows"]] == [("你好", "zh")]


async def test_who_is_taken_over_writes_no_more_and_the_person_hears_who_does(office: World) -> None:
    anna, olga = await office.agent("anna"), await office.agent("olga")
    subscriber, chat = await _waiting(office)
    await anna.takes_next()
    await anna.says(chat, "Здравствуйте")
    await olga.must("POST", f"conversations/{chat}/notes", {"text": "предложите скидку"})
    assert (await _ops(olga, "POST", f"conversations/{chat}/take_over", {}))[0] == 200
    status, body = await anna.call("POST", f"conversations/{chat}/messages", {"cid": str(uuid4()), "text": "ещё"})
    assert (status, body["error"]["code"], body["error"]["agent"]) == (409, "held", "Ольга Власова")
    await subscriber.hears("Дальше с вами Ольга")
    await olga.says(chat, "Я старшая смены, разберусь сама.")
    await subscriber.hears("разберусь сама")
    assert "скидку" not in str(subscriber.events)
    assert (await _ops(olga, "POST", f"conversations/{chat}/take_over", {}))[0] == 200  # it is hers already
    assert await office.ask("SELECT count(*) FROM audit WHERE action = 'take_over'") == 1


async def test_a_supervisor_steps_in_while_the_bot_still_answers_or_after_the_end(office: World) -> None:
    olga, li = await office.agent("olga"), await office.agent("li")
    subscriber = office.subscriber("wang", "inapp")
    await subscriber.says("你好")
    await subscriber.hears(".")
    chat = await office.ask("SELECT id FROM conversation")
    assert (await _ops(olga, "POST", f"conversations/{chat}/reassign", {"agent": "li"}))[0] == 409  # nobody asks
    assert (await _ops(olga, "POST", f"conversations/{chat}/take_over", {}))[0] == 200
    await subscriber.hears("Ольга")
    assert await office.ask("SELECT reason FROM handoff") == "taken_over"
    await olga.closes(chat)
    assert (await _ops(olga, "POST", f"conversations/{chat}/take_over", {}))[0] == 200
    assert (await _ops(olga, "POST", f"conversations/{chat}/reassign", {"agent": "li"}))[0] == 200
    await subscriber.hears("李梅")
    await li.says(chat, "您好")
    assert (await _ops(olga, "POST", "conversations/999999/take_over", {}))[0] == 409


async def test_a_chat_is_given_only_to_somebody_who_is_there_and_has_room(office: World) -> None:
    anna, olga = await office.agent("anna"), await office.agent("olga")
    _, chat = await _waiting(office)
    await anna.takes_next()

    async def give(login: Any) -> tuple[int, str]:
        status, body = await _ops(olga, "POST", f"conversations/{chat}/reassign", {"agent": login})
        return status, body.get("error", {}).get("code", "")

    assert await give("ivan") == (409, "absent")
    ivan = await office.agent("ivan")
    await office.ask("UPDATE agent SET capacity = 1 WHERE login = 'ivan' RETURNING 1")
    _, other = await _waiting(office, "pyotr")
    await ivan.must("POST", f"conversations/{other}/claim", {})
    assert await give("ivan") == (409, "full_there")
    for nobody in ("pavel", "nobody", "", None, 7, "\0"):
        assert await give(nobody) == (400, "no_such_agent"), nobody
    await ivan.closes(other)
    assert await give("ivan") == (200, "")
    assert (await anna.call("POST", f"conversations/{chat}/return", {}))[0] == 409
    kept = await office.ask("SELECT actor || ' ' || about FROM audit WHERE action = 'reassign'")
    assert kept == "olga ivan"


async def test_the_chats_of_a_disabled_agent_go_back_to_their_place(office: World) -> None:
    anna, olga = await office.agent("anna"), await office.agent("olga")
    _, first = await _waiting(office)
    await anna.takes_next()
    await anna.says(first, "Минуту")  # the agent spoke last: silence alone would not give it back
    await _waiting(office, "down")
    await _ops(olga, "POST", "agents/anna/disable", {})
    async with office.bot.db.transaction() as tx:
        await handoff.return_silent(tx, office.bot.settings.agent_silence, timedelta(seconds=90))
    rows = (await olga.must("GET", "queue"))["rows"]
    assert rows[0]["id"] == first
