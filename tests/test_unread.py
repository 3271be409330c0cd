"""What an app's person has read, and what the operator's backend is told of what they have not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest_asyncio
from aiohttp import web

from faq.knowledge import Knowledge
from tests.clock import Clock
from tests.documented import python
from tests.in_app import Client, bearer, frame_of, token
from tests.world import AtDesk, InApp, World

SECRET = "a-secret-of-the-operators-backend-1"
PATIENCE = 15.0


class Backend:
    """The operator's backend over real HTTP: checks each signature as docs/embedding.md says, answers as told."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.answers: list[web.Response] = []  # the next ones; 200 when there is none
        self.forged = 0
        self.elsewhere = 0

    async def __aenter__(self) -> Backend:
        app = web.Application()
        app.add_routes([web.post("/unread", self._unread), web.post("/elsewhere", self._stray)])
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._runner.cleanup()

    async def _unread(self, request: web.Request) -> web.Response:
        body, header = await request.read(), request.headers["Support-Signature"]
        genuine = python("is_from_support")
        assert genuine(SECRET.encode(), header, body)
        self.forged += sum(
            genuine(secret, signed, said)
            for secret, signed, said in (
                (b"another secret of thirty-two signs", header, body),
                (SECRET.encode(), header, body.replace(b"+7", b"+8")),
                (SECRET.encode(), header.replace("t=", "t=1"), body),
                (SECRET.encode(), "v1=", body),
            )
        )
        self.heard.put_nowait(json.loads(body))
        return self.answers.pop(0) if self.answers else web.Response()

    async def _stray(self, _request: web.Request) -> web.Response:
        self.elsewhere += 1
        return web.Response()

    async def hears(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.heard.get(), PATIENCE)


@pytest_asyncio.fixture
async def backend() -> AsyncIterator[Backend]:
    async with Backend() as one:
        yield one


@pytest_asyncio.fixture
async def clock(fresh_dsn: str) -> Clock:
    return await Clock.of(fresh_dsn)


@pytest_asyncio.fixture
async def app(fresh_dsn: str, knowledge: Knowledge, clock: Clock, backend: Backend) -> AsyncIterator[World]:
    hook = {"unread_webhook_url": f"{backend.url}/unread", "unread_webhook_secret": SECRET}
    world = World(fresh_dsn, knowledge, telegram=False, **hook)
    world.now = clock
    async with world:
        yield world


async def reads(world: World, person: InApp) -> None:
    """The newest message is on this person's screen."""
    body, headers = {"upto": 10**9}, {"Authorization": f"Bearer {person.sign()}"}
    async with world.session().post("/api/v1/read", json=body, headers=headers) as answer:
        assert answer.status == 204, await answer.text()


async def held(world: World, clock: Clock, agent: AtDesk, who: str) -> tuple[InApp, int]:
    """One of the cast, whom this agent has taken, and who has read all that was said so far."""
    person = world.subscriber(who, "inapp")
    assert isinstance(person, InApp)
    await person.says("转人工" if who == "wang" else "позовите человека")
    await person.hears(".")
    case = await agent.takes_next()
    assert case is not None
    await reads(world, person)
    await clock.passes(seconds=1)
    return person, case["id"]


async def test_whoever_has_not_read_is_told_of_once_until_the_backend_has_heard_it(
    app: World, clock: Clock, backend: Backend
) -> None:
    li = await app.agent("li")
    anna, annas = await held(app, clock, li, "anna")
    # Not taken, sent elsewhere, away over a restart of ours: the same notice comes again, and to no other address.
    backend.answers = [
        web.Response(status=503, headers={"Retry-After": "600"}),
        web.Response(status=307, headers={"Location": f"{backend.url}/elsewhere"}),
    ]
    await li.says(annas, "Здравствуйте! Смотрю.")
    await clock.passes(seconds=11)
    first = await backend.hears()
    assert (first["subscriber"], first["unread"], set(first)) == (
        "+79000000001",
        1,
        {"id", "subscriber", "unread", "at"},
    )
    await li.says(annas, "Нашла причину.")
    await clock.passes(seconds=601)
    assert (await backend.hears())["id"] == first["id"]
    await app.stop()
    await app.start()
    await clock.passes(minutes=15)
    again = await backend.hears()
    assert (again["id"], again["unread"]) == (first["id"], 2)
    assert backend.elsewhere == 0
    assert backend.forged == 0

    # Read in time: nobody is told. No device any more: nothing is told until the chat was open again.
    li = await app.agent("li")
    await li.says(annas, "Готово.")
    await reads(app, anna)
    wang, wangs = await held(app, clock, li, "wang")
    backend.answers = [web.Response(status=410)]
    for words, told in (("您好", True), ("还在吗？", False)):
        await li.says(wangs, words)
        await clock.passes(seconds=11)
        if told:
            assert (await backend.hears())["subscriber"] == "+79000000002"
    await li.must("POST", f"conversations/{annas}/transfer", {"line": "ru", "reason": "нужен коллега"})  # is announced
    await clock.passes(seconds=11)
    assert (await backend.hears())["subscriber"] == "+79000000001"
    await reads(app, wang)
    await clock.passes(seconds=1)
    await li.says(wangs, "再见")
    await clock.passes(seconds=11)
    last = await backend.hears()
    assert (last["subscriber"], last["unread"]) == ("+79000000002", 1)
    assert backend.heard.empty()
    async with app.session().get("/readyz") as answer:
        unread = (await answer.json())["details"]["unread"]
    assert (unread["dead"], unread["problem"]) == (0, None)


async def test_a_mark_only_grows_reaches_the_persons_other_windows_and_the_desk(app: World, clock: Clock) -> None:
    ivan = await app.agent("ivan")
    anna, case = await held(app, clock, ivan, "anna")
    phone = await Client(app.session()).open(token())
    ready = await frame_of(phone)
    assert ready["seen"] == ready["head"] > 0
    desk = await ivan.http.ws_connect("/ws/v1", headers={"Origin": app.url})
    await desk.send_json({"t": "hello", "v": 1, "subs": [{"conv": case, "after": 0}]})
    await ivan.says(case, "Здравствуйте")
    assert (await ivan.reads(case))["conversation"]["seen"] == ready["head"]
    await reads(app, anna)
    assert (await named(phone, "read"))["upto"] == ready["head"] + 1
    while (await named(desk, "read"))["upto"] != ready["head"] + 1:
        pass
    pack = await ivan.reads(case)
    assert pack["conversation"]["seen"] == pack["events"][-1]["seq"]
    # Beyond what was said, back again, and no number at all.
    for upto, status in ((10**9, 204), (1, 204), ("all", 400), (-1, 400), (True, 400)):
        async with app.session().post("/api/v1/read", json={"upto": upto}, headers=bearer(token())) as answer:
            assert answer.status == status, upto
    assert (await ivan.reads(case))["conversation"]["seen"] == ready["head"] + 1
    await phone.send_json({"t": "read", "conv": "current", "upto": "all"})
    assert (await phone.receive(timeout=PATIENCE)).type is aiohttp.WSMsgType.TEXT  # the bye
    assert (await phone.receive(timeout=PATIENCE)).data == 4400


async def named(ws: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    while (frame := await frame_of(ws))["t"] != kind:
        pass
    return frame
