"""Logins as supervisors manage them: who there is, what they may do, their passwords and sessions."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from aiohttp import web

from bot.parts import Bot
from bot.staff import roster
from bot.staff.agents import Agent
from bot.staff.roster import Member, NotAllowed, RosterError, Terms
from handlers.errors import ApiError, read_json
from handlers.frames import clean, millis
from handlers.session import SUPERVISORS, for_roles

PREFIX = "/api/v1/ops/agents"
ONE = f"{PREFIX}/{{login:[\\w.@-]{{1,64}}}}"

Deed = Callable[[str, Agent, str], Awaitable[None]]


def add_routes(app: web.Application, bot: Bot) -> None:
    for method, path, handler in (
        ("GET", PREFIX, _everyone),
        ("POST", PREFIX, _add),
        ("POST", ONE, _change),
        ("POST", f"{ONE}/password", _password),
        ("POST", f"{ONE}/disable", partial(_deed, roster.disable)),
        ("POST", f"{ONE}/enable", partial(_deed, roster.enable)),
        ("POST", f"{ONE}/end_sessions", partial(_deed, roster.end_sessions)),
        ("POST", f"{ONE}/reset_totp", partial(_deed, roster.reset_totp)),
    ):
        app.router.add_route(method, path, for_roles(bot, SUPERVISORS, partial(handler, bot=bot)))


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except NotAllowed as refused:
        raise ApiError(403, refused.code) from None
    except RosterError as wrong:
        raise ApiError(
            409 if wrong.code in ("login_taken", "last_admin", "no_such_login") else 400, wrong.code
        ) from None


async def _everyone(_request: web.Request, _agent: Agent, *, bot: Bot) -> web.Response:
    found = [_member_json(one) for one in await roster.everyone(bot.db.dsn)]
    return web.json_response({"agents": found, "roles": roster.ROLES, "most": max(roster.CAPACITIES)})


def _member_json(member: Member) -> dict[str, Any]:
    disabled = millis(member.disabled_at) if member.disabled_at else None
    return {**vars(member), "languages": list(member.languages), "disabled_at": disabled}


async def _add(request: web.Request, agent: Agent, *, bot: Bot) -> web.Response:
    """A new login. Without a password one is made and shown this once."""
    body = await read_json(request)
    login, password = _word(body, "login"), _word(body, "password") or secrets.token_urlsafe(12)
    with _refusals():
        await roster.add(bot.db.dsn, agent, login, password, _terms(body))
    bot.db.bell.ring("agents")
    return web.json_response({"login": login} | _made(body, password))


async def _change(request: web.Request, agent: Agent, *, bot: Bot) -> web.Response:
    with _refusals():
        await roster.change(bot.db.dsn, agent, request.match_info["login"], _terms(await read_json(request)))
    bot.db.bell.ring("agents", "queue")
    return web.Response(status=204)


async def _password(request: web.Request, agent: Agent, *, bot: Bot) -> web.Response:
    body = await read_json(request)
    password = _word(body, "password") or secrets.token_urlsafe(12)
    with _refusals():
        await roster.set_password(bot.db.dsn, agent, request.match_info["login"], password)
    bot.db.bell.ring("agents")
    return web.json_response(_made(body, password))


async def _deed(deed: Deed, request: web.Request, agent: Agent, *, bot: Bot) -> web.Response:
    with _refusals():
        await deed(bot.db.dsn, agent, request.match_info["login"])
    bot.db.bell.ring("agents", "queue")
    return web.Response(status=204)


def _made(body: dict[str, Any], password: str) -> dict[str, str]:
    return {} if body.get("password") else {"password": password}


def _word(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise ApiError(400, "bad_request")
    return clean(value).strip()


def _terms(body: dict[str, Any]) -> Terms:
    """What of name, languages, role and capacity the body names. Raises ApiError 400."""
    name, languages, role, capacity = (body.get(key) for key in ("name", "languages", "role", "capacity"))
    if languages is not None and not (isinstance(languages, list) and all(isinstance(one, str) for one in languages)):
        raise ApiError(400, "bad_languages")
    if capacity is not None and (isinstance(capacity, bool) or not isinstance(capacity, int)):
        raise ApiError(400, "bad_capacity")
    if not isinstance(name, str | None) or not isinstance(role, str | None):
        raise ApiError(400, "bad_request")
    known = tuple(dict.fromkeys(languages)) if languages is not None else None
    return Terms(clean(name).strip() if name is not None else None, known, role, capacity)
