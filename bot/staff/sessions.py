"""Logins at the desk: who is let in, for how long, from where, and how a session ends.

TooMany      too many wrong passwords from this account or address; wait `seconds`
Refused      the pair or the code is wrong; nobody is told which
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.database import Database, Tx
from bot.staff import audit, totp
from bot.staff.agents import COLUMNS as AGENT
from bot.staff.agents import Agent, agent_of_row
from bot.staff.audit import Outsider

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
# A whole contact centre may sit behind one address, so a pair is stopped early and each half of it late.
TRIES = 5
TRIES_BY_HALF = 50
TRIES_WITHIN = timedelta(minutes=15)

# 19 MiB, 2 passes: OWASP's choice for argon2id, 50-110 ms here.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class TooMany(Exception):
    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


class Refused(Exception):
    pass


@dataclass(frozen=True)
class Attempt:
    """What somebody typed to get in, and from where. `peer` is the whole address; only its network is kept."""

    login: str
    password: str
    totp: str = ""
    peer: str = ""
    device: str = ""


@dataclass(frozen=True)
class Session:
    """One of an agent's logins. `id` names it to its owner and opens nothing."""

    id: str
    created_at: datetime
    seen_at: datetime
    peer: str
    device: str
    current: bool


def hash_password(password: str) -> str:
    return _hasher.hash(password)


@cache
def _nobodys_hash() -> str:
    """Verified against when the login is unknown, so that both cases take as long."""
    return _hasher.hash(secrets.token_hex(16))


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


async def login(db: Database, attempt: Attempt, now: datetime) -> str:
    """A new session's token. Raises Refused, TooMany."""
    agent_id = await _tried(db, attempt)
    async with db.transaction() as tx:
        try:
            factor = await totp.accept(tx, agent_id, attempt.totp, now)
        except totp.WrongCode:
            raise Refused from None
        await _forgive(tx, attempt.login)
        token, peer = secrets.token_urlsafe(32), audit.shown_address(attempt.peer)
        await tx.execute(
            """INSERT INTO agent_session (token_sha256, agent_id, expires_at, peer, device)
               VALUES ($1, $2, now() + $3::interval, $4, $5)""",
            _sha256(token),
            agent_id,
            LONGEST,
            peer,
            attempt.device[:80],
        )
        agent = await of_session(tx, token)
        if agent is None:  # disabled while the password was being verified
            raise Refused
        details: dict[str, Any] = {} if factor == "none" else {"factor": factor}
        await audit.keep(tx, agent, "login", **details)
        if factor == "recovery":
            await audit.keep(tx, agent, "recovery_used", left=await totp.codes_left(tx, agent_id))
        return token


async def check_password(db: Database, agent: Agent, password: str, peer: str) -> None:
    """The agent proves once more who they are, before what a thief of an open page must not do. Raises as login."""
    await _tried(db, Attempt(agent.login, password, peer=peer))
    async with db.transaction() as tx:
        await _forgive(tx, agent.login)


async def _tried(db: Database, attempt: Attempt) -> int:
    """The agent whose password this is. A try counts before its outcome is known: a hundred at once are a hundred."""
    async with db.transaction() as tx:
        await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 7315002))", attempt.login[:200])
        row = await tx.fetchrow(
            "SELECT id, password_hash FROM agent WHERE login = $1 AND disabled_at IS NULL", attempt.login
        )
        pair, half = await _failures(tx, attempt)
        if pair >= TRIES or half >= TRIES_BY_HALF:
            raise TooMany(int(TRIES_WITHIN.total_seconds()))
        await tx.execute(
            "INSERT INTO login_failure (login, peer) VALUES ($1, $2)", attempt.login[:200], attempt.peer[:100]
        )
        if pair + 1 == TRIES or half + 1 == TRIES_BY_HALF:
            # A login that nobody has may be a password typed into the wrong field: it is not written down.
            who = Outsider(attempt.login if row else "", audit.shown_address(attempt.peer))
            await audit.keep(tx, who, "locked", about=who.login, tries=max(pair, half) + 1)
    stored = row["password_hash"] if row else _nobodys_hash()
    right = await asyncio.to_thread(_verify, stored, attempt.password[:1024])
    if not (right and row):
        raise Refused
    return int(row["id"])


async def _failures(tx: Tx, attempt: Attempt) -> tuple[int, int]:
    """(of this account from this address, of the worse of the two halves)."""
    row = await tx.fetchrow(
        """SELECT count(*) FILTER (WHERE login = $1 AND peer = $2) AS pair,
                  count(*) FILTER (WHERE login = $1) AS account,
                  count(*) FILTER (WHERE peer = $2) AS address
             FROM login_failure WHERE (login = $1 OR peer = $2) AND at > now() - $3::interval""",
        attempt.login[:200],
        attempt.peer[:100],
        TRIES_WITHIN,
    )
    return row["pair"], max(row["account"], row["address"])


