"""An agent's request: whose session it carries, what their role may do, the core's refusals as HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from aiohttp import web

from bot.files import NoSuchFile
from bot.handoff import Absent, Full, Gone, Held, NotYours
from bot.parts import Bot
from bot.staff import agents, sessions
from bot.staff.agents import Agent
from handlers import auth
from handlers.errors import ApiError, Handler

DESK = frozenset({"agent", "supervisor", "admin"})  # who has a queue
SUPERVISORS = frozenset({"supervisor", "admin"})
OPERATIONS = frozenset({"supervisor", "admin", "editor"})
ANYBODY = DESK | OPERATIONS

AgentHandler = Callable[[web.Request, Agent], Awaitable[web.StreamResponse]]


def for_roles(bot: Bot, roles: frozenset[str], handler: AgentHandler) -> Handler:
    """Only for a live session of one of the roles; 401 without a session, 403 for another role."""

    async def checked(request: web.Request) -> web.StreamResponse:
        agent = await agent_of(request, bot)
        if agent is None:
            raise ApiError(401, "unauthorized")
        if agent.role not in roles:
            raise ApiError(403, "forbidden")
        with core_refusals():
            return await handler(request, agent)

    return checked


async def agent_of(request: web.Request, bot: Bot) -> Agent | None:
    """Whose session the cookie is; a request is a sign of life."""
    token = auth.session_token(request, bot.settings)
    if not token:
        return None
    async with bot.db.transaction() as tx:
        agent = await sessions.of_session(tx, token)
        if agent is None:
            return None
        await agents.seen(tx, agent)
    return sessions.from_peer(agent, peer_of(request, bot))


@contextmanager
def core_refusals() -> Iterator[None]:
    """What the queue refuses, in the words of the contract: who lost a race is told who has the chat."""
    try:
        yield
    except Held as held:
        raise ApiError(409, "held", agent=held.agent) from None
    except Full as full:
        raise ApiError(409, "full_there" if full.agent else "full") from None
    except Absent as absent:
        raise ApiError(409, "absent", agent=absent.agent) from None
    except Gone:
        raise ApiError(409, "gone") from None
    except NotYours:
        raise ApiError(403, "not_yours") from None
    except NoSuchFile:
        raise ApiError(404, "no_such_file") from None


def peer_of(request: web.Request, bot: Bot) -> str:
    """The client's address; a proxy is believed only if it is one of TRUSTED_PROXIES, and only its own last word."""
    peer = request.remote or ""
    if peer in bot.settings.trusted_proxies:
        return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or peer
    return peer


_BROWSERS = (
    ("Edg/", "Edge"),
    ("YaBrowser/", "Yandex"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def device_of(request: web.Request) -> str:
    """Browser and system, so that people recognise their own sessions; nothing finer is kept."""
    said = request.headers.get("User-Agent", "")
    found = [next((name for sign, name in known if sign in said), "") for known in (_BROWSERS, _SYSTEMS)]
    return ", ".join(name for name in found if name)
