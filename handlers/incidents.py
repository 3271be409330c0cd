"""Mass events for supervisors: alarms, what people are told, and that it is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from aiohttp import web

from bot.incidents import desk, store
from bot.incidents.store import Found, IncidentError
from bot.messages import LANGUAGES
from bot.parts import Bot
from bot.staff.agents import Agent
from handlers.errors import ApiError, read_json
from handlers.frames import millis
from handlers.session import SUPERVISORS, for_roles

PREFIX = "/api/v1/ops/incidents"
ONE = f"{PREFIX}/{{incident:\\d{{1,15}}}}"
STATUS = {"no_such_incident": 409, "already_open": 409}


def add_routes(app: web.Application, bot: Bot) -> None:
    for method, path, handler in (
        ("GET", PREFIX, _shown),
        ("GET", f"{PREFIX}/topics", _topics),
        ("POST", PREFIX, _open),
        ("POST", f"{ONE}/announce", _announce),
        ("POST", f"{ONE}/over", _over),
        ("POST", f"{ONE}/dismiss", _dismiss),
    ):
        app.router.add_route(method, path, for_roles(bot, SUPERVISORS, partial(handler, bot)))


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except IncidentError as wrong:
        raise ApiError(STATUS.get(wrong.code, 400), wrong.code) from None


async def _shown(bot: Bot, _request: web.Request, _agent: Agent) -> web.Response:
    async with bot.db.transaction() as tx:
        found = await store.shown(tx, bot.clock())
    titles = {id: title for id, title in desk.topics(bot).items() if id in {one.topic for one in found}}
    names = desk.places(bot, [one.place for one in found if one.place])
    return web.json_response({"incidents": [_json(one) for one in found], "topics": titles, "places": names})


async def _topics(bot: Bot, _request: web.Request, _agent: Agent) -> web.Response:
    """What an incident can be about."""
    return web.json_response({"topics": desk.topics(bot)})


def _json(found: Found) -> dict[str, Any]:
    moments = ("found_at", "announced_at", "over_at")
    return {**vars(found), **{name: millis(at) if (at := getattr(found, name)) else None for name in moments}}


async def _open(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    """One that the clock has not found: {topic?, place?, text: {ru, zh}}; the place by its name."""
    body = await read_json(request)
    with _refusals():
        new = await desk.open_by_hand(bot, agent, _word(body, "topic"), _word(body, "place"), _text(body))
    return web.json_response({"id": new})


async def _announce(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    body = await read_json(request)
    with _refusals():
        async with bot.db.transaction() as tx:
            await store.announce(tx, agent, _id(request), _text(body), bot.clock())
    return _changed(bot)


async def _over(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    with _refusals():
        async with bot.db.transaction() as tx:
            await store.finish(tx, agent, _id(request), bot.clock())
    return _changed(bot)


async def _dismiss(bot: Bot, request: web.Request, _agent: Agent) -> web.Response:
    with _refusals():
        async with bot.db.transaction() as tx:
            await store.dismiss(tx, _id(request), bot.clock())
    return _changed(bot)


def _changed(bot: Bot) -> web.Response:
    bot.db.bell.ring("incidents")
    return web.Response(status=204)


def _id(request: web.Request) -> int:
    return int(request.match_info["incident"])


def _word(body: dict[str, Any], name: str) -> str:
    value = body.get(name) or ""
    if not isinstance(value, str) or len(value) > 100 or "\0" in value:
        raise ApiError(400, "bad_incident")
    return value.strip()


def _text(body: dict[str, Any]) -> dict[str, str]:
    text = body.get("text")
    if not isinstance(text, dict) or not all(isinstance(text.get(one), str) for one in LANGUAGES):
        raise ApiError(400, "bad_incident")
    return {language: text[language].replace("\0", "") for language in LANGUAGES}
