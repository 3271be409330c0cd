"""The in-app chat over a WebSocket: `hello` with a token, then the stream from where the client is."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from uuid import uuid4

from aiohttp import web
from prometheus_client import Counter

from bot import i18n, transcript, turn
from bot.conversation import Conversation
from bot.files import NoSuchFile
from bot.people import reading
from handlers import auth
from handlers.auth import BadToken, Caller
from handlers.chat import BATCH, DOOR, PAGE, POLL_BEHIND, Door, conversation_of, message_of, page_of
from handlers.errors import ApiError
from handlers.frames import BadMessage, event_json, is_count, millis
from handlers.session import peer_of
from handlers.sockets import (
    BAD_FRAME,
    EXPIRED,
    FORBIDDEN,
    HEARTBEAT,
    HELLO_WITHIN,
    SOCKETS,
    Closed,
    Socket,
    first_of,
)

_resumes = Counter("bot_socket_starts", "Streams of the app by where they began", ["how"])

GAP = 500  # events behind: cheaper to show the newest page than to catch up


async def subscriber_socket(request: web.Request) -> web.StreamResponse:
    """GET /ws/v1 of the app: `hello` with a token within five seconds, then the stream."""
    door = request.app[DOOR]
    auth.check_app_origin(request, door.bot.settings)
    if request.headers.get("Upgrade", "").lower() != "websocket":
        raise ApiError(426, "upgrade")
    async with request.app[SOCKETS].opened(request, "chat") as socket:
        hello = await socket.receive(HELLO_WITHIN)
        if hello is not None:
            await _Session(door, socket, peer_of(request, door.bot)).run(hello)
    return socket.response


class _Session:
    """One greeted socket: pushes the stream from where the client is, takes its messages, ends with its token."""

    def __init__(self, door: Door, socket: Socket, peer: str) -> None:
        self._door, self._bot, self._socket, self._peer = door, door.bot, socket, peer
        self._after = self._seen = 0
        self._fresh_token = asyncio.Event()

    async def run(self, hello: dict[str, Any]) -> None:
        if hello.get("t") != "hello" or hello.get("v", 1) != 1:
            raise Closed(BAD_FRAME, "hello first")
        self._caller = self._check(hello.get("token"))
        conversation = await conversation_of(self._bot, self._caller)
        self._id = conversation.id
        with self._bot.db.bell.listen(f"conversation:{self._id}", f"typing:{self._id}:agent") as self._ear:
            self._seen = conversation.seen
            await self._greet(_place_of(hello), _state_of(conversation))
            await first_of(self._socket.write(), self._push(), self._listen(), self._expire())

    def _check(self, token: object) -> Caller:
        try:
            return auth.caller_of(token if isinstance(token, str) else "", self._bot.settings, self._bot.clock())
        except BadToken:
            raise Closed(EXPIRED, "token") from None

    async def _greet(self, after: int | None, state: dict[str, Any]) -> None:
        async with self._bot.db.transaction() as tx:
            head, _ = await transcript.heads(tx, self._id)
        now, limit = millis(self._bot.clock()), self._bot.settings.file_limit
        told = {"head": head, "seen": self._seen, "state": state, "file_limit": limit}
        self._say("ready", sess=uuid4().hex, now=now, hb=HEARTBEAT, **told)
        _resumes.labels("first" if after is None else "resumed").inc()
        if after is not None and (after > head or head - after > GAP):
            self._say("reset", reason="ahead" if after > head else "gap")
            after = None
        self._after = max(0, head - PAGE) if after is None else after

    async def _push(self) -> None:
        typing = f"typing:{self._id}:agent"
        while True:
            news = await self._door.streams.since(self._id, self._after)
            found, seen = news.events, news.seen
            if found:
                self._after = found[-1].seq or self._after
                self._batch(found, more=len(found) == BATCH)
            if seen > self._seen:  # in another window, or on another phone
                self._seen = seen
                self._say("read", upto=seen)
            if len(found) < BATCH and typing in await self._ear.wait(POLL_BEHIND):
                self._say("typing", **{"from": {"kind": "agent"}})

    async def _listen(self) -> None:
        while (frame := await self._socket.receive()) is not None:
            answer = {
                "send": self._take,
                "ping": self._pong,
                "history": self._history,
                "auth": self._renew,
                "typing": self._pass_typing,
                "read": self._note_read,
            }.get(frame["t"])
            if answer is None:
                raise Closed(BAD_FRAME, "unknown frame")
            await answer(frame)

    async def _expire(self) -> None:
        """Ends the socket when its token has ended and no fresh one came."""
        while True:
            left = (self._caller.expires + auth.LEEWAY - self._bot.clock()).total_seconds()
            if left <= 0:
                raise Closed(EXPIRED, "token")
            self._fresh_token.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._fresh_token.wait(), left)

    async def _take(self, frame: dict[str, Any]) -> None:
        cid, body = frame.get("cid"), frame.get("body")
        try:
            incoming = message_of(self._bot, self._caller, cid, body if isinstance(body, dict) else frame)
        except BadMessage as bad:
            self._say("nack", cid=cid, code=bad.code)
            return
        wait = self._door.wait_to_write(self._caller, self._peer)
        if wait:
            self._say("nack", cid=cid, code="slow_down", retry_after=round(wait, 1))
            return
        try:
            receipt = await turn.receive(self._bot, incoming)
        except NoSuchFile:
            self._say("nack", cid=cid, code="no_such_file")
            return
        self._say("ack", cid=cid, seq=receipt.seq, ts=millis(receipt.at))

    async def _pong(self, frame: dict[str, Any]) -> None:
        self._socket.send({"t": "pong", "n": frame.get("n")})

    async def _history(self, frame: dict[str, Any]) -> None:
        before, limit = frame.get("before"), frame.get("limit", PAGE)
        if not is_count(before) or not is_count(limit):
            raise Closed(BAD_FRAME, "history needs numbers")
        found, _ = await page_of(self._bot, self._id, before, min(limit, BATCH))
        self._batch(found, more=False)

    async def _renew(self, frame: dict[str, Any]) -> None:
        caller = self._check(frame.get("token"))
        if caller.subscriber != self._caller.subscriber:
            raise Closed(FORBIDDEN, "another subscriber")
        self._caller = caller
        self._fresh_token.set()

    async def _pass_typing(self, _frame: dict[str, Any]) -> None:
        self._bot.db.bell.ring(f"typing:{self._id}:user")

    async def _note_read(self, frame: dict[str, Any]) -> None:
        """The page showed everything up to this number to the person."""
        upto = frame.get("upto")
        if not is_count(upto):
            raise Closed(BAD_FRAME, "read needs a number")
        await reading.has_read(self._bot, self._id, upto)

    def _batch(self, found: list[transcript.Event], *, more: bool) -> None:
        span = {"from": found[0].seq, "to": found[-1].seq} if found else {"from": 0, "to": 0}
        self._say("batch", **span, more=more, items=[event_json(event) for event in found])

    def _say(self, kind: str, **fields: Any) -> None:
        self._socket.send({"t": kind, "conv": "current", **fields})


def _state_of(conversation: Conversation) -> dict[str, Any]:
    """Who holds it, in the shape of a state event: the last of those may be further back than the page looks."""
    state: dict[str, Any] = {"state": conversation.state}
    if conversation.agent_name:
        state["agent"] = i18n.called(conversation.agent_name, conversation.language)
    return state


def _place_of(hello: dict[str, Any]) -> int | None:
    """The number after which this client wants the stream; None when it has nothing yet. Raises Closed."""
    subs = hello.get("subs") or [{}]
    if not isinstance(subs, list) or not isinstance(subs[0], dict):
        raise Closed(BAD_FRAME, "subs")
    after = subs[0].get("after")
    if after is not None and not is_count(after):
        raise Closed(BAD_FRAME, "after")
    return after
