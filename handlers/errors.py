"""Refusals as JSON in the person's language: {"error": {"code", "message", ...}}; the code is the contract.

ApiError      a refusal with its HTTP status; its sentence is `error.CODE` of the locales
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from aiohttp import web

from bot import i18n
from bot.messages import LANGUAGES
from bot.parts import TRANSIENT

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
CODES = {400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method", 413: "too_large"}


LANGUAGE = web.RequestKey("language", str)  # what the token or the session says that the person reads


class ApiError(Exception):
    """`extra` goes into the error object as it is: who holds the chat, how long to wait."""

    def __init__(self, status: int, code: str, *, retry_after: float | None = None, **extra: Any) -> None:
        super().__init__(code)
        self.status, self.code, self.retry_after, self.extra = status, code, retry_after, extra


def language_of(request: web.Request) -> str:
    """What the person reads: as the token or session said, ?lang=, Accept-Language, else Russian."""
    said = request.get(LANGUAGE) or request.query.get("lang")
    wanted = [said] if said else []
    for part in request.headers.get("Accept-Language", "")[:200].split(","):
        wanted.append(part.partition(";")[0].strip())
    for tag in wanted:
        language = tag.lower().replace("_", "-").partition("-")[0]
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]


def refusal(request: web.Request, error: ApiError) -> web.Response:
    message = i18n.text(language_of(request), f"error.{error.code}", **error.extra)
    extra = dict(error.extra)
    headers = {"Cache-Control": "no-store"}
    if error.retry_after is not None:
        extra["retry_after"] = round(error.retry_after, 1)
        headers["Retry-After"] = str(max(1, round(error.retry_after)))
    body = {"error": {"code": error.code, "message": message, **extra}}
    return web.json_response(body, status=error.status, headers=headers)


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The answer to every failure: never a stack trace, only an id to find the cause in the log by."""
    try:
        return await handler(request)
    except ApiError as error:
        return refusal(request, error)
    except web.HTTPException as raised:
        if raised.status < 400:
            raise
        answer = refusal(request, ApiError(raised.status, CODES.get(raised.status, "bad_request")))
        if "Allow" in raised.headers:
            answer.headers["Allow"] = raised.headers["Allow"]
        return answer
    except ConnectionResetError:
        raise  # the client has gone: nobody reads an answer
    except TRANSIENT as problem:
        log.warning("http: a part is away", extra={"path": request.path, "problem": repr(problem)})
        return refusal(request, ApiError(503, "unavailable", retry_after=2))
    except Exception:
        error_id = uuid4().hex[:12]
        log.exception("http: failed", extra={"path": request.path, "error_id": error_id})
        return refusal(request, ApiError(500, "internal", id=error_id))


async def read_json(request: web.Request) -> dict[str, Any]:
    """The body as a JSON object. Raises ApiError 400, and 413 from aiohttp for a body over the limit."""
    try:
        body = await request.json()
    except (ValueError, RecursionError, LookupError):  # not JSON, not text of its charset, no such charset
        raise ApiError(400, "bad_json") from None
    if not isinstance(body, dict):
        raise ApiError(400, "bad_json")
    return body
