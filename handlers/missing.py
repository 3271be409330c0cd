"""What is missing in the FAQ, on the operations page: the list, a draft, and the way of an addition until it serves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from aiohttp import web

from bot.knowledge import changes, drafting, workbench
from bot.knowledge.changes import About, Addition, Overtaken, Refused
from bot.knowledge.drafting import Decided, Listed, NoSuchEntry, NoSuchGap, Question, Sketch
from bot.knowledge.editions import Unpublishable
from bot.knowledge.missing import LONGEST
from bot.knowledge.published import NoEdition
from bot.knowledge.workbench import NoSuchTopic
from bot.messages import LANGUAGES
from bot.parts import Bot
from bot.staff.agents import Agent
from handlers.errors import ApiError, read_json
from handlers.frames import millis
from handlers.session import OPERATIONS, for_roles

PREFIX = "/api/v1/ops/faq"
GAP = "/missing/{gap:[0-9a-f]{1,16}}"
NOTE = 500

Door = Callable[[Bot, web.Request, Agent], Awaitable[web.Response]]


def add_routes(app: web.Application, bot: Bot) -> None:
    for method, path, door in (
        ("GET", "/missing", _list),
        ("GET", GAP, _question),
        ("POST", f"{GAP}/draft", _draft),
        ("POST", f"{GAP}/phrases", _phrases),
        ("POST", f"{GAP}/case", _case),
        ("POST", f"{GAP}/ignore", _ignore),
        ("POST", f"{GAP}/reopen", _reopen),
        ("POST", "/additions/check", _check),
        ("POST", "/additions/rehearsal", _rehearse),
        ("POST", "/additions/publish", _publish),
    ):
        app.router.add_route(method, PREFIX + path, for_roles(bot, OPERATIONS, partial(_told, bot, door)))


async def _told(bot: Bot, door: Door, request: web.Request, agent: Agent) -> web.Response:
    """Whatever the core refuses, in the words of the contract."""
    try:
        return await door(bot, request, agent)
    except (NoSuchGap, NoSuchEntry, NoEdition, NoSuchTopic):
        raise ApiError(404, "not_found") from None
    except Decided as decided:
        raise ApiError(409, "gap_decided", agent=decided.author) from None
    except Overtaken as overtaken:
        raise ApiError(409, "faq_overtaken", agent=overtaken.author, edition=overtaken.edition) from None
    except Refused as refused:
        raise ApiError(409, "draft_broken", problem=str(refused)[:2000], findings=_findings(refused)) from None
    except Unpublishable as refused:
        raise ApiError(409, "draft_broken", problem=str(refused)[:2000], findings=_findings(refused)) from None


def _findings(refused: Refused | Unpublishable) -> list[dict[str, Any]]:
    return [one.as_row() for one in refused.findings[:100]]


async def _list(bot: Bot, request: web.Request, _agent: Agent) -> web.Response:
    state = request.query.get("state") or drafting.STATES[0]
    if state not in drafting.STATES:
        raise ApiError(400, "bad_request")
    days = _days(request)
    found, counted, rest = await drafting.listing(bot, state, days)
    return web.json_response({"days": days, "counts": counted, "rest": rest, "rows": [_row(bot, one) for one in found]})


def _days(request: web.Request) -> int:
    """Of how many days; the same in every call about a question, so that it is put together alike."""
    wanted = request.query.get("days", str(drafting.DAYS))
    if not wanted.isascii() or not wanted.isdigit() or not 1 <= int(wanted[:4]) <= LONGEST:
        raise ApiError(400, "bad_request")
    return int(wanted[:4])


def _row(bot: Bot, listed: Listed) -> dict[str, Any]:
    missing, gap = listed.missing, listed.gap
    asked, decision = missing.asked, missing.decision
    return {
        "id": missing.subject.fingerprint,
        "state": missing.state,
        "typical": {language: texts[0] for language, texts in missing.subject.typical.items() if texts},
        "people": missing.subject.people,
        "messages": missing.subject.messages,
        "minutes": round(missing.minutes),
        "ways": missing.ways,
        "first": millis(min(one.at for one in asked)) if asked else None,
        "last": millis(max(one.at for one in asked)) if asked else None,
        "near": {"entry": gap.likeliest, "title": workbench.title(bot, gap.likeliest), "score": round(gap.score, 3)}
        if gap and gap.likeliest
        else None,
        "answered_with": [
            {"entry": entry, "title": workbench.title(bot, entry), "times": times}
            for entry, times in (gap.agents.most_common(3) if gap else ())
        ],
        "decision": {
            "entry": decision.entry,
            "edition": decision.edition,
            "author": decision.author,
            "at": millis(decision.at),
        }
        if decision
        else None,
        "effect": asdict(listed.effect) if listed.effect else None,
    }


async def _question(bot: Bot, request: web.Request, _agent: Agent) -> web.Response:
    found: Question = await drafting.question(bot, request.match_info["gap"], _days(request))
    examples = [
        {"text": one.text, "lang": one.language, "at": millis(one.at), "decision": one.decision, "topic": one.topic}
        for one in found.examples
    ]
    row = _row(bot, found.listed)
    return web.json_response({**row, "examples": examples, "said": dict(found.said), "entries": workbench.titles(bot)})


async def _draft(bot: Bot, request: web.Request, _agent: Agent) -> web.Response:
    return _sketch(await drafting.draft(bot, request.match_info["gap"], _days(request)))


async def _phrases(bot: Bot, request: web.Request, _agent: Agent) -> web.Response:
    entry = _text(await read_json(request), "entry", 100)
    return _sketch(await drafting.phrases(bot, request.match_info["gap"], entry, _days(request)))


def _sketch(sketch: Sketch) -> web.Response:
    return web.json_response(asdict(sketch))


async def _case(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    """A sentence of this question, and what it must find; the entry may be one that is still being written."""
    body = await read_json(request)
    text, topic, language = _text(body, "text", workbench.LONGEST_TRIED).strip(), body.get("topic"), body.get("lang")
    if not text or language not in LANGUAGES or not (topic is None or isinstance(topic, str)):
        raise ApiError(400, "bad_request")
    await drafting.question(bot, request.match_info["gap"], _days(request))
    await workbench.keep_case(bot, agent, text, str(language), topic, soon=True)
    return web.json_response({"cases": await workbench.cases(bot)})


async def _ignore(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    await drafting.ignore(bot, agent, request.match_info["gap"], _days(request))
    return web.json_response({"state": "ignored"})


async def _reopen(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    _days(request)
    await drafting.reopen(bot, agent, request.match_info["gap"])
    return web.json_response({"state": "open"})


async def _check(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    found = await changes.check(bot, agent, _addition(await read_json(request)))
    return web.json_response({"findings": [one.as_row() for one in found.findings], "lines": list(found.lines)})


async def _rehearse(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    body = await read_json(request)
    started = await changes.rehearse(bot, agent, _addition(body), _text(body, "gap", 16))
    return web.json_response({"started": started})


async def _publish(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    body = await read_json(request)
    gap = _text(body, "gap", 16)
    about = About(gap, _days(request)) if gap else None
    edition = await changes.publish(bot, agent, _addition(body), _text(body, "note", NOTE), about)
    return web.json_response({"id": edition.id})


def _addition(body: dict[str, Any]) -> Addition:
    base = body.get("base")
    if isinstance(base, bool) or not isinstance(base, int) or not 0 < base < 2**63:
        raise ApiError(400, "bad_request")
    return Addition(base, _text(body, "file", 100), _text(body, "text", changes.LONGEST))


def _text(body: dict[str, Any], key: str, longest: int) -> str:
    value = body.get(key, "")
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        raise ApiError(400, "bad_request")
    return value
