"""The in-app chat over plain HTTP: what is taken, what is refused, that nothing is doubled."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest_asyncio

from faq.knowledge import Knowledge
from tests.in_app import (
    PATIENCE,
    WANG,
    bearer,
    said,
    token,
)
from tests.world import World


@pytest_asyncio.fixture
async def chat(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    async with World(fresh_dsn, knowledge, telegram=False) as world:
        yield world


async def test_ten_copies_of_one_message_are_one_message(chat: World) -> None:
    http, cid = chat.session(), str(uuid4())

    async def send() -> dict[str, Any]:
        async with said(http, {"cid": cid, "text": "сколько осталось гигабайт"}, token()) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json())

    receipts = await asyncio.gather(*(send() for _ in range(10)))
    assert len({(one["seq"], one["ts"]) for one in receipts}) == 1
    assert await chat.ask("SELECT count(*) FROM event WHERE author_kind = 'user'") == 1
    assert await chat.ask("SELECT count(*) FROM inbox") == 1


async def test_a_long_poll_ends_with_the_first_event_and_not_before(chat: World) -> None:
    http = chat.session()

    async def events(query: str) -> dict[str, Any]:
        async with http.get(f"/api/v1/events?{query}", headers=bearer(token())) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json())

    assert await events("last=50") == {"events": [], "head": 0, "seen": 0}
    waiting = asyncio.create_task(events("after=0"))
    assert not (await asyncio.wait({waiting}, timeout=0.5))[0], "answered before anything happened"
    async with said(http, {"text": "привет"}, token()) as sent:
        receipt = await sent.json()
    got = await asyncio.wait_for(waiting, PATIENCE)
    assert got["events"][0]["seq"] == receipt["seq"] == 1
    assert got["events"][0]["from"]["kind"] == "user"
    assert got["events"][0]["body"]["text"] == "привет"
    assert (await events("after=99"))["events"] == [], "a number from the future is answered at once"


MESSAGES = {
    "nothing": ({}, "empty"),
    "only blanks": ({"text": " \n\t "}, "empty"),
    "only U+0000": ({"text": "\x00\x00"}, "empty"),
    "a number": ({"text": 7}, "empty"),
    "too long": ({"text": "ю" * 4097}, "too_long"),
    "no cid": ({"cid": None, "text": "привет"}, "bad_cid"),
    "cid is no UUID": ({"cid": "1", "text": "привет"}, "bad_cid"),
    "a long button": ({"button": "ж" * 33}, "bad_button"),
    "a button with a line break": ({"button": "go:x\ny"}, "bad_button"),
    "a place off the globe": ({"place": {"lat": 91, "lon": 0}}, "bad_place"),
    "a place of words": ({"place": {"lat": "north", "lon": True}}, "bad_place"),
    "a place nowhere": ({"place": []}, "bad_place"),
}


async def test_messages_that_cannot_be_taken_are_refused_by_name_in_the_persons_language(chat: World) -> None:
    http = chat.session()
    for kind, (body, code) in MESSAGES.items():
        async with said(http, body, token()) as answer:
            error = (await answer.json())["error"]
            assert (answer.status, error["code"]) == (400, code), kind
    async with http.post("/api/v1/send", data=b"\xff{", headers=bearer(token(lang="zh"))) as answer:
        assert (await answer.json())["error"] == {"code": "bad_json", "message": "请求体必须是 JSON 对象。"}
    async with http.post("/api/v1/send", data=b"x" * 300_000, headers=bearer(token())) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (413, "too_large")
    half = json.dumps({"cid": str(uuid4()), "text": "\ud83d привет\u0000"})  # half an emoji and a NUL
    async with http.post("/api/v1/send", data=half, headers=bearer(token())) as answer:
        assert answer.status == 200, await answer.text()
    assert await chat.ask("SELECT body->>'text' FROM event WHERE author_kind = 'user'") == "\ufffd привет"


async def test_a_flood_is_slowed_down_and_told_for_how_long(chat: World) -> None:
    http = chat.session()
    statuses = []
    for _ in range(30):
        async with said(http, {"text": "эй"}, token()) as answer:
            statuses.append(answer.status)
            if answer.status == 429:
                assert int(answer.headers["Retry-After"]) >= 1
                assert (await answer.json())["error"]["code"] == "slow_down"
    assert statuses.count(200) in range(20, 30)
    assert 429 in statuses
    async with http.post(
        "/api/v1/send", json={"cid": str(uuid4()), "text": "您好"}, headers=bearer(token(sub=WANG))
    ) as other:
        assert other.status == 200, "another subscriber is not held up"
