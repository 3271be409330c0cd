"""The operations page's data: the live picture, chats that are not one's own, who did what. Editors see the picture."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web

from bot import contacts, handoff
from bot.desk import live
from bot.handoff import cases
from bot.parts import Bot
from bot.staff import agents, audit
from bot.staff.agents import Agent
from bot.staff.audit import Entry, TooManyExports, Wanted
from handlers import csv_file
from handlers.desk_json import row_json
from handlers.errors import ApiError, read_json
from handlers.frames import millis
from handlers.live_feed import picture_json
from handlers.session import OPERATIONS, SUPERVISORS, for_roles

PREFIX = "/api/v1/ops"
TALK = "/conversations/{id:[0-9]{1,18}}"
PAGE = 100
COLUMNS = ("id", "at", "actor", "action", "conversation", "about", "peer", "details")


def add_routes(app: web.Application, bot: Bot) -> None:
    for path, roles, handler in (
        ("/overview", OPERATIONS, _overview),
        ("/chats", SUPERVISORS, _chats),
        ("/audit", SUPERVISORS, _audit),
        ("/audit.csv", SUPERVISORS, _audit_csv),
    ):
        app.router.add_get(PREFIX + path, for_roles(bot, roles, partial(handler, bot)))
    for path, move in (("/take_over", _take_over), ("/reassign", _reassign)):
        app.router.add_post(PREFIX + TALK + path, for_roles(bot, SUPERVISORS, partial(move, bot)))


async def _overview(bot: Bot, _request: web.Request, _agent: Agent) -> web.Response:
    """What the live line pushes, for whoever asks once."""
    return web.json_response({**picture_json(await live.picture(bot)), "now": millis(bot.clock())})


async def _chats(bot: Bot, request: web.Request, _agent: Agent) -> web.Response:
    """Who waits (?waiting=ru), whom an agent holds (?agent=anna), whom the bot answers (?bot=1)."""
    query = request.query
    rows: list[Any]
    async with bot.db.transaction() as tx:
        if "agent" in query:
            agent = await agents.by_login(tx, query["agent"][:64].replace("\0", ""))
            rows = [row_json(one) for one in await cases.mine(tx, agent)] if agent else []
        elif "bot" in query:
            rows = [{**vars(one), "heard_at": millis(one.heard_at), "state": "bot"} for one in await live.with_bot(tx)]
        else:
            line = query.get("waiting") or query.get("held") or ""
            asked = cases.waiting(tx, _agent) if "waiting" in query else cases.held(tx)
            rows = [row_json(one) for one in await asked if line in ("", "all", one.line)]
    return web.json_response({"rows": rows})


async def _take_over(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    conversation_id = int(request.match_info["id"])
    async with bot.db.transaction() as tx:
        before = await contacts.load(tx, conversation_id)
        await handoff.take_over(tx, agent, conversation_id)
        if before and before.agent_id != agent.id:
            whose = before.agent_name or ""
            await audit.keep(tx, agent, "take_over", conversation_id=conversation_id, was=before.state, agent=whose)
    return _moved(bot, conversation_id)


async def _reassign(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    conversation_id = int(request.match_info["id"])
    login = (await read_json(request)).get("agent")
    async with bot.db.transaction() as tx:
        to = await agents.by_login(tx, login) if isinstance(login, str) and login.isprintable() else None
        if to is None or not to.works_queue:
            raise ApiError(400, "no_such_agent")
        await handoff.reassign(tx, agent, conversation_id, to)
        await audit.keep(tx, agent, "reassign", conversation_id=conversation_id, about=to.login)
    return _moved(bot, conversation_id)


def _moved(bot: Bot, conversation_id: int) -> web.Response:
    bot.db.bell.ring(*handoff.rings(conversation_id), "agents")
    return web.json_response({"id": conversation_id})


# ---- who did what


async def _audit(bot: Bot, request: web.Request, _agent: Agent) -> web.Response:
    """A page, newest first; `before` of the next page is the last id of this one."""
    async with bot.db.transaction() as tx:
        found = await audit.search(tx, _wanted(bot, request), PAGE + 1)
    entries = [_entry_json(one) for one in found[:PAGE]]
    return web.json_response({"entries": entries, "more": len(found) > PAGE, "actions": list(audit.ACTIONS)})


async def _audit_csv(bot: Bot, request: web.Request, agent: Agent) -> web.StreamResponse:
    wanted = _wanted(bot, request)
    try:
        async with bot.db.transaction() as tx:
            await audit.keep_export(tx, agent, "audit")
    except TooManyExports:
        raise ApiError(429, "too_many_exports", retry_after=3600) from None

    async def rows() -> AsyncIterator[tuple[Any, ...]]:
        async for one in audit.every(bot.db, wanted):
            details = "; ".join(f"{name}: {value}" for name, value in one.details.items())
            at = one.at.astimezone(bot.settings.timezone).isoformat(timespec="seconds")
            yield one.id, at, one.actor, one.action, one.conversation_id, one.about, one.peer, details

    return await csv_file.send(request, "audit", COLUMNS, rows())


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {**vars(entry), "at": millis(entry.at)}


def _wanted(bot: Bot, request: web.Request) -> Wanted:
    """?since=&until= (days or moments, in our time zone), actor, action, conversation, before. Raises ApiError 400."""
    query = request.query
    action = query.get("action", "")
    if action and action not in audit.ACTIONS:
        raise ApiError(400, "bad_action")
    return Wanted(
        since=_moment(bot, query.get("since", ""), "since"),
        until=_moment(bot, query.get("until", ""), "until"),
        actor=query.get("actor", "")[:64].replace("\0", ""),
        action=action,
        conversation_id=_number(query.get("conversation", ""), "conversation"),
        before=_number(query.get("before", ""), "before"),
    )


def _moment(bot: Bot, given: str, name: str) -> datetime | None:
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise ApiError(400, "bad_moment", name=name) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=bot.settings.timezone)


def _number(given: str, name: str) -> int | None:
    if not given:
        return None
    if not given.isascii() or not given.isdigit() or len(given) > 15:
        raise ApiError(400, "bad_number", name=name)
    return int(given)
