"""Files in and out, for the app by token and for the desk by session: read as they stream, given out as dead matter."""

from __future__ import annotations

import asyncio
import re
import warnings
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote, unquote
from uuid import UUID

from aiohttp import BadContentDispositionHeader, BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from bot import contacts, desk, files
from bot.files import NoSuchFile, StoredFile, TooMany
from bot.files.file_types import Unfit
from bot.files.remote_files import Away, RemoteFiles
from bot.handoff import HandoffError, cases
from bot.messages import IN_APP
from bot.parts import Bot
from bot.staff.agents import Agent
from handlers.chat import Paces, authorised, conversation_of
from handlers.errors import ApiError
from handlers.session import DESK, for_roles

UPLOAD_WITHIN = 180.0  # seconds; 10 MB in it is 0.5 Mbit/s
AT_ONCE = 16  # uploads in this process, each a whole file in memory
AT_ONCE_EACH = 3
CHUNK = 64 * 1024
FORM = 16 * 1024  # bytes of a form besides its file
# Opened as a page it may neither run nor load anything, and belongs to no origin.
INERT = "sandbox; default-src 'none'; frame-ancestors 'none'"
STATUS = {"file_too_big": 413, "file_type": 415, "picture_too_big": 415, "picture_broken": 415, "file_empty": 415}
GONE = 410

# Of names that we read ourselves, see _disposition.
warnings.filterwarnings("ignore", category=BadContentDispositionHeader)


@dataclass(frozen=True)
class Upload:
    name: str
    content: bytes
    cid: str | None


@dataclass
class Door:
    bot: Bot
    remote: RemoteFiles
    uploads: Paces = field(default_factory=lambda: Paces(burst=12, per_second=0.2))
    openings: Paces = field(default_factory=lambda: Paces(burst=120, per_second=5))
    under_way: Counter[str] = field(default_factory=Counter)


def add_routes(app: web.Application, bot: Bot) -> None:
    door = Door(bot, RemoteFiles(bot))
    for method, path, handler in (
        ("POST", "/api/v1/files", partial(_take, door)),
        ("GET", "/api/v1/files/{file}", partial(_give, door)),
        (
            "POST",
            "/api/v1/agent/conversations/{id:[0-9]{1,18}}/files",
            for_roles(bot, DESK, partial(_take_from_agent, door)),
        ),
        ("GET", "/api/v1/agent/files/{file}", for_roles(bot, DESK, partial(_give_to_agent, door))),
    ):
        app.router.add_route(method, path, handler)


# ---- the subscriber's


async def _take(door: Door, request: web.Request) -> web.Response:
    caller = authorised(request, door.bot)
    async with _room(door, caller.subscriber):
        upload = await _read(request, door.bot.settings.file_limit)
        conversation = await conversation_of(door.bot, caller)
        return await _keep(door, conversation.id, "user", upload)


async def _give(door: Door, request: web.Request) -> web.StreamResponse:
    caller = authorised(request, door.bot)
    if wait := door.openings.wait(caller.subscriber):
        raise ApiError(429, "slow_down", retry_after=wait)
    try:
        async with door.bot.db.transaction() as tx:
            file = await files.of_person(tx, request.match_info["file"], IN_APP, caller.subscriber)
    except NoSuchFile:
        raise ApiError(404, "not_found") from None
    return await _serve(door, request, file)


# ---- the agent's


async def _take_from_agent(door: Door, request: web.Request, agent: Agent) -> web.Response:
    conversation_id = int(request.match_info["id"])
    await _check_readable(door, agent, conversation_id)
    async with _room(door, f"agent:{agent.id}"):
        upload = await _read(request, door.bot.settings.file_limit)
        return await _keep(door, conversation_id, "agent", upload)


async def _give_to_agent(door: Door, request: web.Request, agent: Agent) -> web.StreamResponse:
    try:
        async with door.bot.db.transaction() as tx:
            file = await files.load(tx, request.match_info["file"])
        await _check_readable(door, agent, file.conversation_id)
    except (NoSuchFile, HandoffError):
        raise ApiError(404, "not_found") from None
    return await _serve(door, request, file)


async def _check_readable(door: Door, agent: Agent, conversation_id: int) -> None:
    """Raises ApiError 404, HandoffError."""
    async with door.bot.db.transaction() as tx:
        conversation = await contacts.load(tx, conversation_id)
        if conversation is None:
            raise ApiError(404, "not_found")
        await desk.look_into(tx, agent, conversation, await cases.case_of(tx, conversation_id))


# ---- in


