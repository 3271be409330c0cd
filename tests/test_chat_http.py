"""The in-app chat's door: who is let in, what is taken, that nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from itertools import count
from typing import Any
from uuid import uuid4

import aiohttp
import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.config import InappKey
from faq.knowledge import Knowledge
from tests.world import World

ANNA, WANG = "+79000000001", "+79000000002"
DEMO_KEY = "tests-tests-tests-tests-tests-tests"
SECRET = "an-operator-secret-of-forty-bytes-or-so"
PRIVATE = Ed25519PrivateKey.generate()
PUBLIC = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
PARTNER = "https://partner.example"
PATIENCE = 15


@pytest_asyncio.fixture
async def chat(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    """The product with keys of both algorithms and one partner's origin, without Telegram."""
    keys = {"shared": InappKey("HS256", SECRET), "signed": InappKey("EdDSA", PUBLIC)}
    async with World(fresh_dsn, knowledge, telegram=False, inapp_keys=keys, inapp_origins=(PARTNER,)) as world:
        yield world


def token(kid: str | None = "demo", key: Any = DEMO_KEY, alg: str = "HS256", **changes: Any) -> str:
    now = int(time.time())
    claims: dict[str, Any] = {"sub": ANNA, "iat": now, "exp": now + 300, "lang": "ru"} | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, algorithm=alg, headers={"kid": kid} if kid else None)


