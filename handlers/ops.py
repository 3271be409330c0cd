"""The operations pages' data: the live picture, and who did what. Supervisors see all of it, editors the FAQ's part."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web

from bot import audit, live
from bot.agents import Agent
from bot.audit import Entry, TooManyExports, Wanted
from bot.parts import Bot
from handlers import csv_file
from handlers.errors import ApiError
from handlers.frames import millis
from handlers.session import OPERATIONS, SUPERVISORS, for_roles

PREFIX = "/api/v1/ops"
PAGE = 100
COLUMNS = ("id", "at", "actor", "action", "conversation", "about", "peer", "details")


def add_routes(app: web.Application, bot: Bot) -> None:
    for path, roles, handler in (
        ("/overview", OPERATIONS, _overview),
        ("/audit", SUPERVISORS, _audit),
        ("/audit.csv", SUPERVISORS, _audit_csv),
    ):
        app.router.add_get(PREFIX + path, for_roles(bot, roles, partial(handler, bot)))


async def _overview(bot: Bot, _request: web.Request, _agent: Agent) -> web.Response:
    return web.json_response({**await live.overview(bot), "now": millis(bot.clock())})


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
