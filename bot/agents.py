"""Who may work the queue: logins, sessions, who is at the desk.

TooMany: too many wrong passwords from this account or address; wait `seconds`.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.database import Database, Tx

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
# A whole contact centre may sit behind one address, so a pair is stopped early and each half of it late.
TRIES = 5
TRIES_BY_HALF = 50
TRIES_WITHIN = timedelta(minutes=15)
# Somebody whose page has not been heard of for this long is not at the desk, whatever the switch says.
VANISHED = timedelta(seconds=90)

# 19 MiB, 2 passes: OWASP's choice for argon2id, 50-110 ms here; no more than two at once.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class TooMany(Exception):
    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True)
class Agent:
    id: int
    login: str
    name: str
    languages: tuple[str, ...]
    role: str  # agent, supervisor, admin, editor
    presence: str  # online, away, offline
    capacity: int

    @property
    def works_queue(self) -> bool:
        return self.role != "editor"

    @property
    def first_name(self) -> str:
        return self.name.split()[0]


_COLUMNS = "a.id, a.login, a.name, a.languages, a.role, a.presence, a.capacity"


def _agent(row: object) -> Agent:
    fields = dict(row)  # type: ignore[call-overload]
    return Agent(**{**fields, "languages": tuple(fields["languages"])})


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


async def login(db: Database, login: str, password: str, peer: str) -> str | None:
    """A session token, or None if the pair is wrong, whichever part of it. Raises TooMany."""
    async with db.transaction() as tx:
        if await _too_many_failures(tx, login, peer):
            raise TooMany(int(TRIES_WITHIN.total_seconds()))
        row = await tx.fetchrow("SELECT id, password_hash FROM agent WHERE login = $1 AND disabled_at IS NULL", login)
    stored = row["password_hash"] if row else _nobodys_hash()
    right = await asyncio.to_thread(_verify, stored, password[:1024])
    async with db.transaction() as tx:
        if not (right and row):
            await tx.execute("INSERT INTO login_failure (login, peer) VALUES ($1, $2)", login[:200], peer[:100])
            return None
        await tx.execute("DELETE FROM login_failure WHERE login = $1 OR at < now() - interval '1 day'", login)
        token = secrets.token_urlsafe(32)
        await tx.execute(
            "INSERT INTO agent_session (token_sha256, agent_id, expires_at) VALUES ($1, $2, now() + $3::interval)",
            _sha256(token),
            row["id"],
            LONGEST,
        )
        return token


async def _too_many_failures(tx: Tx, login: str, peer: str) -> bool:
    row = await tx.fetchrow(
        """SELECT count(*) FILTER (WHERE login = $1 AND peer = $2) AS pair,
                  count(*) FILTER (WHERE login = $1) AS account,
                  count(*) FILTER (WHERE peer = $2) AS address
             FROM login_failure WHERE (login = $1 OR peer = $2) AND at > now() - $3::interval""",
        login,
        peer,
        TRIES_WITHIN,
    )
    return bool(row["pair"] >= TRIES or max(row["account"], row["address"]) >= TRIES_BY_HALF)


def _sha256(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


async def of_session(tx: Tx, token: str) -> Agent | None:
    """Whose session this is, if it is still good; counts as a sign of life."""
    row = await tx.fetchrow(
        f"""UPDATE agent_session s SET seen_at = now() FROM agent a
             WHERE s.token_sha256 = $1 AND s.agent_id = a.id AND s.revoked_at IS NULL AND s.expires_at > now()
               AND s.seen_at > now() - $2::interval AND a.disabled_at IS NULL
            RETURNING {_COLUMNS}""",
        _sha256(token),
        IDLE,
    )
    return _agent(row) if row else None


async def logout(tx: Tx, token: str) -> None:
    """End the session; the last one of an agent also takes them off the desk."""
    agent_id = await tx.fetchval(
        "UPDATE agent_session SET revoked_at = now() WHERE token_sha256 = $1 RETURNING agent_id", _sha256(token)
    )
    await tx.execute(
        """UPDATE agent SET presence = 'offline' WHERE id = $1 AND NOT EXISTS (
              SELECT 1 FROM agent_session WHERE agent_id = $1 AND revoked_at IS NULL AND expires_at > now())""",
        agent_id,
    )


async def set_presence(tx: Tx, agent: Agent, presence: str) -> None:
    """Ring `agents` and `queue` after the commit."""
    await tx.execute("UPDATE agent SET presence = $2, seen_at = now() WHERE id = $1", agent.id, presence)


async def seen(tx: Tx, agent: Agent) -> None:
    """The agent's page is alive."""
    await tx.execute("UPDATE agent SET seen_at = now() WHERE id = $1", agent.id)


async def everyone(tx: Tx) -> list[Agent]:
    """All who may log in; whose page has vanished is offline, whatever the switch says."""
    rows = await tx.fetch(
        """SELECT a.id, a.login, a.name, a.languages, a.role, a.capacity,
                  CASE WHEN a.seen_at > now() - $1::interval THEN a.presence ELSE 'offline' END AS presence
             FROM agent a WHERE a.disabled_at IS NULL ORDER BY a.login""",
        VANISHED,
    )
    return [_agent(row) for row in rows]


async def by_login(tx: Tx, login: str) -> Agent | None:
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM agent a WHERE a.login = $1 AND a.disabled_at IS NULL", login)
    return _agent(row) if row else None


async def at_desk(tx: Tx, line: str) -> int:
    """How many agents who speak the line's language are online now."""
    return int(
        await tx.fetchval(
            """SELECT count(*) FROM agent WHERE presence = 'online' AND disabled_at IS NULL AND $1 = ANY(languages)
                  AND role <> 'editor' AND seen_at > now() - $2::interval""",
            line,
            VANISHED,
        )
    )


async def load_of(tx: Tx, agent: Agent) -> int:
    """How many chats the agent holds; the caller's lock on the agent's row keeps it true."""
    return int(await tx.fetchval("SELECT count(*) FROM conversation WHERE agent_id = $1", agent.id))
