"""The agents' desk over HTTP: the queue, everything one can do with a chat. The live line is console_socket."""

from __future__ import annotations

from functools import partial
from typing import Any

from aiohttp import web

from bot import desk, handoff, transcript
from bot.conversation import Conversation
from bot.desk.shared_board import SharedBoard
from bot.handoff import cases
from bot.parts import Bot
from bot.staff import agents, audit, shift
from bot.staff.agents import Agent
from handlers import console_moves
from handlers.console_moves import claimed, existing
from handlers.console_socket import BOARD, agent_socket
from handlers.desk_json import (
    PRESENCES,
    answer_json,
    caption_and_file_of,
    card_json,
    choice_of,
    cid_of,
    desk_event_json,
    event_of,
    hands_json,
    in_hand_json,
    pack_json,
    reasons_json,
    row_json,
    shift_json,
    text_of,
)
from handlers.errors import ApiError, read_json
from handlers.frames import millis
from handlers.session import DESK, AgentHandler, for_roles

__all__ = ["add_routes", "agent_socket"]

PREFIX = "/api/v1/agent"
TALK = "/conversations/{id:[0-9]{1,18}}"
PAGE = 500  # events at once


def add_routes(app: web.Application, bot: Bot) -> None:
    app[BOARD] = SharedBoard(bot.db)
    for method, path, roles, handler in (
        ("POST", "/presence", DESK, _presence),
        ("GET", "/queue", DESK, _queue),
        ("GET", "/colleagues", DESK, _colleagues),
        ("GET", "/topics", DESK, _topics),
        ("GET", "/close_reasons", DESK, _close_reasons),
        ("GET", "/shift", DESK, _shift),
        ("GET", "/places", DESK, _places),
        ("POST", "/next", DESK, _next),
        ("POST", f"{TALK}/claim", DESK, _claim),
        ("GET", TALK, DESK, _pack),
        ("GET", f"{TALK}/card", DESK, _card),
        ("POST", f"{TALK}/reveal", DESK, _reveal),
        ("GET", f"{TALK}/events", DESK, _events),
        ("GET", f"{TALK}/answers", DESK, _answers),
        ("POST", f"{TALK}/messages", DESK, _say),
        ("POST", f"{TALK}/corrections", DESK, _correct),
        ("POST", f"{TALK}/notes", DESK, _note),
        ("POST", f"{TALK}/transfer", DESK, console_moves.transfer),
        ("POST", f"{TALK}/return", DESK, console_moves.hand_back),
        ("POST", f"{TALK}/snooze", DESK, console_moves.snooze),
        ("POST", f"{TALK}/unsnooze", DESK, console_moves.unsnooze),
        ("POST", f"{TALK}/close", DESK, console_moves.close),
        ("POST", f"{TALK}/reopen", DESK, console_moves.reopen),
    ):
        app.router.add_route(method, PREFIX + path, for_roles(bot, roles, _with(bot, handler)))


def _with(bot: Bot, handler: Any) -> AgentHandler:
    return partial(handler, bot)


# ---- who I am


