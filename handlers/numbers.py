"""The figures of a period for supervisors: as JSON for the page, as CSV for spreadsheets; the same cells in both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from aiohttp import web

from bot import i18n
from bot.numbers import report
from bot.numbers.figures import Cell, Column, Family, Table
from bot.numbers.wanted import BadWish, Wanted, read
from bot.parts import Bot
from bot.staff.agents import Agent
from handlers import csv_file
from handlers.errors import ApiError, language_of
from handlers.frames import millis
from handlers.session import SUPERVISORS, for_roles

PREFIX = "/api/v1/ops/numbers"


def add_routes(app: web.Application, bot: Bot) -> None:
    for path, handler in (("/{family}", _family), ("/{family}/{table}.csv", _csv)):
        app.router.add_get(PREFIX + path, for_roles(bot, SUPERVISORS, partial(handler, bot)))


async def _family(bot: Bot, request: web.Request, _agent: Agent) -> web.Response:
    wanted = _wanted(bot, request)
    found = await _counted(bot, request, wanted)
    named = {str(row[0]) for table in found.tables for row in table.rows if table.columns[0].kind == "topic"}
    response = web.json_response(
        {
            "since": wanted.since.isoformat(),
            "until": wanted.until.isoformat(),
            "zone": wanted.zone.key,
            "home": bot.settings.timezone.key,
            "counted": millis(bot.clock()),
            "target_s": int(bot.settings.queue_target.total_seconds()),
            "tiles": [vars(tile) for tile in found.tiles],
            "tables": [
                {"name": one.name, "columns": [vars(column) for column in one.columns], "rows": one.rows}
                for one in found.tables
            ],
            "titles": {id: title for id, title in report.titles(bot).items() if id in named},
        }
    )
    response.enable_compression()
    return response


async def _csv(bot: Bot, request: web.Request, _agent: Agent) -> web.StreamResponse:
    """One table; heads and words in the language of ?lang=, numbers as counted: a quarter is 0.25, times in seconds."""
    wanted = _wanted(bot, request)
    found = await _counted(bot, request, wanted)
    table = next((one for one in found.tables if one.name == request.match_info["table"]), None)
    if table is None:
        raise ApiError(404, "not_found")
    language, titles = language_of(request), report.titles(bot)

    async def rows() -> AsyncIterator[list[Cell]]:
        for row in table.rows:
            yield [_shown(cell, column, language, titles) for cell, column in zip(row, table.columns, strict=True)]

    heads = [_head(column, language) for column in table.columns]
    return await csv_file.send(request, _file_name(table, wanted), heads, rows())


def _file_name(table: Table, wanted: Wanted) -> str:
    return f"{table.name}_{wanted.since.isoformat()}_{wanted.until.isoformat()}"


def _head(column: Column, language: str) -> str:
    return column.name if column.name.isdigit() else i18n.text(language, f"page.numbers.col.{column.name}")


def _shown(cell: Cell, column: Column, language: str, titles: dict[str, dict[str, str]]) -> Cell:
    """Ids as words; everything else as it was counted."""
    if column.kind == "topic":
        return titles.get(str(cell), {}).get(language, str(cell))
    if column.kind in ("word", "line", "weekday"):
        return i18n.text(language, f"page.numbers.{column.kind}.{cell}")
    return cell


async def _counted(bot: Bot, request: web.Request, wanted: Wanted) -> Family:
    name = request.match_info["family"]
    if name not in report.FAMILIES:
        raise ApiError(404, "not_found")
    return await report.family(bot, name, wanted)


def _wanted(bot: Bot, request: web.Request) -> Wanted:
    query: dict[str, Any] = dict(request.query)
    try:
        return read(query, bot.clock(), bot.settings.timezone)
    except BadWish as wish:
        raise ApiError(400, wish.code) from None
