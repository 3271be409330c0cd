"""The administration of agents, from the operations page and from `python -m bot agents`; one set of rules for both.

SQLModel does the writing here. Each change and its entry in the audit are one transaction.

RosterError      what was asked cannot be; `code` names why to programs, the text to people at a shell
└── NotAllowed   whoever asks may not do this to that person
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import col, delete, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.database import engine_url
from bot.messages import LANGUAGES
from bot.staff import agents
from bot.staff.audit import ACTIONS, Actor
from bot.staff.sessions import hash_password
from bot.tables import Agent, AgentSession, AgentTotp, Audit, RecoveryCode

ROLES = ("agent", "supervisor", "admin", "editor")
SHORTEST_PASSWORD = 8
LOGIN = r"[A-Za-z0-9_.@-]{1,64}"
CAPACITIES = range(1, 51)


class RosterError(Exception):
    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class NotAllowed(RosterError):
    pass


@dataclass(frozen=True)
class Member:
    """A person with a login, as those see them who manage logins."""

    login: str
    name: str
    languages: tuple[str, ...]
    role: str
    capacity: int
    presence: str
    disabled_at: datetime | None
    sessions: int  # open now
    totp: bool


@dataclass(frozen=True)
class Terms:
    """What is set for an agent; None leaves it as it is, or takes the default for a new one."""

    name: str | None = None
    languages: tuple[str, ...] | None = None
    role: str | None = None
    capacity: int | None = None


@asynccontextmanager
async def _session(dsn: str) -> AsyncIterator[AsyncSession]:
    engine = create_async_engine(engine_url(dsn))
    try:
        async with AsyncSession(engine, expire_on_commit=False) as session:
            yield session
            await session.commit()
    finally:
        await engine.dispose()


async def everyone(dsn: str) -> list[Member]:
    """All logins, the disabled ones last."""
    now = datetime.now(UTC)
    live = (
        select(AgentSession.agent_id, func.count().label("sessions"))
        .where(col(AgentSession.revoked_at).is_(None), col(AgentSession.expires_at) > now)
        .group_by(col(AgentSession.agent_id))
        .subquery()
    )
    found = (
        select(Agent, live.c.sessions, AgentTotp.confirmed_at)
        .join(live, live.c.agent_id == Agent.id, isouter=True)
        .join(AgentTotp, col(AgentTotp.agent_id) == Agent.id, isouter=True)
        .order_by(col(Agent.disabled_at).is_not(None), col(Agent.login))
    )
    async with _session(dsn) as session:
        return [_member(agent, count, totp, now) for agent, count, totp in (await session.exec(found)).all()]


def _member(agent: Agent, sessions: int | None, totp_since: datetime | None, now: datetime) -> Member:
    here = agent.seen_at is not None and now - agent.seen_at < agents.VANISHED
    return Member(
        login=agent.login,
        name=agent.name,
        languages=tuple(agent.languages),
        role=agent.role,
        capacity=agent.capacity,
        presence=agent.presence if here else "offline",
        disabled_at=agent.disabled_at,
        sessions=sessions or 0,
        totp=totp_since is not None,
    )


async def add(dsn: str, by: Actor, login: str, password: str, terms: Terms) -> None:
    """A new login. Raises RosterError, NotAllowed."""
    if not re.fullmatch(LOGIN, login):
        raise RosterError("bad_login", f"{login!r}: a login is Latin letters, digits and . @ - _, at most 64")
    terms = replace(terms, role=terms.role or "agent", languages=terms.languages or ("ru",), name=terms.name or login)
    _check(terms)
    _check_password(password)
    _check_rank(by, login, str(terms.role))
    async with _session(dsn) as session:
        if (await session.exec(select(Agent).where(Agent.login == login))).first():
            raise RosterError("login_taken", f"{login!r} exists already; `agents password {login}` sets a new password")
        session.add(Agent(login=login, password_hash=hash_password(password), **_columns(terms)))
        _keep(session, by, "agent_added", login, **_columns(terms))


async def change(dsn: str, by: Actor, login: str, terms: Terms) -> None:
    """Only what `terms` names. Raises RosterError, NotAllowed."""
    _check(terms)
    async with _session(dsn) as session:
        agent = await _theirs(session, by, login)
        if terms.role is not None and terms.role != agent.role:
            _check_rank(by, login, terms.role)
            _check_not_oneself(by, login)
            await _check_an_admin_stays(session, agent)
        before = {name: value for name, value in _columns(terms).items() if getattr(agent, name) != value}
        for name, value in before.items():
            setattr(agent, name, value)
        session.add(agent)
        if before:
            _keep(session, by, "agent_changed", login, **before)


async def disable(dsn: str, by: Actor, login: str) -> None:
    """The login ends at once, its sessions and open pages with it; housekeeping puts its chats back in their place."""
    async with _session(dsn) as session:
        agent = await _theirs(session, by, login)
        _check_not_oneself(by, login)
        await _check_an_admin_stays(session, agent)
        if agent.disabled_at is None:
            agent.disabled_at = datetime.now(UTC)
            agent.presence = "offline"
            session.add(agent)
            await _revoke(session, agent)
            _keep(session, by, "agent_disabled", login)


async def enable(dsn: str, by: Actor, login: str) -> None:
    async with _session(dsn) as session:
        agent = await _theirs(session, by, login)
        if agent.disabled_at is not None:
            agent.disabled_at = None
            session.add(agent)
            _keep(session, by, "agent_enabled", login)


async def set_password(dsn: str, by: Actor, login: str, password: str) -> None:
    """Also ends the sessions that the old password opened."""
    _check_password(password)
    async with _session(dsn) as session:
        agent = await _theirs(session, by, login)
        agent.password_hash = hash_password(password)
        session.add(agent)
        await _revoke(session, agent)
        _keep(session, by, "password", login)


async def end_sessions(dsn: str, by: Actor, login: str) -> None:
    async with _session(dsn) as session:
        await _revoke(session, await _theirs(session, by, login))
        _keep(session, by, "sessions_ended", login)


async def reset_totp(dsn: str, by: Actor, login: str) -> None:
    """For whoever has lost both telephone and recovery codes; an administrator's to do. Ends their sessions."""
    if _role(by) != "admin":
        raise NotAllowed("not_your_rank", "only an administrator turns off somebody's second factor")
    async with _session(dsn) as session:
        agent = await _theirs(session, by, login)
        await session.exec(delete(RecoveryCode).where(col(RecoveryCode.agent_id) == agent.id))
        await session.exec(delete(AgentTotp).where(col(AgentTotp.agent_id) == agent.id))
        await _revoke(session, agent)
        _keep(session, by, "totp_reset", login)