async def _presence(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    presence = choice_of({"presence": (await read_json(request)).get("state")}, "presence", PRESENCES)
    async with bot.db.transaction() as tx:
        await agents.set_presence(tx, agent, presence)
        load = await agents.load_of(tx, agent)
    bot.db.bell.ring("agents", "queue")
    return web.json_response({**hands_json(agent, load), "presence": presence})


# ---- the queue


async def _queue(bot: Bot, _request: web.Request, agent: Agent) -> web.Response:
    return web.json_response(await snapshot(bot, agent))


async def snapshot(bot: Bot, agent: Agent) -> dict[str, Any]:
    """All an agent's lists hold now; `rev` orders snapshots, a page never goes back to a smaller one."""
    rev = millis(bot.clock())
    async with bot.db.transaction() as tx:
        waiting, mine = await cases.waiting(tx, agent), await cases.mine(tx, agent)
    rows = [row_json(case) for case in waiting]
    return {"rows": rows, "mine": [row_json(case) for case in mine], "me": in_hand_json(agent, mine), "rev": rev}


async def _colleagues(bot: Bot, _request: web.Request, agent: Agent) -> web.Response:
    """Who else may be handed a chat, and how full their hands are."""
    async with bot.db.transaction() as tx:
        others = [one for one in await agents.everyone(tx) if one.works_queue and one.id != agent.id]
        loads = [await agents.load_of(tx, one) for one in others]
    shown = [
        {"login": one.login, "name": one.name, "languages": list(one.languages), **hands_json(one, load)}
        for one, load in zip(others, loads, strict=True)
    ]
    return web.json_response({"agents": shown})


async def _topics(bot: Bot, _request: web.Request, _agent: Agent) -> web.Response:
    """What the FAQ calls its topics, for rows that carry only their ids."""
    entries = bot.knowledge.catalogue.entries.values()
    return web.json_response({"topics": {entry.id: dict(entry.title) for entry in entries}})


async def _close_reasons(bot: Bot, _request: web.Request, _agent: Agent) -> web.Response:
    """The two levels of how a chat can end, as the operator's file has them."""
    groups = bot.knowledge.catalogue.operator.close_reasons
    return web.json_response({"groups": [reasons_json(group) for group in groups]})


async def _shift(bot: Bot, _request: web.Request, agent: Agent) -> web.Response:
    """The agent's own figures, and the chats they closed within a day and may open again."""
    now = bot.clock()
    midnight = now.astimezone(bot.settings.timezone).replace(hour=0, minute=0, second=0, microsecond=0)
    async with bot.db.transaction() as tx:
        figures = await shift.shift(tx, agent, midnight)
        closed = await shift.closed_lately(tx, agent, now - handoff.REOPEN_WITHIN)
    return web.json_response(shift_json(figures, closed))


async def _places(bot: Bot, request: web.Request, _agent: Agent) -> web.Response:
    """Where a point is, in words: the nearest places. No map of others is asked, so nobody learns of it."""
    try:
        latitude, longitude = float(request.query["lat"]), float(request.query["lon"])
    except (KeyError, ValueError):
        raise ApiError(400, "bad_point") from None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ApiError(400, "bad_point")
    return web.json_response({"places": [vars(one) for one in desk.nearby(bot, latitude, longitude)]})


async def _next(bot: Bot, _request: web.Request, agent: Agent) -> web.Response:
    async with bot.db.transaction() as tx:
        case = await handoff.claim_next(tx, agent)
    if case is None:
        return web.Response(status=204)
    return claimed(bot, case)


async def _claim(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    conversation_id = (await existing(bot, request)).id
    async with bot.db.transaction() as tx:
        case = await handoff.claim(tx, agent, conversation_id)
    return claimed(bot, case)


# ---- one chat


async def _readable(bot: Bot, request: web.Request, agent: Agent) -> Conversation:
    """The conversation of the path, if this agent may read it. Raises ApiError 404, NotYours, Held."""
    conversation = await existing(bot, request)
    async with bot.db.transaction() as tx:
        await desk.look_into(tx, agent, conversation, await cases.case_of(tx, conversation.id))
    return conversation


async def _pack(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    conversation = await existing(bot, request)
    return web.json_response(pack_json(await desk.pack(bot, agent, conversation.id)))


async def _card(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    """Apart from the pack, so that a slow operator's system never holds up the chat."""
    return web.json_response(card_json(await desk.card(bot, await _readable(bot, request, agent))))


async def _reveal(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    """The whole number; who asked is kept in the audit before they see it."""
    conversation = await existing(bot, request)
    reason = text_of(await read_json(request), "reason", required=None)
    phone = await desk.reveal(bot, agent, conversation.id, reason)
    if phone is None:
        raise ApiError(409, "no_phone")
    return web.json_response({"phone": phone})


async def _events(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    after = request.query.get("after", "0")
    if not after.isascii() or not after.isdigit() or len(after) > 15:
        raise ApiError(400, "bad_number", name="after")
    conversation = await _readable(bot, request, agent)
    async with bot.db.transaction() as tx:
        found = await transcript.since_all(tx, conversation.id, int(after), PAGE)
        _, head = await transcript.heads(tx, conversation.id)
    body = {"events": [desk_event_json(event) for event in found], "head": head, "seen": conversation.seen}
    return web.json_response(body)


async def _answers(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    conversation = await _readable(bot, request, agent)
    found = await desk.ready_answers(bot, conversation.id, request.query.get("q", "")[:200])
    return web.json_response({"answers": [answer_json(one) for one in found]})


async def _say(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    conversation = await existing(bot, request)
    body = await read_json(request)
    cid, entry = cid_of(body), body.get("entry")
    ready = await desk.ready_answer(bot, conversation, entry) if isinstance(entry, str) else None
    async with bot.db.transaction() as tx:
        if ready:
            event = await desk.say_ready(tx, agent, conversation.id, cid, ready)
        elif body.get("file") is not None:
            event = await desk.say_with_file(tx, agent, conversation.id, cid, caption_and_file_of(body))
        else:
            event = await handoff.say(tx, agent, conversation.id, cid, text_of(body))
    bot.db.bell.ring(*handoff.rings(conversation.id))
    return web.json_response({"seq": event.seq, "ts": millis(event.at), "event": desk_event_json(event)})


async def _correct(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    """Other words for a message of one's own, by its event's id; the person sees the new ones in its place."""
    conversation = await existing(bot, request)
    body = await read_json(request)
    cid, change = cid_of(body), (event_of(body), text_of(body))
    async with bot.db.transaction() as tx:
        event = await handoff.edit(tx, agent, conversation.id, cid, change)
    bot.db.bell.ring(*handoff.rings(conversation.id))
    return web.json_response({"event": desk_event_json(event)})


async def _note(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    conversation = await _readable(bot, request, agent)
    text = text_of({"note": (await read_json(request)).get("text")}, "note")
    async with bot.db.transaction() as tx:
        event = await handoff.note(tx, agent, conversation.id, text)
        if conversation.agent_id != agent.id:
            await audit.keep(tx, agent, "whisper", conversation_id=conversation.id)
    bot.db.bell.ring(f"conversation:{conversation.id}")
    return web.json_response({"event": desk_event_json(event)})