async def _forgive(tx: Tx, login: str) -> None:
    await tx.execute("DELETE FROM login_failure WHERE login = $1 OR at < now() - interval '1 day'", login)


def _sha256(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


async def of_session(tx: Tx, token: str) -> Agent | None:
    """Whose session this is, if it is still good; counts as a sign of life."""
    row = await tx.fetchrow(
        f"""UPDATE agent_session s SET seen_at = now() FROM agent a
             WHERE s.token_sha256 = $1 AND s.agent_id = a.id AND s.revoked_at IS NULL AND s.expires_at > now()
               AND s.seen_at > now() - $2::interval AND a.disabled_at IS NULL
            RETURNING {AGENT}, s.peer""",
        _sha256(token),
        IDLE,
    )
    return agent_of_row(row) if row else None


async def was_revoked(tx: Tx, token: str) -> bool:
    """Somebody ended this session, rather than time or its owner's logging out."""
    found = await tx.fetchval(
        """SELECT s.revoked_at IS NOT NULL OR a.disabled_at IS NOT NULL FROM agent_session s
             JOIN agent a ON a.id = s.agent_id WHERE s.token_sha256 = $1""",
        _sha256(token),
    )
    return bool(found)


async def logout(tx: Tx, token: str) -> None:
    """End the session; the last one of an agent also takes them off the desk."""
    agent = await of_session(tx, token)
    if agent is not None:
        await tx.execute("DELETE FROM agent_session WHERE token_sha256 = $1", _sha256(token))
        await _off_the_desk(tx, agent.id)
        await audit.keep(tx, agent, "logout")


async def of_agent(tx: Tx, agent: Agent, token: str) -> list[Session]:
    """The agent's open sessions, newest first; `token` is the one that asks."""
    rows = await tx.fetch(
        """SELECT token_sha256, created_at, seen_at, peer, device FROM agent_session
            WHERE agent_id = $1 AND revoked_at IS NULL AND expires_at > now() AND seen_at > now() - $2::interval
            ORDER BY created_at DESC""",
        agent.id,
        IDLE,
    )
    return [_session(row, _sha256(token)) for row in rows]


def _session(row: Any, current: bytes) -> Session:
    fields = dict(row)
    digest = fields.pop("token_sha256")
    return Session(id=digest[:8].hex(), current=digest == current, **fields)


async def revoke(tx: Tx, agent: Agent, session_id: str) -> bool:
    """End one of the agent's own sessions; False if there is none of that id. Ring `agents` after the commit."""
    ended = await tx.fetchval(
        """UPDATE agent_session SET revoked_at = now() WHERE agent_id = $1 AND revoked_at IS NULL
              AND encode(substr(token_sha256, 1, 8), 'hex') = $2 RETURNING 1""",
        agent.id,
        session_id,
    )
    if ended:
        await _off_the_desk(tx, agent.id)
        await audit.keep(tx, agent, "session_ended", about=agent.login)
    return bool(ended)


async def revoke_others(tx: Tx, agent: Agent, token: str) -> int:
    """End the agent's other sessions; how many. Ring `agents` after the commit."""
    rows = await tx.fetch(
        """UPDATE agent_session SET revoked_at = now() WHERE agent_id = $1 AND token_sha256 <> $2
              AND revoked_at IS NULL AND expires_at > now() RETURNING 1""",
        agent.id,
        _sha256(token),
    )
    if rows:
        await audit.keep(tx, agent, "sessions_ended", about=agent.login, sessions=len(rows))
    return len(rows)


async def forget_old(tx: Tx) -> None:
    """Sessions that ended a day ago tell nothing that the audit does not."""
    await tx.execute("DELETE FROM agent_session WHERE least(revoked_at, expires_at) < now() - interval '1 day'")


async def _off_the_desk(tx: Tx, agent_id: int) -> None:
    await tx.execute(
        """UPDATE agent SET presence = 'offline', presence_at = now() WHERE id = $1 AND presence <> 'offline'
              AND NOT EXISTS (SELECT 1 FROM agent_session
                               WHERE agent_id = $1 AND revoked_at IS NULL AND expires_at > now())""",
        agent_id,
    )


def from_peer(agent: Agent, peer: str) -> Agent:
    """The agent as they speak from this address now, for the audit."""
    return replace(agent, peer=audit.shown_address(peer))
