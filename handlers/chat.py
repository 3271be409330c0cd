"""The in-app chat's door over plain HTTP; chat_socket.py is the same over a WebSocket. Translates, decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from aiohttp import web

from bot import contacts, transcript, turn
from bot.applinks import BadLink, OldLink
from bot.conversation import Conversation
from bot.files import NoSuchFile
from bot.messages import IN_APP, LANGUAGES, Incoming
from bot.parts import Bot
from bot.people import ownership, reading
from bot.people.streams import Streams
from handlers import auth
from handlers.auth import BadToken, Caller
from handlers.errors import LANGUAGE, ApiError, read_json
from handlers.frames import BadMessage, event_json, incoming_of, is_count, millis
from handlers.session import peer_of
from handlers.sockets import Pace

LONG_POLL = 25.0  # seconds
POLL_BEHIND = 15.0  # a lost wake-up costs this long at most
PAGE = 50
BATCH = 200
STOP = "http:stop"  # rung in this process when it goes


class Paces:
    """How fast each subscriber may write, over all sockets and requests of this process."""

    def __init__(self, burst: int, per_second: float) -> None:
        self._burst, self._rate = burst, per_second
        self._known: dict[str, Pace] = {}

    def wait(self, subscriber: str) -> float:
        if len(self._known) > 10_000:
            self._known = {key: pace for key, pace in self._known.items() if not pace.rested}
        return self._known.setdefault(subscriber, Pace(self._burst, self._rate)).wait()


@dataclass(frozen=True)
class Door:
    bot: Bot
    writes: Paces
    polls: Paces
    streams: Streams
    # By network address, for visitors. Generous: a mobile operator hides thousands of people behind one.
    arrivals: Paces = field(default_factory=lambda: Paces(burst=30, per_second=0.2))
    strangers: Paces = field(default_factory=lambda: Paces(burst=60, per_second=3))

    def wait_to_write(self, caller: Caller, peer: str) -> float:
        """0, or how many seconds until this one may write."""
        wait = self.writes.wait(caller.subscriber)
        return wait or (0.0 if caller.known else self.strangers.wait(peer))


DOOR = web.AppKey("chat", Door)


def add_routes(app: web.Application, bot: Bot) -> None:
    door = app[DOOR] = Door(bot, Paces(burst=20, per_second=1), Paces(burst=40, per_second=2), Streams(bot.db, BATCH))

    async def send(request: web.Request) -> web.Response:
        return await _send(request, door)

    async def read(request: web.Request) -> web.Response:
        return await _read(request, door)

    async def events(request: web.Request) -> web.Response:
        return await _events(request, door)

    app.router.add_post("/api/v1/send", send)
    app.router.add_post("/api/v1/read", read)
    app.router.add_get("/api/v1/events", events)


# ---- plain HTTP


def authorised(request: web.Request, bot: Bot, *, visitors: bool = False) -> Caller:
    """Whose token the request carries; a visitor's is enough where `visitors` says so. Raises ApiError 401, 403."""
    auth.check_app_origin(request, bot.settings)
    try:
        caller = auth.caller_of(auth.bearer(request), bot.settings, bot.clock())
    except BadToken:
        raise ApiError(401, "token") from None
    if not caller.known and not visitors:
        raise ApiError(401, "sign_in")
    if caller.language:
        request[LANGUAGE] = caller.language
    return caller


async def _send(request: web.Request, door: Door) -> web.Response:
    caller = authorised(request, door.bot, visitors=True)
    body = await read_json(request)
    try:
        incoming = message_of(door.bot, caller, body.get("cid"), body)
    except BadMessage as bad:
        raise ApiError(400, bad.code) from None
    wait = door.wait_to_write(caller, peer_of(request, door.bot))
    if wait:
        raise ApiError(429, "slow_down", retry_after=wait)
    try:
        receipt = await turn.receive(door.bot, incoming)
    except NoSuchFile:
        raise ApiError(404, "no_such_file") from None
    return web.json_response({"seq": receipt.seq, "ts": millis(receipt.at)}, headers={"Cache-Control": "no-store"})


