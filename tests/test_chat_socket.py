"""The in-app chat over a WebSocket: resume by number, rubbish, restarts."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from itertools import count
from typing import Any
from uuid import uuid4

import aiohttp
import pytest_asyncio

from faq.knowledge import Knowledge
from tests.in_app import (
    WANG,
    Client,
    bearer,
    closed_with,
    frame_of,
    said,
    token,
)
from tests.world import World


@pytest_asyncio.fixture
async def chat(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    async with World(fresh_dsn, knowledge, telegram=False) as world:
        yield world


async def test_sockets_that_keep_dropping_lose_nothing_and_double_nothing(chat: World) -> None:
    client, asked = Client(chat.session()), [f"вопрос номер {n}" for n in range(8)]
    waiting = {str(uuid4()): text for text in asked}
    rounds = count()
    while waiting:
        ws = await client.open()
        assert (await frame_of(ws))["t"] == "ready"
        cid = next(iter(waiting))  # the first unconfirmed one is sent again, as the page's outbox does
        await ws.send_json({"t": "send", "cid": cid, "conv": "current", "body": {"text": waiting[cid]}})
        for _ in range(1 + next(rounds) % 3):
            frame = await frame_of(ws)
            client.take(frame)
            if frame["t"] == "nack":
                await asyncio.sleep(frame["retry_after"])
            if frame["t"] in ("nack", "ack"):
                break
        for cid in client.acks:
            waiting.pop(cid, None)
        ws._response.connection.transport.abort()  # type: ignore[union-attr]  # the network, not a polite close
    ws = await client.open()
    while sum(event["from"]["kind"] == "user" for event in client.seen) < len(asked):
        client.take(await frame_of(ws))
    heard = [event["body"]["text"] for event in client.seen if event["from"]["kind"] == "user"]
    assert heard == asked
    assert await chat.ask("SELECT count(*) FROM event WHERE author_kind = 'user'") == len(asked)
    assert [event["seq"] for event in client.seen] == list(range(1, client.last + 1))


async def test_a_client_far_behind_or_ahead_is_told_to_start_afresh(chat: World) -> None:
    http = chat.session()
    async with said(http, {"text": "привет"}, token()) as sent:
        assert sent.status == 200
    ahead_of_us = Client(http)
    ahead_of_us.last = 10_000
    ws = await ahead_of_us.open()
    assert [(await frame_of(ws))["t"] for _ in range(2)] == ["ready", "reset"]
    batch = await frame_of(ws)
    assert batch["items"][0]["seq"] == 1
    await ws.send_json({"t": "history", "conv": "current", "before": 2, "limit": 50})
    while (batch := await frame_of(ws))["to"] != 1:
        pass
    assert [event["seq"] for event in batch["items"]] == [1]


async def test_whoever_comes_back_is_told_who_holds_the_conversation_now(chat: World) -> None:
    http = chat.session()
    before = await Client(http).open()
    assert (await frame_of(before))["state"] == {"state": "bot"}
    async with said(http, {"button": "human", "text": "Позвать человека"}, token()) as sent:
        assert sent.status == 200
    states = (event["body"] async for event in stream(before) if event["t"] == "state")
    assert (await anext(states))["state"] == "queued"
    agent = await chat.agent("anna")
    assert await agent.takes_next() is not None
    assert await anext(states) == {"state": "assigned", "agent": "Анна"}
    back = await Client(http).open()
    assert (await frame_of(back))["state"] == {"state": "assigned", "agent": "Анна"}


async def stream(ws: aiohttp.ClientWebSocketResponse) -> AsyncIterator[dict[str, Any]]:
    while True:
        for event in (await frame_of(ws)).get("items", []):
            yield event


RUBBISH = {
    "no JSON": ("{", 4400),
    "no object": ("[1,2]", 4400),
    "no kind": ('{"conv":"current"}', 4400),
    "bytes": (b"\x00\x01", 4400),
    "unknown kind": ('{"t":"drop table"}', 4400),
    "history of a word": ('{"t":"history","before":"x"}', 4400),
    "deep": ("[" * 30_000, 4400),
    "too big": ('{"t":"send","body":"' + "x" * 70_000 + '"}', 1009),
    "a bad token": ('{"t":"auth","token":7}', 4401),
}


async def test_rubbish_frames_close_their_socket_and_nothing_else(chat: World) -> None:
    http = chat.session()
    good = await Client(http).open()
    assert (await frame_of(good))["t"] == "ready"
    anothers = json.dumps({"t": "auth", "token": token(sub=WANG)})
    for kind, (data, code) in {**RUBBISH, "another's token": (anothers, 4403)}.items():
        ws = await Client(http).open()
        assert (await frame_of(ws))["t"] == "ready"
        await (ws.send_str(data) if isinstance(data, str) else ws.send_bytes(data))
        assert await closed_with(ws) == code, kind
    for first in ({"t": "ping"}, {"t": "hello", "v": 2}, {"t": "hello", "subs": "x", "token": token()}):
        ws = await http.ws_connect("/ws/v1")
        await ws.send_json(first)
        assert await closed_with(ws) == 4400, first
    ws = await http.ws_connect("/ws/v1")
    await ws.send_json({"t": "hello", "v": 1, "token": "no"})
    assert await closed_with(ws) == 4401
    await good.send_json({"t": "ping", "n": 7})
    assert await frame_of(good) == {"t": "pong", "n": 7}


async def test_fifty_open_chats_all_come_back_after_a_restart_and_hear_what_they_were_owed(chat: World) -> None:
    async def asks(client: Client, signed: str, cid: str) -> Any:
        """Sent and not waited for: the restart comes between the message and its answer."""
        ws = await client.open(signed)
        assert (await frame_of(ws))["t"] == "ready"
        await ws.send_json({"t": "send", "cid": cid, "conv": "current", "body": {"text": "сколько стоит eSIM"}})
        return ws

    async def comes_back(client: Client, signed: str, cid: str) -> list[str]:
        """As the page does: the same message under the same cid, then on from the last number."""
        client.http = chat_again
        ws = await client.open(signed)
        await ws.send_json({"t": "send", "cid": cid, "conv": "current", "body": {"text": "сколько стоит eSIM"}})
        while "bot" not in [event["from"]["kind"] for event in client.seen]:
            client.take(await frame_of(ws))
        return [event["from"]["kind"] for event in client.seen]

    people = [(Client(chat.session()), token(sub=f"+790010000{n:02}"), str(uuid4())) for n in range(50)]
    await asyncio.gather(*(asks(*one) for one in people))
    assert await chat.stop() == 0
    await chat.start()
    chat_again = chat.session()
    heard = await asyncio.gather(*(comes_back(*one) for one in people))
    assert heard == [["user", "bot"]] * 50
    assert await chat.ask("SELECT count(*) FROM event WHERE kind = 'msg'") == 100


async def test_a_restart_sends_sockets_and_long_polls_home_at_once(chat: World) -> None:
    http = chat.session()
    ws = await Client(http).open()
    assert (await frame_of(ws))["t"] == "ready"

    async def poll() -> int:
        async with http.get("/api/v1/events?after=0", headers=bearer(token())) as answer:
            return answer.status

    waiting = asyncio.create_task(poll())
    await asyncio.wait({waiting}, timeout=0.3)
    began = time.monotonic()
    stopping = asyncio.create_task(chat.stop())
    bye = await frame_of(ws)
    assert (bye["t"], bye["code"]) == ("bye", 1012)
    assert await closed_with(ws) == 1012
    assert await waiting == 200
    assert await stopping == 0
    assert time.monotonic() - began < 10
