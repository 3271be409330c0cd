"""The aiohttp application: routes, pages, health, metrics, and the frame of headers, errors and lines in the log."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, Histogram, generate_latest

from bot.parts import Bot
from handlers import (
    account,
    archive,
    auth,
    chat,
    chat_socket,
    console,
    demo,
    editors,
    files,
    incidents,
    linking,
    missing,
    numbers,
    ops,
    staff,
    visitors,
)
from handlers.assets import ASSETS, Assets, File, answer, serve_phrases
from handlers.errors import Handler, errors_as_json
from handlers.headers import guard, page_policy
from handlers.sockets import SOCKETS, Sockets

log = logging.getLogger(__name__)

BODY_LIMIT = 256 * 1024  # bytes; a Telegram update is a few kilobytes
READY_WITHIN = 2.0  # seconds for each check
DOORS = (
    *(chat, linking, visitors, files),
    *(account, archive, console, editors, incidents, missing, numbers, ops, staff),
)
OPENAPI = Path(__file__).parent / "openapi.json"

Check = Callable[[], Awaitable[str | None]]  # None: in order; else what is wrong, for a person who operates us

_seconds = Histogram(
    "bot_http_seconds",
    "How long HTTP requests took",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30),
)


def make_app(
    bot: Bot,
    *,
    checks: Mapping[str, Check] | None = None,
    health: Callable[[], str | None] = lambda: None,
    details: Callable[[], dict[str, Any]] = dict,
) -> web.Application:
    """Everything that listens. `health` decides over /healthz, `checks` over /readyz, which also shows `details`."""
    refuse_foreign = auth.refuse_foreign_writes(bot.settings)
    app = web.Application(middlewares=[measured, errors_as_json, refuse_foreign], client_max_size=BODY_LIMIT)
    app[SOCKETS] = Sockets()
    app.on_response_prepare.append(guard(bot.settings))
    app.on_shutdown.append(partial(_send_home, bot))
    _add_upkeep(app, bot, checks or {}, health, details)
    _add_pages(app, bot)
    for door in DOORS:
        door.add_routes(app, bot)
    app.router.add_get("/ws/v1", partial(_socket, bot))
    if bot.settings.demo:
        demo.add_routes(app, bot)
    return app


async def _send_home(bot: Bot, app: web.Application) -> None:
    """End what would otherwise hold the process up: open sockets and long polls. Clients come back elsewhere."""
    app[SOCKETS].restart()
    bot.db.bell.sound((chat.STOP,))


async def _socket(bot: Bot, request: web.Request) -> web.StreamResponse:
    # The demo's chat and an agent may share one browser and its cookie, so the chat page says which of the two it is.
    if auth.session_token(request, bot.settings) and request.query.get("as") != "chat":
        auth.check_socket_origin(request, bot.settings)
        return await console.agent_socket(request, bot)
    return await chat_socket.subscriber_socket(request)


# ---- pages


def _add_pages(app: web.Application, bot: Bot) -> None:
    assets = app[ASSETS] = Assets()
    app.router.add_get("/assets/{path:.+}", assets.serve)
    app.router.add_get("/i18n/{language}/{name}.json", serve_phrases)
    hosts = ("'self'", *bot.settings.inapp_origins)
    chat_page = _page(assets, "chat.html", page_policy(bot.settings, hosts), "geolocation=(self)")
    app.router.add_get("/chat", _in_demo_app(chat_page) if bot.settings.demo else chat_page)
    app.router.add_get("/chat.js", partial(_loader, assets.loader()))
    app.router.add_get("/favicon.ico", partial(_icon, assets))
    for name in ("console", "ops"):
        app.router.add_get(f"/{name}", _page(assets, f"{name}.html", page_policy(bot.settings)))
    if bot.settings.demo:
        app.router.add_get("/demo", _page(assets, "demo.html", page_policy(bot.settings), "geolocation=(self)"))
        app.router.add_get("/", _to_demo)


def _page(assets: Assets, name: str, policy: str, permissions: str = "") -> Handler:
    async def show(request: web.Request) -> web.Response:
        response = assets.serve_page(request, name)
        response.headers["Content-Security-Policy"] = policy
        if permissions:
            response.headers["Permissions-Policy"] = f"camera=(), microphone=(), payment=(), usb=(), {permissions}"
        return response

    return show


async def _loader(file: File, request: web.Request) -> web.Response:
    """/chat.js: the one file that pages of other origins load."""
    response = answer(request, file, "public, max-age=300")
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


async def _icon(assets: Assets, request: web.Request) -> web.Response:
    return answer(request, assets.files["icons/icon.svg"], "public, max-age=86400")


def _in_demo_app(page: Handler) -> Handler:
    """A link from a messenger opens the operator's app; the demo's app is a page, so it opens that."""

    async def show(request: web.Request) -> web.StreamResponse:
        if "ask" in request.query and request.headers.get("Sec-Fetch-Dest") == "document":
            return web.Response(status=302, headers={"Location": f"/demo?{request.query_string}"})
        return await page(request)

    return show


async def _to_demo(_request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "/demo"})


# ---- upkeep


def _add_upkeep(
    app: web.Application,
    bot: Bot,
    checks: Mapping[str, Check],
    health: Callable[[], str | None],
    details: Callable[[], dict[str, Any]],
) -> None:
    document = json.loads(OPENAPI.read_text(encoding="utf-8"))

    async def healthz(_request: web.Request) -> web.Response:
        problem = health()
        body = {"ok": problem is None} | ({"problem": problem} if problem else {})
        return web.json_response(body, status=503 if problem else 200, headers={"Cache-Control": "no-store"})

    async def readyz(_request: web.Request) -> web.Response:
        found = await asyncio.gather(*(_run(check) for check in checks.values()))
        reasons = {name: reason for name, reason in zip(checks, found, strict=True) if reason}
        body = {"ready": not reasons, "reasons": reasons, "details": details()}
        return web.json_response(body, status=503 if reasons else 200, headers={"Cache-Control": "no-store"})

    async def metrics(request: web.Request) -> web.Response:
        auth.check_reads_metrics(request, bot.settings)
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def openapi(_request: web.Request) -> web.Response:
        return web.json_response(document)

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/openapi.json", openapi)


async def _run(check: Check) -> str | None:
    try:
        return await asyncio.wait_for(check(), READY_WITHIN)
    except TimeoutError:
        return f"no answer within {READY_WITHIN:g} s"
    except Exception as problem:  # whatever a check raises is a reason not to be ready
        log.warning("readyz: a check failed", exc_info=True)
        return type(problem).__name__


@web.middleware
async def measured(request: web.Request, handler: Handler) -> web.StreamResponse:
    """One line and one sample per request; the query never, tokens have been put there before."""
    started, status = perf_counter(), 500
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as raised:
        status = raised.status
        raise
    finally:
        took = perf_counter() - started
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "unknown"
        if status != 101:
            _seconds.labels(request.method, route, str(status)).observe(took)
        about = {"method": request.method, "path": request.path[:200], "status": status, "ms": round(took * 1000, 1)}
        log.log(logging.WARNING if status >= 500 else logging.DEBUG, "http: request", extra=about)
