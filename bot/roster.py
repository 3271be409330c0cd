"""The administration of agents: `python -m bot agents add|list|disable|password`. SQLModel does the writing here.

RosterError says what is wrong with what was asked.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.database import engine_url
from bot.messages import LANGUAGES
from bot.sessions import hash_password
from bot.tables import Agent, AgentSession

ROLES = ("agent", "supervisor", "admin", "editor")
SHORTEST_PASSWORD = 8


class RosterError(Exception):
    pass


@asynccontextmanager
async def _session(dsn: str) -> AsyncIterator[AsyncSession]:
    engine = create_async_engine(engine_url(dsn))
    try:
        async with AsyncSession(engine, expire_on_commit=False) as session:
            yield session
            await session.commit()
    finally:
        await engine.dispose()


async def add(dsn: str, *, login: str, name: str, languages: list[str], role: str, password: str) -> None:
    if not re.fullmatch(r"[\w.@-]{1,64}", login):
        raise RosterError(f"{login!r}: a login is letters, digits and . @ - _, at most 64")
    if role not in ROLES:
        raise RosterError(f"{role!r}: a role is one of {', '.join(ROLES)}")
    unknown = [language for language in languages if language not in LANGUAGES]
    if unknown or not languages:
        raise RosterError(f"languages: give some of {', '.join(LANGUAGES)}, separated by commas")
    _check_password(password)
    async with _session(dsn) as session:
        if (await session.exec(select(Agent).where(Agent.login == login))).first():
            raise RosterError(f"{login!r} exists already; `agents password {login}` sets a new password")
        hashed = hash_password(password)
        session.add(Agent(login=login, name=name, languages=languages, role=role, password_hash=hashed))


async def everyone(dsn: str) -> list[Agent]:
    async with _session(dsn) as session:
        return list((await session.exec(select(Agent).order_by(Agent.login))).all())


async def disable(dsn: str, login: str) -> None:
    """The login ends at once, its sessions and open pages with it."""
    async with _session(dsn) as session:
        agent = await _find(session, login)
        agent.disabled_at = datetime.now(UTC)
        agent.presence = "offline"
        session.add(agent)
        await _revoke(session, agent)


async def set_password(dsn: str, login: str, password: str) -> None:
    """Also ends the sessions that the old password opened."""
    _check_password(password)
    async with _session(dsn) as session:
        agent = await _find(session, login)
        agent.password_hash = hash_password(password)
        session.add(agent)
        await _revoke(session, agent)


def _check_password(password: str) -> None:
    if len(password) < SHORTEST_PASSWORD:
        raise RosterError(f"a password has at least {SHORTEST_PASSWORD} characters")


async def _find(session: AsyncSession, login: str) -> Agent:
    agent = (await session.exec(select(Agent).where(Agent.login == login))).first()
    if agent is None:
        raise RosterError(f"{login!r}: there is no such login; `agents list` shows them")
    return agent


async def _revoke(session: AsyncSession, agent: Agent) -> None:
    await session.exec(
        update(AgentSession).where(col(AgentSession.agent_id) == agent.id).values(revoked_at=datetime.now(UTC))
    )


async def ensure(dsn: str, people: tuple[tuple[str, str, list[str], str], ...], password: str) -> None:
    """The demo's cast exists and has this password; (login, name, languages, role) each."""
    _check_password(password)
    hashed = hash_password(password)
    async with _session(dsn) as session:
        for login, name, languages, role in people:
            found = (await session.exec(select(Agent).where(Agent.login == login))).first()
            agent = found or Agent(login=login, name=name, languages=languages, role=role, password_hash=hashed)
            agent.password_hash = hashed
            session.add(agent)
