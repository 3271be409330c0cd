"""The operations page's data: supervisors see lines, agents, the FAQ's state and what is stuck; editors too."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from bot import desk
from bot.agents import Agent
from bot.parts import Bot
from handlers.frames import millis
from handlers.session import OPERATIONS, for_roles


def add_routes(app: web.Application, bot: Bot) -> None:
    app.router.add_get("/api/v1/ops/overview", for_roles(bot, OPERATIONS, partial(_overview, bot)))


async def _overview(bot: Bot, _request: web.Request, _agent: Agent) -> web.Response:
    return web.json_response({**await desk.overview(bot), "now": millis(bot.clock())})
