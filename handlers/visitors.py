"""The app's doors for whoever has not signed in: a name that only we can have made up, and what it becomes after."""

from __future__ import annotations

from aiohttp import web

from bot import visitors
from bot.parts import Bot
from bot.people import ownership
from bot.visitors import Busy
from handlers import auth
from handlers.auth import BadToken
from handlers.chat import DOOR, authorised
from handlers.errors import ApiError, read_json
from handlers.frames import millis
from handlers.session import peer_of

PATH = "/api/v1/visitor"
_FRESH = {"Cache-Control": "no-store"}


def add_routes(app: web.Application, bot: Bot) -> None:
    async def welcome(request: web.Request) -> web.Response:
        return await _welcome(request, bot)

    async def join(request: web.Request) -> web.Response:
        return await _join(request, bot)

    app.router.add_post(PATH, welcome)
    app.router.add_post(f"{PATH}/join", join)


async def _welcome(request: web.Request, bot: Bot) -> web.Response:
    """A token for somebody new; whoever shows the one they have keeps their name."""
    auth.check_app_origin(request, bot.settings)
    wait = request.app[DOOR].arrivals.wait(peer_of(request, bot))
    if wait:
        raise ApiError(429, "slow_down", retry_after=wait)
    address = _address(auth.bearer(request), bot) or visitors.new_address()
    now = bot.clock()
    token = auth.sign_visitor(bot.settings, address, now)
    return web.json_response({"token": token, "expires": millis(now + visitors.LASTS)}, headers=_FRESH)


async def _join(request: web.Request, bot: Bot) -> web.Response:
    caller = authorised(request, bot)
    given = (await read_json(request)).get("visitor")
    address = _address(given if isinstance(given, str) else "", bot)
    if address is None:
        raise ApiError(400, "bad_visitor")
    await ownership.of_app_chat(bot, caller.subscriber)
    try:
        moved = await visitors.join(bot, address, caller.subscriber, language=caller.language, name=caller.name)
    except Busy:
        raise ApiError(409, "busy", retry_after=1) from None
    return web.json_response({"moved": moved}, headers=_FRESH)


def _address(token: str, bot: Bot) -> str | None:
    try:
        caller = auth.caller_of(token, bot.settings, bot.clock())
    except BadToken:
        return None
    return None if caller.known else caller.subscriber
