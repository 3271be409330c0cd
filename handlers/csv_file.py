"""Tables that leave the house as CSV: for spreadsheets, and harmless in them."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable

from aiohttp import web

# What a spreadsheet would take for a formula, or for the way to one.
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_BOM = "\ufeff"  # without it Excel reads UTF-8 as something else
_AT_ONCE = 32 * 1024  # characters


def cell(value: object) -> str:
    """A value as text that no spreadsheet runs; numbers stay numbers."""
    text = "" if value is None else str(value)
    if isinstance(value, int | float):
        return text
    return f"'{text}" if text.startswith(_RISKY) else text


def line(values: Iterable[object]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([cell(value) for value in values])
    return out.getvalue()


async def send(
    request: web.Request, name: str, heads: Iterable[str], rows: AsyncIterator[Iterable[object]]
) -> web.StreamResponse:
    """The rows as they come, as a download `name`.csv."""
    response = web.StreamResponse()
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    await response.prepare(request)
    waiting = _BOM + line(heads)
    async for row in rows:
        waiting += line(row)
        if len(waiting) > _AT_ONCE:
            await response.write(waiting.encode())
            waiting = ""
    await response.write(waiting.encode())
    await response.write_eof()
    return response
