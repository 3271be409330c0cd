"""The demo's mock operator app asks here: who is in the cast, what their plans hold, and a token such as the operator's
backend would sign. Mounted only when the settings say demo; in production these paths do not exist.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable
from typing import Any, TypeVar

from aiohttp import web

from bot.messages import LANGUAGES
from bot.parts import Bot
from handlers import auth
from handlers.errors import ApiError, read_json

log = logging.getLogger(__name__)

# The cast of the mock operator and what they speak; the fifth gets facts after 8 s, the sixth none.
CAST = tuple(
    {"phone": f"+7900000000{n}", "language": language}
    for n, language in enumerate(("ru", "zh", "ru", "zh", "ru", "ru"), start=1)
)
ASK_WITHIN = 1.5  # seconds
_PHONE = re.compile(r"\+[1-9]\d{6,14}")

T = TypeVar("T")


def add_routes(app: web.Application, bot: Bot) -> None:
    async def cast(_request: web.Request) -> web.Response:
        return web.json_response({"cast": CAST})

    async def facts(request: web.Request) -> web.Response:
        return web.json_response(await _facts(bot, _phone(request.match_info["phone"])))

    async def token(request: web.Request) -> web.Response:
        body = await read_json(request)
        phone, language = _phone(body.get("phone")), body.get("language")
        if language not in LANGUAGES:
            raise ApiError(400, "bad_request")
        person = await _soon(bot.subscribers.identify(phone))
        name = person.name if person else ""
        signed = auth.sign_demo(bot.settings, phone, bot.clock(), language=language, name=name)
        return web.json_response({"token": signed})

    app.router.add_get("/api/demo/cast", cast)
    app.router.add_get("/api/demo/cast/{phone}", facts)
    app.router.add_post("/api/demo/token", token)


def _phone(value: object) -> str:
    if not isinstance(value, str) or not _PHONE.fullmatch(value):
        raise ApiError(400, "bad_request")
    return value


async def _soon(asked: Awaitable[T]) -> T | None:
    """The answer, or None from a subscriber system that is slow or down: the page says so and asks again."""
    try:
        return await asyncio.wait_for(asked, ASK_WITHIN)
    except Exception as problem:  # the mock raises its own errors; the demo only shows that facts are missing
        log.info("demo: no facts", extra={"problem": type(problem).__name__})
        return None


async def _facts(bot: Bot, phone: str) -> dict[str, Any]:
    ask = bot.subscribers
    plan, packages, balance, services = await asyncio.gather(
        _soon(ask.tariff(phone)), _soon(ask.packages(phone)), _soon(ask.balance(phone)), _soon(ask.services(phone))
    )
    if plan is None or packages is None or balance is None or services is None:
        return {"phone": phone, "known": False}
    return {
        "phone": phone,
        "known": True,
        "tariff": {"names": plan.tariff.names, "fee": float(plan.tariff.fee), "next_fee_on": f"{plan.next_fee_on}"},
        "balance": {"amount": float(balance.amount), "blocked": balance.blocked},
        "packages": [
            {"unit": one.unit, "for": one.counts_for, "left": _number(one.left), "total": _number(one.total)}
            for one in packages
        ],
        "services": [one.service.names for one in services],
    }


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
