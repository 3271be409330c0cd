"""Who an agent is in Telegram: proven by a one-time code from the server's shell, sent to the bot in private."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.database import Database, Tx
from bot.staff import audit
from bot.staff.agents import COLUMNS, VANISHED, Agent, agent_of_row, set_presence
from bot.staff.roster import RosterError

CODE = re.compile(r"desk-[a-z2-7]{20}")
CODE_FOR = timedelta(minutes=15)
SHIFT = timedelta(hours=2)  # at the desk without a page for so long after the last thing done in the group
_SIGNS = "abcdefghijklmnopqrstuvwxyz234567"


async def new_code(dsn: str, by: audit.Outsider, login: str) -> str:
    """A code that binds whoever sends it; one made before is void. Raises RosterError."""
    code = "desk-" + "".join(secrets.choice(_SIGNS) for _ in range(20))
    async with _alone(dsn) as tx:
        await _set(tx, login, "telegram_code_sha256 = $2, telegram_code_until = now() + $3", _hashed(code), CODE_FOR)
        await audit.keep(tx, by, "telegram_code", about=login)
    return code


async def unbind(dsn: str, by: audit.Outsider, login: str) -> None:
    """Nobody in Telegram is this agent any more. Raises RosterError."""
    async with _alone(dsn) as tx:
        nothing = "telegram_id = NULL, telegram_until = NULL, telegram_code_sha256 = NULL, telegram_code_until = NULL"
        await _set(tx, login, nothing)
        await audit.keep(tx, by, "telegram_unbound", about=login)


@asynccontextmanager
async def _alone(dsn: str) -> AsyncIterator[Tx]:
    """A transaction of a shell command, which has no pool."""
    db = Database(dsn, pool_size=2)
    await db.open()
    try:
        async with db.transaction() as tx:
            yield tx
    finally:
        await db.close()


async def _set(tx: Tx, login: str, columns: str, *values: object) -> None:
    working = "disabled_at IS NULL AND role <> 'editor'"
    found = await tx.fetchval(f"UPDATE agent SET {columns} WHERE login = $1 AND {working} RETURNING id", login, *values)
    if found is None:
        raise RosterError("no_such_login", f"{login!r}: no such login that works the queue; `agents list` shows them")


async def bind(tx: Tx, code: str, telegram_id: int) -> Agent | None:
    """Who sent this code is this agent from now on, and no other; None when the code is not good (any more)."""
    login = await tx.fetchval(
        """SELECT login FROM agent WHERE telegram_code_sha256 = $1 AND telegram_code_until > now()
              AND disabled_at IS NULL FOR UPDATE""",
        _hashed(code),
    )
    if login is None:
        return None
    await tx.execute("UPDATE agent SET telegram_id = NULL, telegram_until = NULL WHERE telegram_id = $1", telegram_id)
    await tx.execute(
        """UPDATE agent SET telegram_id = $2, telegram_code_sha256 = NULL, telegram_code_until = NULL,
                  telegram_until = NULL WHERE login = $1""",
        login,
        telegram_id,
    )
    agent = await by_telegram(tx, telegram_id)
    if agent is not None:
        await audit.keep(tx, agent, "telegram_bound", about=login)
    return agent


async def by_telegram(tx: Tx, telegram_id: int) -> Agent | None:
    """The agent who is this person in Telegram, if they still work the queue."""
    row = await tx.fetchrow(
        f"SELECT {COLUMNS} FROM agent a WHERE a.telegram_id = $1 AND a.disabled_at IS NULL AND a.role <> 'editor'",
        telegram_id,
    )
    return agent_of_row(row) if row else None


async def at_work(tx: Tx, agent: Agent, *, asked: bool = False) -> None:
    """They have just done something in the group: they are at the desk, with or without a page. Ring `agents`.

    Who is away by the switch on a page that is open stays so, unless they have `asked` to be online.
    """
    presence = "away" if agent.presence == "away" and not asked and await is_here(tx, agent) else "online"
    await tx.execute("UPDATE agent SET telegram_until = now() + $2 WHERE id = $1", agent.id, SHIFT)
    await set_presence(tx, agent, presence)


async def off_work(tx: Tx, agent: Agent) -> None:
    """They leave the desk, as by the switch on its page. Ring `agents` and `queue`."""
    await tx.execute(
        "UPDATE agent SET telegram_until = NULL WHERE id = $1",
        agent.id,
    )
    await set_presence(tx, agent, "offline")


async def keep_seen(tx: Tx) -> None:
    """Who works from the group has no page that says so every few seconds."""
    await tx.execute(
        """UPDATE agent SET seen_at = now()
            WHERE telegram_until > now() AND presence = 'online' AND disabled_at IS NULL
              AND seen_at < now() - interval '20 seconds'"""
    )


async def is_here(tx: Tx, agent: Agent) -> bool:
    """Their page was heard of lately."""
    return bool(
        await tx.fetchval("SELECT 1 FROM agent WHERE id = $1 AND seen_at > now() - $2::interval", agent.id, VANISHED)
    )


def _hashed(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
