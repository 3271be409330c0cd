"""One's own login: in and out, open sessions, the second factor. For every role; the desk and operations share it."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.parts import Bot
from bot.staff import agents, audit, sessions, totp
from bot.staff.agents import Agent
from bot.staff.sessions import Attempt, Refused, Session, TooMany
from handlers import auth
from handlers.desk_json import me_json
from handlers.errors import ApiError, read_json
from handlers.frames import millis
from handlers.session import ANYBODY, device_of, for_roles, peer_of

PREFIX = "/api/v1/agent"
CODE_LIMIT = 40


def add_routes(app: web.Application, bot: Bot) -> None:
    app.router.add_post(f"{PREFIX}/login", partial(_login, bot))
    for method, path, handler in (
        ("POST", "/logout", _logout),
        ("GET", "/me", _me),
        ("GET", "/sessions", _sessions),
        ("POST", "/sessions/end_others", _end_others),
        ("POST", "/sessions/{session:[0-9a-f]{16}}/end", _end_session),
        ("GET", "/totp", _totp),
        ("POST", "/totp", _begin_totp),
        ("POST", "/totp/confirm", _confirm_totp),
        ("POST", "/totp/off", _totp_off),
    ):
        app.router.add_route(method, PREFIX + path, for_roles(bot, ANYBODY, partial(handler, bot)))


async def _login(bot: Bot, request: web.Request) -> web.Response:
    """One answer for every wrong pair or code, and a wait after too many of them."""
    body = await read_json(request)
    login, password, code = body.get("login"), body.get("password"), body.get("totp", "")
    if not isinstance(login, str) or not isinstance(password, str) or not isinstance(code, str):
        raise ApiError(400, "bad_request")
    if not login.isprintable():
        raise ApiError(401, "refused")  # no login has such signs, and PostgreSQL takes no U+0000
    attempt = Attempt(login.strip(), _whole(password), code[:CODE_LIMIT], peer_of(request, bot), device_of(request))
    token = await _proved(sessions.login(bot.db, attempt, bot.clock()))
    async with bot.db.transaction() as tx:
        await sessions.logout(tx, auth.session_token(request, bot.settings))  # the cookie's place is taken
        agent = await sessions.of_session(tx, token)
        if agent is None:
            raise ApiError(401, "refused")
        if agent.presence == "offline" and agent.works_queue:
            await agents.set_presence(tx, agent, "away")
    bot.db.bell.ring("agents")
    response = web.json_response({"login": agent.login, "name": agent.name, "role": agent.role})
    auth.start_session(response, bot.settings, token)
    return response


async def _proved(trying: Any) -> Any:
    """What proving who one is gave. Raises ApiError 401, 429."""
    try:
        return await trying
    except TooMany as too_many:
        raise ApiError(429, "too_many", retry_after=too_many.seconds) from None
    except Refused:
        raise ApiError(401, "refused") from None


def _whole(password: str) -> str:
    """JSON may carry halves of UTF-16 pairs, which no hash takes."""
    return password.encode("utf-8", "replace").decode()


async def _logout(bot: Bot, request: web.Request, _agent: Agent) -> web.Response:
    async with bot.db.transaction() as tx:
        await sessions.logout(tx, auth.session_token(request, bot.settings))
    bot.db.bell.ring("agents", "queue")
    response = web.Response(status=204)
    auth.end_session(response, bot.settings)
    return response


async def _me(bot: Bot, _request: web.Request, agent: Agent) -> web.Response:
    async with bot.db.transaction() as tx:
        load = await agents.load_of(tx, agent)
    return web.json_response(me_json(agent, load, bot.settings))


# ---- where one is logged in


async def _sessions(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    async with bot.db.transaction() as tx:
        found = await sessions.of_agent(tx, agent, auth.session_token(request, bot.settings))
    return web.json_response({"sessions": [_session_json(one) for one in found]})


def _session_json(session: Session) -> dict[str, Any]:
    return {**asdict(session), "created_at": millis(session.created_at), "seen_at": millis(session.seen_at)}


async def _end_session(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    async with bot.db.transaction() as tx:
        ended = await sessions.revoke(tx, agent, request.match_info["session"])
    if not ended:
        raise ApiError(409, "no_such_session")
    bot.db.bell.ring("agents")
    return web.Response(status=204)


async def _end_others(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    async with bot.db.transaction() as tx:
        ended = await sessions.revoke_others(tx, agent, auth.session_token(request, bot.settings))
    bot.db.bell.ring("agents")
    return web.json_response({"ended": ended})


# ---- the second factor


async def _totp(bot: Bot, _request: web.Request, agent: Agent) -> web.Response:
    async with bot.db.transaction() as tx:
        found = {"on": await totp.is_on(tx, agent.id), "recovery_left": await totp.codes_left(tx, agent.id)}
    return web.json_response(found)


async def _begin_totp(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    """A new secret for the agent's app, after their password; nothing changes until a code of it is confirmed."""
    await _same_person(bot, request, agent)
    async with bot.db.transaction() as tx:
        secret = await totp.begin(tx, agent.id)
    if not secret:
        raise ApiError(409, "totp_is_on")
    issuer = urlsplit(bot.settings.public_url).hostname or "bot"
    address = totp.address(secret, agent.login, issuer)
    return web.json_response({"secret": totp.written(secret), "address": address})


async def _confirm_totp(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    """From now on the code is asked for; sessions opened without it end."""
    code = _code(await read_json(request), "code")
    async with bot.db.transaction() as tx:
        try:
            recovery = await totp.confirm(tx, agent.id, code, bot.clock())
        except totp.WrongCode:
            raise ApiError(400, "wrong_code") from None
        await audit.keep(tx, agent, "totp_on", about=agent.login)
        await sessions.revoke_others(tx, agent, auth.session_token(request, bot.settings))
    bot.db.bell.ring("agents")
    return web.json_response({"recovery": recovery})


async def _totp_off(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    """Takes the password and a code: whoever finds an open page cannot turn it off."""
    code = _code(await _same_person(bot, request, agent), "code")
    async with bot.db.transaction() as tx:
        try:
            await totp.accept(tx, agent.id, code, bot.clock())
        except totp.WrongCode:
            raise ApiError(400, "wrong_code") from None
        await totp.turn_off(tx, agent.id)
        await audit.keep(tx, agent, "totp_off", about=agent.login)
    return web.Response(status=204)


async def _same_person(bot: Bot, request: web.Request, agent: Agent) -> dict[str, Any]:
    """The body, once its `password` is the agent's own. Raises ApiError 400, 429."""
    body = await read_json(request)
    password = body.get("password")
    if not isinstance(password, str):
        raise ApiError(400, "bad_request")
    try:
        await sessions.check_password(bot.db, agent, _whole(password), peer_of(request, bot))
    except TooMany as too_many:
        raise ApiError(429, "too_many", retry_after=too_many.seconds) from None
    except Refused:
        raise ApiError(400, "wrong_password") from None
    return body


def _code(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise ApiError(400, "wrong_code")
    return value[:CODE_LIMIT]