# ---- what may be


def _role(by: Actor) -> str:
    """Who has a shell on the server may do what an administrator may."""
    return by.role if isinstance(by, agents.Agent) else "admin"


def _check_rank(by: Actor, login: str, role: str) -> None:
    if role == "admin" and _role(by) != "admin":
        raise NotAllowed("not_your_rank", f"{login!r}: only an administrator makes and changes administrators")


def _check_not_oneself(by: Actor, login: str) -> None:
    if by.id is not None and by.login == login:
        raise NotAllowed("not_oneself", "nobody disables themselves or changes their own role")


async def _check_an_admin_stays(session: AsyncSession, agent: Agent) -> None:
    if agent.role != "admin" or agent.disabled_at is not None:
        return
    others = select(Agent).where(Agent.role == "admin", col(Agent.disabled_at).is_(None), Agent.id != agent.id)
    if not (await session.exec(others.with_for_update())).first():
        raise RosterError("last_admin", f"{agent.login!r} is the last administrator; make another one first")


def _check(terms: Terms) -> None:
    if terms.role is not None and terms.role not in ROLES:
        raise RosterError("bad_role", f"{terms.role!r}: a role is one of {', '.join(ROLES)}")
    if terms.languages is not None and (not terms.languages or set(terms.languages) - set(LANGUAGES)):
        raise RosterError("bad_languages", f"languages: give some of {', '.join(LANGUAGES)}, separated by commas")
    if terms.capacity is not None and terms.capacity not in CAPACITIES:
        raise RosterError("bad_capacity", f"{terms.capacity}: an agent holds from 1 to 50 chats at once")
    if terms.name is not None and not (terms.name.strip() and terms.name.isprintable() and len(terms.name) <= 80):
        raise RosterError("bad_name", "a name has 1 to 80 characters, as colleagues and subscribers see it")


def _check_password(password: str) -> None:
    if len(password) < SHORTEST_PASSWORD:
        raise RosterError("weak_password", f"a password has at least {SHORTEST_PASSWORD} characters")


# ---- rows


def _columns(terms: Terms) -> dict[str, Any]:
    given = {name: value for name, value in vars(terms).items() if value is not None}
    return given | ({"languages": list(terms.languages)} if terms.languages else {})


async def _theirs(session: AsyncSession, by: Actor, login: str) -> Agent:
    """The agent, locked, if `by` may change them."""
    agent = (await session.exec(select(Agent).where(Agent.login == login).with_for_update())).first()
    if agent is None:
        raise RosterError("no_such_login", f"{login!r}: there is no such login; `agents list` shows them")
    _check_rank(by, login, agent.role)
    return agent


async def _revoke(session: AsyncSession, agent: Agent) -> None:
    await session.exec(
        update(AgentSession)
        .where(col(AgentSession.agent_id) == agent.id, col(AgentSession.revoked_at).is_(None))
        .values(revoked_at=datetime.now(UTC))
    )


def _keep(session: AsyncSession, by: Actor, action: str, login: str, **details: Any) -> None:
    """The audit's entry as a row of this session; people's names are no business of the audit."""
    if action not in ACTIONS:
        raise ValueError(f"{action!r} is no action of the audit")
    details.pop("name", None)
    row = Audit(agent_id=by.id, actor=by.login, action=action, about=login, peer=by.peer, details=details)
    session.add(row)


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