@asynccontextmanager
async def _room(door: Door, who: str) -> AsyncIterator[None]:
    """So many uploads a minute, so many at once from one person and from all."""
    if wait := door.uploads.wait(who):
        raise ApiError(429, "slow_down", retry_after=wait)
    if door.under_way[who] >= AT_ONCE_EACH:
        raise ApiError(429, "slow_down", retry_after=2)
    if door.under_way.total() >= AT_ONCE:
        raise ApiError(503, "unavailable", retry_after=5)
    door.under_way[who] += 1
    try:
        yield
    finally:
        door.under_way[who] -= 1
        if not door.under_way[who]:
            del door.under_way[who]


async def _read(request: web.Request, limit: int) -> Upload:
    """The form's `file`, and `cid` if it names one; what is over the limit is not read to its end."""
    if request.content_type != "multipart/form-data":
        raise ApiError(400, "bad_upload")
    if (request.content_length or 0) > limit + FORM:
        raise _too_big(limit)
    try:
        async with asyncio.timeout(UPLOAD_WITHIN):
            return await _read_parts(request, limit)
    except TimeoutError:
        raise ApiError(408, "upload_slow") from None
    except (ValueError, KeyError, AssertionError, HttpProcessingError, web.HTTPRequestEntityTooLarge):
        raise ApiError(400, "bad_upload") from None


async def _read_parts(request: web.Request, limit: int) -> Upload:
    name, content, cid = "", None, None
    form = await request.multipart()
    while (part := await form.next()) is not None:
        if not isinstance(part, BodyPartReader) or "Content-Transfer-Encoding" in part.headers:
            raise ApiError(400, "bad_upload")
        about = _disposition(part)
        if about.get("name") == "file" and content is None:
            name, content = about.get("filename", ""), await _all_of(part, limit)
        else:
            text = await _all_of(part, FORM)
            cid = str(UUID(text.decode())) if about.get("name") == "cid" else cid
    if content is None:
        raise ApiError(400, "bad_upload")
    return Upload(name, content, cid)


def _disposition(part: BodyPartReader) -> dict[str, str]:
    """`name` and `filename` as browsers write them; aiohttp's own reading stumbles over a `;` in a file's name."""
    header = part.headers.get("Content-Disposition", "")
    found = re.findall(r'(\w+)="([^"]*)"', header)
    return {name.lower(): re.sub("%(22|0D|0A)", lambda one: unquote(one[0]), value) for name, value in found}


async def _all_of(part: BodyPartReader, limit: int) -> bytes:
    found = bytearray()
    while chunk := await part.read_chunk(CHUNK):
        found += chunk
        if len(found) > limit:
            raise _too_big(limit)
    return bytes(found)


def _too_big(limit: int) -> ApiError:
    return ApiError(413, "file_too_big", mb=limit // (1024 * 1024))


async def _keep(door: Door, conversation_id: int, author_kind: str, upload: Upload) -> web.Response:
    try:
        found = await files.examined(upload.content, upload.name)
        async with door.bot.db.transaction() as tx:
            file_id = await files.keep(tx, conversation_id, author_kind, upload.cid, found)
    except Unfit as unfit:
        raise ApiError(STATUS[unfit.code], unfit.code) from None
    except TooMany:
        raise ApiError(429, "file_quota") from None
    told = {"file": file_id, "kind": found.type.kind, "name": found.name, "type": found.type.mime}
    measures = {"size": len(found.whole), "width": found.width, "height": found.height}
    return web.json_response(told | measures, headers={"Cache-Control": "no-store"})


# ---- out


async def _serve(door: Door, request: web.Request, file: StoredFile) -> web.StreamResponse:
    try:
        file = await door.remote.at_hand(file)
        if file.problem:
            raise ApiError(
                STATUS.get(file.problem, GONE), file.problem, mb=door.bot.settings.file_limit // (1024 * 1024)
            )
        variant, size = await files.measure(door.bot.db, file, small=request.query.get("size") == "small")
    except Away:
        raise ApiError(503, "file_away", retry_after=5) from None
    except NoSuchFile:
        raise ApiError(404, "not_found") from None
    response = web.StreamResponse(headers=_headers(file))
    response.content_length = size
    await response.prepare(request)
    async for part in files.parts(door.bot.db, file.id, variant):
        await response.write(part)
    await response.write_eof()
    return response


def _headers(file: StoredFile) -> dict[str, str]:
    """Only what we drew ourselves may be looked at in place; nothing is kept by anybody on the way."""
    how = "inline" if file.kind == "photo" else "attachment"
    ending = file.name.rpartition(".")[2] if "." in file.name else file.type.rpartition("/")[2]
    plain = f"file.{ending}" if ending.isascii() else "file"
    named = f"; filename*=UTF-8''{quote(file.name, safe='')}" if file.name else ""
    return {
        "Content-Type": "text/plain; charset=utf-8" if file.type == "text/plain" else file.type,
        "Content-Disposition": f'{how}; filename="{plain}"{named}',
        "Content-Security-Policy": INERT,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