def bearer(signed: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {signed}"}


def said(http: aiohttp.ClientSession, body: dict[str, Any], signed: str, **headers: str) -> Any:
    """POST /api/v1/send, to be entered with `async with`."""
    return http.post("/api/v1/send", json={"cid": str(uuid4())} | body, headers=bearer(signed) | headers)


def ahead(seconds: int) -> int:
    return int(time.time()) + seconds


FORGERIES = {
    "nothing": lambda: "",
    "rubbish": lambda: "eyJhbGciOiJub25lIn0.e30.",
    "no signature": lambda: token().rpartition(".")[0] + ".",
    "alg none": lambda: token(key=None, alg="none"),
    "another key": lambda: token(key="x" * 40),
    "no kid": lambda: token(kid=None),
    "unknown kid": lambda: token(kid="nobody"),
    "another kid's key": lambda: token(kid="shared"),
    "the public key as a shared secret": lambda: _confused(),
    "HS512 under an HS256 kid": lambda: token(alg="HS512", key=DEMO_KEY * 2),
    "expired": lambda: token(iat=ahead(-400), exp=ahead(-61)),
    "valid for an hour": lambda: token(exp=ahead(3600)),
    "valid for eleven minutes": lambda: token(exp=ahead(660)),
    "from the future": lambda: token(iat=ahead(120), exp=ahead(300)),
    "not yet valid": lambda: token(nbf=ahead(120)),
    "no exp": lambda: token(exp=None),
    "no iat": lambda: token(iat=None),
    "exp as text": lambda: token(exp="tomorrow"),
    "exp as truth": lambda: token(exp=True),
    "exp beyond time": lambda: token(exp=10**18),
    "no sub": lambda: token(sub=None),
    "sub is no phone": lambda: token(sub="anna"),
    "sub is a list": lambda: token(sub=[ANNA]),
    "too long": lambda: token(name="x" * 5000),
    "an unknown critical header": lambda: jwt.encode(
        {"sub": ANNA, "iat": ahead(0), "exp": ahead(300)},
        DEMO_KEY,
        headers={"kid": "demo", "crit": ["b64"], "b64": False},
    ),
}


def _confused() -> str:
    """Signed with HS256 by the text of the EdDSA kid's public key; PyJWT refuses to make such a token, so by hand."""
    import base64
    import hashlib
    import hmac

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    head = part(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "signed"}).encode())
    claims = part(json.dumps({"sub": ANNA, "iat": ahead(0), "exp": ahead(300)}).encode())
    return f"{head}.{claims}." + part(hmac.new(PUBLIC.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest())


async def test_only_a_token_of_a_known_key_and_a_short_life_opens_the_chat(chat: World) -> None:
    http = chat.session()
    for kind, forge in FORGERIES.items():
        signed = forge()
        async with http.get("/api/v1/events?last=5", headers=bearer(signed)) as answer:
            assert (answer.status, (await answer.json())["error"]["code"]) == (401, "token"), kind
        async with http.post(
            "/api/v1/send", json={"cid": str(uuid4()), "text": "пустите"}, headers=bearer(signed)
        ) as no:
            assert no.status == 401, kind
    assert await chat.ask("SELECT count(*) FROM contact") == 0
    for signed in (
        token(),
        token("shared", SECRET),
        token("signed", PRIVATE, "EdDSA"),
        token(iat=ahead(-300), exp=ahead(-30)),  # within the minute that clocks may differ
        token(lang="klingon", name=["not", "text"]),
    ):
        async with http.get("/api/v1/events?last=5", headers=bearer(signed)) as answer:
            assert answer.status == 200, await answer.text()


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

    assert await events("last=50") == {"events": [], "head": 0}
    waiting = asyncio.create_task(events("after=0"))
    assert not (await asyncio.wait({waiting}, timeout=0.5))[0], "answered before anything happened"
    async with said(http, {"text": "привет"}, token()) as sent:
        receipt = await sent.json()
    got = await asyncio.wait_for(waiting, PATIENCE)
    assert got["events"][0]["seq"] == receipt["seq"] == 1
    assert got["events"][0]["from"]["kind"] == "user"
    assert got["events"][0]["body"]["text"] == "привет"
    assert (await events("after=99"))["events"] == [], "a number from the future is answered at once"


class Client:
    """An app with a socket: keeps its place by number, as the page does."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self.http, self.last, self.seen, self.acks = http, 0, list[dict[str, Any]](), dict[str, int]()

    async def open(self, signed: str | None = None, **headers: str) -> aiohttp.ClientWebSocketResponse:
        ws = await self.http.ws_connect("/ws/v1", headers=headers)
        await ws.send_json(
            {"t": "hello", "v": 1, "token": signed or token(), "subs": [{"conv": "current", "after": self.last}]}
        )
        return ws

    def take(self, frame: dict[str, Any]) -> None:
        if frame["t"] == "ack":
            self.acks[frame["cid"]] = frame["seq"]
        for event in frame.get("items", []):
            assert event["seq"] == self.last + 1, (event["seq"], self.last)
            self.last = event["seq"]
            self.seen.append(event)


async def frame_of(ws: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    message = await ws.receive(timeout=PATIENCE)
    assert message.type is aiohttp.WSMsgType.TEXT, message
    return dict(message.json())


async def closed_with(ws: aiohttp.ClientWebSocketResponse) -> int | None:
    while True:
        message = await ws.receive(timeout=PATIENCE)
        if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING):
            return ws.close_code


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


async def test_pages_of_foreign_origins_get_nothing(chat: World) -> None:
    http, signed = chat.session(), bearer(token())
    for origin, allowed in (("https://evil.example", False), ("null", False), (PARTNER, True), (chat.url, True)):
        async with http.get("/api/v1/events?last=1", headers={**signed, "Origin": origin}) as answer:
            assert answer.status == (200 if allowed else 403), origin
        async with said(http, {"text": "привет"}, token(), Origin=origin) as answer:
            assert answer.status == (200 if allowed else 403), origin
        if allowed:
            ws = await Client(http).open(Origin=origin)
            assert (await frame_of(ws))["t"] == "ready"
            await ws.close()
        else:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await Client(http).open(Origin=origin)
            assert refused.value.status == 403
    async with http.post(
        "/api/v1/agent/login", json={"login": "anna", "password": "x"}, headers={"Origin": PARTNER}
    ) as no:
        assert no.status == 403, "a partner may embed the chat, not act for an agent"
    async with http.post("/api/v1/agent/login", json={"login": "anna", "password": "x"}) as no:
        assert (no.status, (await no.json())["error"]["code"]) == (403, "foreign_origin")


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


async def test_a_socket_ends_with_its_token_unless_a_fresh_one_comes(chat: World) -> None:
    http = chat.session()
    nearly_over = token(iat=ahead(-300), exp=ahead(-58))  # the minute of leeway ends in two seconds
    left, renewed = await Client(http).open(nearly_over), await Client(http).open(nearly_over)
    for ws in (left, renewed):
        assert (await frame_of(ws))["t"] == "ready"
    await renewed.send_json({"t": "auth", "token": token()})
    assert await closed_with(left) == 4401
    await renewed.send_json({"t": "ping", "n": 1})
    assert (await frame_of(renewed))["t"] == "pong"


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
