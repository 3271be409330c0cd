"""The editors' bench on the operations page: editions, going back, a rehearsal, a playground, sentences to keep."""

from __future__ import annotations

from functools import partial
from typing import Any

from aiohttp import web

from bot.knowledge import workbench
from bot.knowledge.editions import Unpublishable
from bot.knowledge.published import NoEdition
from bot.knowledge.workbench import NoSuchTopic
from bot.messages import LANGUAGES
from bot.parts import Bot
from bot.staff.agents import Agent
from handlers.errors import ApiError, read_json
from handlers.session import OPERATIONS, for_roles

PREFIX = "/api/v1/ops/faq"
CHANNELS = ("inapp", "telegram", "max")
NOTE = 500


def add_routes(app: web.Application, bot: Bot) -> None:
    for method, path, handler in (
        ("GET", "", _state),
        ("GET", "/draft", _draft),
        ("GET", "/editions/{id:[0-9]{1,18}}", _edition),
        ("POST", "/publish", _publish),
        ("POST", "/rollback", _roll_back),
        ("POST", "/rehearsal", _rehearse),
        ("POST", "/try", _try),
        ("GET", "/cases", _cases),
        ("POST", "/cases", _keep_case),
    ):
        app.router.add_route(method, PREFIX + path, for_roles(bot, OPERATIONS, partial(handler, bot)))


async def _state(bot: Bot, _request: web.Request, _agent: Agent) -> web.Response:
    return web.json_response(await workbench.state(bot))


async def _draft(bot: Bot, _request: web.Request, _agent: Agent) -> web.Response:
    return web.json_response({"lines": await workbench.draft_difference(bot)})


async def _edition(bot: Bot, request: web.Request, _agent: Agent) -> web.Response:
    try:
        return web.json_response({"lines": await workbench.difference(bot, int(request.match_info["id"]))})
    except NoEdition:
        raise ApiError(404, "not_found") from None


async def _publish(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    note = _text(await read_json(request), "note", NOTE)
    try:
        edition = await workbench.publish(bot, agent, note)
    except Unpublishable as refused:
        raise ApiError(409, "faq_broken", problem=str(refused)[:2000]) from None
    return web.json_response({"id": edition.id})


async def _roll_back(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    body = await read_json(request)
    edition = body.get("edition")
    if isinstance(edition, bool) or not isinstance(edition, int) or not 0 < edition < 2**63:
        raise ApiError(400, "bad_request")
    try:
        found = await workbench.roll_back(bot, agent, edition, _text(body, "note", NOTE))
    except NoEdition:
        raise ApiError(404, "not_found") from None
    return web.json_response({"id": found.id})


async def _rehearse(bot: Bot, _request: web.Request, _agent: Agent) -> web.Response:
    return web.json_response({"started": workbench.rehearse(bot)})


async def _try(bot: Bot, request: web.Request, _agent: Agent) -> web.Response:
    body = await read_json(request)
    text = _text(body, "text", workbench.LONGEST_TRIED)
    channel, after = body.get("channel"), body.get("after")
    if not text.strip() or channel not in CHANNELS or not (after is None or isinstance(after, str)):
        raise ApiError(400, "bad_request")
    return web.json_response(await workbench.try_out(bot, text, _language(body), channel, after))


async def _cases(bot: Bot, _request: web.Request, _agent: Agent) -> web.Response:
    return web.json_response({"cases": await workbench.cases(bot)})


async def _keep_case(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    body = await read_json(request)
    text, topic = _text(body, "text", workbench.LONGEST_TRIED), body.get("topic")
    if not text.strip() or not (topic is None or isinstance(topic, str)):
        raise ApiError(400, "bad_request")
    try:
        await workbench.keep_case(bot, agent, text.strip(), _language(body), topic)
    except NoSuchTopic:
        raise ApiError(404, "not_found") from None
    return web.json_response({"cases": await workbench.cases(bot)})


def _text(body: dict[str, Any], key: str, longest: int) -> str:
    value = body.get(key, "")
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        raise ApiError(400, "bad_request")
    return value


def _language(body: dict[str, Any]) -> str:
    language = body.get("lang")
    if language not in LANGUAGES:
        raise ApiError(400, "bad_request")
    return str(language)
