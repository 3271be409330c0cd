"""Every case there was, for supervisors: as JSON for the page, as CSV for spreadsheets, and by a person's number."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from aiohttp import web

from bot import i18n
from bot.desk import archive
from bot.desk.archive import Past, Wanted
from bot.i18n import PhraseMissing
from bot.numbers import report, wanted
from bot.parts import Bot
from bot.staff import audit
from bot.staff.agents import Agent
from bot.staff.audit import TooManyExports
from handlers import csv_file
from handlers.errors import ApiError, language_of, read_json
from handlers.frames import millis
from handlers.session import SUPERVISORS, for_roles

PREFIX = "/api/v1/ops/cases"
PAGE = 50
COLUMNS = (
    "case", "chat", "asked_at", "channel", "line", "topic", "reason", "wait_s", "handle_s", "agent", "state",
    "close_reason", "rating", "comment",
)  # fmt: skip


def add_routes(app: web.Application, bot: Bot) -> None:
    for path, handler in (("", _list), (".csv", _csv)):
        app.router.add_get(PREFIX + path, for_roles(bot, SUPERVISORS, partial(handler, bot)))
    app.router.add_post(f"{PREFIX}/of_number", for_roles(bot, SUPERVISORS, partial(_of_number, bot)))


async def _list(bot: Bot, request: web.Request, _agent: Agent) -> web.Response:
    """A page, newest first; `before` of the next page is the last id of this one."""
    wish, period = _wanted(bot, request)
    async with bot.db.transaction() as tx:
        found = await archive.search(tx, wish, PAGE + 1)
    rows = found[:PAGE]
    titles, topics = report.titles(bot), {one.topic for one in rows}
    return web.json_response(
        {
            "rows": [_row_json(one) for one in rows],
            "more": len(found) > PAGE,
            "titles": {topic: title for topic, title in titles.items() if topic in topics},
            "reasons": _reasons(bot),
            "since": period.since.isoformat(),
            "until": period.until.isoformat(),
            "zone": period.zone.key,
            "home": bot.settings.timezone.key,
            "target_s": int(bot.settings.queue_target.total_seconds()),
        }
    )


def _row_json(case: Past) -> dict[str, Any]:
    return vars(case) | {
        "queued_at": millis(case.queued_at),
        "closed_at": millis(case.closed_at) if case.closed_at else None,
    }


async def _csv(bot: Bot, request: web.Request, agent: Agent) -> web.StreamResponse:
    """The same as a table: a case a row, times in the zone asked for, words in the language of ?lang=, no names."""
    wish, period = _wanted(bot, request)
    try:
        async with bot.db.transaction() as tx:
            await audit.keep_export(tx, agent, "cases", since=str(period.since), until=str(period.until))
    except TooManyExports:
        raise ApiError(429, "too_many_exports", retry_after=3600) from None
    language, titles, reasons = language_of(request), report.titles(bot), _reasons(bot)

    def word(group: str, name: str) -> str:
        try:
            return i18n.text(language, f"page.{group}.{name}")
        except PhraseMissing:
            return name

    async def rows() -> AsyncIterator[tuple[Any, ...]]:
        async for one in archive.every(bot.db, wish):
            yield (
                one.id, one.conversation_id, one.queued_at.astimezone(wish.zone).isoformat(timespec="seconds"),
                one.channel, word("ops.line", one.line), titles.get(one.topic, {}).get(language, one.topic),
                word("desk.reason", one.reason), one.wait_s, one.handle_s, one.agent, word("desk.outcome", one.state),
                reasons.get(one.close_reason or "", {}).get(language, one.close_reason), one.rating, one.comment,
            )  # fmt: skip

    name = f"cases_{period.since.isoformat()}_{period.until.isoformat()}"
    heads = [i18n.text(language, f"page.cases.col.{column}") for column in COLUMNS]
    return await csv_file.send(request, name, heads, rows())


async def _of_number(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    """The number comes in the body: what stands in an address is kept by browsers and proxies."""
    typed = (await read_json(request)).get("number")
    try:
        async with bot.db.transaction() as tx:
            found = await archive.of_number(tx, agent, typed if isinstance(typed, str) else "")
    except archive.NoNumber:
        raise ApiError(400, "bad_phone") from None
    return web.json_response(
        {"chats": [vars(one) | {"heard_at": millis(one.heard_at) if one.heard_at else None} for one in found]}
    )


def _reasons(bot: Bot) -> dict[str, dict[str, str]]:
    groups = bot.knowledge.catalogue.operator.close_reasons
    return {one.code: dict(one.title) for group in groups for one in group.reasons}


def _wanted(bot: Bot, request: web.Request) -> tuple[Wanted, wanted.Wanted]:
    """The period as the figures take it, and agent, topic, state, rating, late=1, before. Raises ApiError 400."""
    query = dict(request.query)
    try:
        period = wanted.read(query, bot.clock(), bot.settings.timezone)
    except wanted.BadWish as problem:
        raise ApiError(400, problem.code) from None
    since, until, _zone, channel, line = period.arguments()
    wish = Wanted(
        since,
        until,
        period.zone,
        channel,
        line,
        agent=query.get("agent", "")[:64].replace("\0", ""),
        topic=query.get("topic", "")[:64].replace("\0", ""),
        state=_choice(query, "state", archive.STATES),
        rating=_choice(query, "rating", archive.RATINGS),
        late_s=int(bot.settings.queue_target.total_seconds()) if query.get("late") == "1" else None,
        before=_before(query.get("before", "")),
    )
    return wish, period


def _choice(query: dict[str, str], name: str, known: tuple[str, ...]) -> str:
    given = query.get(name, "")
    if given and given not in known:
        raise ApiError(400, "bad_choice", name=name, choices=", ".join(known))
    return given


def _before(given: str) -> int | None:
    if not given:
        return None
    if not given.isascii() or not given.isdigit() or len(given) > 15:
        raise ApiError(400, "bad_number", name="before")
    return int(given)
