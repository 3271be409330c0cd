"""The desk's live line, /ws/v1 with a session cookie: the lists as snapshots, the opened chats as events by number.

In: hello {subs: [{conv, after}], watch?}, sub {conv, after}, unsub {conv}, typing {conv}, look {conv}, ping.
Out: ready {sess, now, hb, assets}, queue {rows, mine, me, rev} (or, to whom watch is "live", live {lines, agents,
stuck, faq}), batch {conv, from, to, more, items}, read {conv, upto}, typing {conv}, look {conv, login, agent, typing},
left {conv, agent}, pong, bye; close code 4401 tells that the session has ended, 4403 that somebody ended it.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any
from uuid import uuid4

from aiohttp import web

from bot import contacts, desk, transcript
from bot.desk.shared_board import SharedBoard
from bot.handoff import Gone, HandoffError, Held, cases
from bot.parts import Bot
from bot.staff import agents, sessions
from bot.staff.agents import Agent
from bot.transcript import Event
from handlers import auth
from handlers.assets import ASSETS
from handlers.desk_json import desk_event_json, in_hand_json, row_json
from handlers.frames import millis
from handlers.live_feed import LiveFeed
from handlers.session import DESK, OPERATIONS
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

LOOK_EVERY = 4.0  # seconds: an ended session is noticed within this
POLL_BEHIND = 15.0  # a lost wake-up costs this long at most
SEEN_EVERY = 20.0
LISTS_EVERY = 0.5
BATCH = 200
MOST_FOLLOWED = 60

BOARD = web.AppKey("board", SharedBoard)


async def agent_socket(request: web.Request, bot: Bot) -> web.WebSocketResponse:
    """A browser cannot read why an upgrade was refused, so a session that has ended is told by the close code."""
    token = auth.session_token(request, bot.settings)
    async with request.app[SOCKETS].opened(request, "desk") as socket:
        hello = await socket.receive(HELLO_WITHIN)
        if hello is not None:
            if hello["t"] != "hello" or hello.get("v", 1) != 1:
                raise Closed(BAD_FRAME, "hello first")
            await _Line(bot, socket, token, request.app[BOARD]).run(hello, request.app[ASSETS].version)
    return socket.response


class _Line:
    """One greeted socket of one agent."""

    def __init__(self, bot: Bot, socket: Socket, token: str, board: SharedBoard) -> None:
        self._bot, self._socket, self._token, self._board = bot, socket, token, board
        self._followed: dict[int, int] = {}  # conversation -> the last number sent
        self._read: set[int] = set()  # followed, and the right to read was checked once at least
        self._looks_soon: set[int] = set()
        self._marks: dict[int, int] = {}  # conversation -> up to where the person has read, as told last
        self._colleagues: dict[str, str] = {}  # login -> name
        self._lists: object = None  # as sent last
        self._lists_due = asyncio.Event()
        self._seen_at = 0.0
        self._live: LiveFeed | None = None  # instead of the lists

    async def run(self, hello: dict[str, Any], assets: str) -> None:
        """`assets` is the version of the pages that this process serves: one of another version is out of date."""
        self._guests = OPERATIONS if hello.get("watch") == "live" else DESK
        self._agent = await self._check_session()
        if self._guests is OPERATIONS:
            self._live = LiveFeed(self._bot, self._say)
        with self._bot.db.bell.listen("queue", "agents") as self._ear:
            self._say("ready", sess=uuid4().hex, now=millis(self._bot.clock()), hb=HEARTBEAT, assets=assets)
            subs = hello.get("subs") or []
            for sub in subs if isinstance(subs, list) else []:
                await self._follow(sub)
            await first_of(self._socket.write(), self._push(), self._push_lists(), self._listen())

    async def _check_session(self) -> Agent:
        async with self._bot.db.transaction() as tx:
            agent = await sessions.of_session(tx, self._token)
            if agent is None:
                revoked = await sessions.was_revoked(tx, self._token)
                raise Closed(FORBIDDEN, "revoked") if revoked else Closed(EXPIRED, "session")
            if agent.role not in self._guests:
                raise Closed(FORBIDDEN, "role")
            if monotonic() - self._seen_at > SEEN_EVERY:
                await agents.seen(tx, agent)
                self._seen_at = monotonic()
        return agent

    # ---- out

    async def _push(self) -> None:
        """What belongs to one chat, at once; the lists wait for a reading of the whole house and are a task apart."""
        looked = polled = monotonic()
        rung = self._everything()
        while True:
            now = monotonic()
            if "agents" in rung or now - looked >= LOOK_EVERY:
                self._agent, looked = await self._check_session(), now
            if now - polled >= POLL_BEHIND:
                rung, polled = self._everything(), now
            if rung & {"queue", "agents"}:
                self._lists_due.set()
            if self._live:
                await self._live.tell(rung)
            for conversation_id in list(self._followed):
                if f"conversation:{conversation_id}" in rung:
                    await self._tell_events(conversation_id)
                if f"typing:{conversation_id}:user" in rung:
                    self._say("typing", conv=conversation_id)
            for name in rung:
                if name.startswith("look:"):
                    await self._tell_look(name)
            left = self._live.due_in if self._live else LOOK_EVERY
            rung = await self._ear.wait(max(0.01, min(left, LOOK_EVERY)))

    async def _push_lists(self) -> None:
        """The first change at once, those that follow it together: every message in the house rings `queue`."""
        while True:
            await self._lists_due.wait()
            self._lists_due.clear()
            if self._live is None:
                await self._tell_lists()
            await asyncio.sleep(LISTS_EVERY)

    def _everything(self) -> set[str]:
        return {"queue", *(f"conversation:{one}" for one in self._followed)}

    async def _tell_lists(self) -> None:
        rev = millis(self._bot.clock())
        board = await self._board.since(monotonic())
        rows, held = [row_json(case) for case in board.waiting(self._agent)], board.mine(self._agent)
        mine, hands = [row_json(case) for case in held], in_hand_json(self._agent, held)
        # The pages count seconds themselves: a snapshot that differs only in them is not news.
        lists = ([_still(row) for row in rows], [_still(row) for row in mine], hands)
        if lists != self._lists:
            self._lists = lists
            self._say("queue", rows=rows, mine=mine, me=hands, rev=rev)

    async def _tell_events(self, conversation_id: int) -> None:
        """What is new in a followed chat; a chat that has become another's is left after the event that says so."""
        after = self._followed[conversation_id]
        async with self._bot.db.transaction() as tx:
            conversation = await contacts.load(tx, conversation_id)
            theirs = conversation is not None and conversation.agent_id == self._agent.id
            case = None if theirs else await cases.case_of(tx, conversation_id)  # nothing more to know of one's own
            found = await transcript.since_all(tx, conversation_id, after, BATCH)
            try:
                if conversation is None:
                    raise Gone
                await desk.look_into(tx, self._agent, conversation, case)
            except HandoffError as refused:
                self._tell(conversation_id, _until_taken(found) if conversation_id in self._read else [])
                self._leave(conversation_id)
                self._say("left", conv=conversation_id, agent=refused.agent if isinstance(refused, Held) else None)
                return
        self._read.add(conversation_id)
        if conversation_id in self._looks_soon:
            self._looks_soon.discard(conversation_id)
            self._look(conversation_id, "looking")
        self._tell(conversation_id, found)
        if conversation.seen > self._marks.get(conversation_id, 0):
            self._marks[conversation_id] = conversation.seen
            self._say("read", conv=conversation_id, upto=conversation.seen)
        if len(found) == BATCH:
            self._ear.hear(f"conversation:{conversation_id}")

    async def _tell_look(self, name: str) -> None:
        """A colleague has the same chat open, or writes in it."""
        chat, login, doing = name.removeprefix("look:").split("|")
        conversation_id = int(chat)
        if login == self._agent.login or conversation_id not in self._read:
            return
        if login not in self._colleagues:
            async with self._bot.db.transaction() as tx:
                colleague = await agents.by_login(tx, login)
            self._colleagues[login] = colleague.name if colleague else login
        self._say("look", conv=conversation_id, login=login, agent=self._colleagues[login], typing=doing == "typing")

    def _tell(self, conversation_id: int, found: list[Event]) -> None:
        if not found:
            return
        first, last = found[0].n, found[-1].n
        self._followed[conversation_id] = last
        items = [desk_event_json(event) for event in found]
        more = len(found) == BATCH
        self._say("batch", conv=conversation_id, **{"from": first, "to": last}, more=more, items=items)

    # ---- in

    async def _listen(self) -> None:
        while (frame := await self._socket.receive()) is not None:
            kind = frame["t"]
            if kind == "ping":
                self._say("pong", n=frame.get("n"))
            elif kind == "sub":
                await self._follow(frame)
            elif kind == "unsub":
                self._leave(frame.get("conv"))
            elif kind == "typing":
                self._pass_typing(frame.get("conv"))
            elif kind == "look":
                self._look(frame.get("conv"), "looking")
            else:
                raise Closed(BAD_FRAME, "unknown frame")

    async def _follow(self, sub: object) -> None:
        sub = sub if isinstance(sub, dict) else {}
        conversation_id, after = _count_of(sub.get("conv")), _count_of(sub.get("after", 0))
        if conversation_id not in self._followed:
            if len(self._followed) >= MOST_FOLLOWED:
                raise Closed(BAD_FRAME, "follows too many")
            for name in _names(conversation_id):
                self._ear.also(name)
        self._followed[conversation_id] = after
        self._ear.hear(f"conversation:{conversation_id}")  # the pushing task checks the right and sends

    def _leave(self, conversation_id: object) -> None:
        if isinstance(conversation_id, int) and self._followed.pop(conversation_id, None) is not None:
            self._read.discard(conversation_id)
            self._looks_soon.discard(conversation_id)
            self._marks.pop(conversation_id, None)
            for name in _names(conversation_id):
                self._ear.without(name)

    def _pass_typing(self, conversation_id: object) -> None:
        if conversation_id in self._followed:
            self._bot.db.bell.ring(f"typing:{conversation_id}:agent")
            self._bot.agent_types(int(conversation_id), self._agent.id)
            self._look(conversation_id, "typing")

    def _look(self, conversation_id: object, doing: str) -> None:
        """Told to colleagues only by who may read the chat; before that is known it has to wait."""
        if conversation_id in self._read:
            self._bot.db.bell.ring(f"look:{conversation_id}|{self._agent.login}|{doing}")
        elif isinstance(conversation_id, int) and conversation_id in self._followed:
            self._looks_soon.add(conversation_id)

    def _say(self, kind: str, **fields: Any) -> None:
        self._socket.send({"t": kind, **fields})


def _names(conversation_id: int) -> tuple[str, str, str]:
    return f"conversation:{conversation_id}", f"typing:{conversation_id}:user", f"look:{conversation_id}"


def _still(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "waiting_s": row["waiting_s"] > 0}


def _until_taken(found: list[Event]) -> list[Event]:
    """Up to the event by which the chat left the queue: its new holder's words are not for everybody who looked on."""
    for index, event in enumerate(found):
        if event.kind == "state" and event.body.get("state") != "queued":
            return found[: index + 1]
    return []


def _count_of(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**15:
        raise Closed(BAD_FRAME, "sub needs numbers")
    return value