async def _read(request: web.Request, door: Door) -> web.Response:
    caller = authorised(request, door.bot, visitors=True)
    upto = (await read_json(request)).get("upto")
    if not is_count(upto):
        raise ApiError(400, "bad_number", name="upto")
    wait = door.polls.wait(caller.subscriber)
    if wait:
        raise ApiError(429, "slow_down", retry_after=wait)
    await reading.has_read(door.bot, (await conversation_of(door.bot, caller)).id, upto)
    return web.Response(status=204)


def message_of(bot: Bot, caller: Caller, cid: object, body: dict[str, Any]) -> Incoming:
    """As incoming_of; {"ask": the token of a link into the app} is the button that the link stands for.

    Raises BadMessage.
    """
    link = body.get("ask")
    if link is None:
        return incoming_of(caller, cid, body)
    try:
        catalogue, language = bot.knowledge.catalogue, caller.language or LANGUAGES[0]
        button = bot.links.pressed(link if isinstance(link, str) else "", catalogue, language, bot.clock())
    except OldLink:
        raise BadMessage("link_old") from None
    except BadLink:
        raise BadMessage("link_bad") from None
    return incoming_of(caller, cid, {"button": button.value, "text": button.label})


def _number(request: web.Request, name: str, default: int) -> int:
    raw = request.query.get(name, str(default))
    if not raw.isascii() or not raw.isdigit() or len(raw) > 15:
        raise ApiError(400, "bad_number", name=name)
    return int(raw)


async def _events(request: web.Request, door: Door) -> web.Response:
    caller = authorised(request, door.bot, visitors=True)
    wait = door.polls.wait(caller.subscriber)
    if wait:
        raise ApiError(429, "slow_down", retry_after=wait)
    conversation_id = (await conversation_of(door.bot, caller)).id
    if "last" in request.query or "before" in request.query:
        limit = min(_number(request, "last" if "last" in request.query else "limit", PAGE), BATCH)
        found, head = await page_of(door.bot, conversation_id, _number(request, "before", 0), limit)
    else:
        found, head = await _wait_for_events(door, conversation_id, _number(request, "after", 0))
    async with door.bot.db.transaction() as tx:
        seen = await contacts.seen(tx, conversation_id)
    body = {"events": [event_json(event) for event in found], "head": head, "seen": seen}
    return web.json_response(body, headers={"Cache-Control": "no-store"})


async def _wait_for_events(door: Door, conversation_id: int, after: int) -> tuple[list[transcript.Event], int]:
    """Events after that number, as soon as there are any, or none at the end of the long poll."""
    until = monotonic() + LONG_POLL
    with door.bot.db.bell.listen(f"conversation:{conversation_id}", STOP) as ear:
        while True:
            news = await door.streams.since(conversation_id, after)
            found, head = news.events, news.head
            left = until - monotonic()
            # A number from the future: the client must hear that its place is no use, not wait for it.
            if found or after > head or left <= 0:
                return found, head
            if STOP in await ear.wait(min(left, POLL_BEHIND)):
                return [], head


async def conversation_of(bot: Bot, caller: Caller) -> Conversation:
    await ownership.of_app_chat(bot, caller.subscriber)
    async with bot.db.transaction() as tx:
        who = caller.subscriber
        return await contacts.open(tx, IN_APP, who, language=caller.language, name=caller.name, phone=caller.phone)


async def page_of(bot: Bot, conversation_id: int, before: int, limit: int) -> tuple[list[transcript.Event], int]:
    """The page that ends before that number; before 0, the newest one."""
    async with bot.db.transaction() as tx:
        head, _ = await transcript.heads(tx, conversation_id)
        return await transcript.before(tx, conversation_id, before or head + 1, limit), head
