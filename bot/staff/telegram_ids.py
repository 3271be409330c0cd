"""Who an agent is in Telegram: proven by a one-time code from the server's shell, sent to the bot in private."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta

from bot.database import Database, Tx
from bot.staff import audit
from bot.staff.agents import COLUMNS, Agent, agent_of_row
from bot.staff.roster import RosterError

CODE = re.compile(r"desk-[a-z2-7]{20}")
CODE_FOR = timedelta(minutes=15)
SHIFT = timedelta(hours=2)  # at the desk without a page for so long after the last thing done in the group
_SIGNS = "abcdefghijklmnopqrstuvwxyz234567"


async def new_code(dsn: str, by: audit.Outsider, login: str) -> str:
    """A code that binds whoever sends it; one made before is void. Raises RosterError."""
    code = "desk-" + "".join(secrets.choice(_SIGNS) for _ in range(20))
    db = Database(dsn, pool_size=2)
    await db.open()
    try:
        async with db.transaction() as tx:
            made = await tx.fetchval(
                """UPDATE agent SET telegram_code_sha256 = $2, telegram_code_until = now() + $3
                    WHERE login = $1 AND disabled_at IS NULL AND role <> 'editor' RETURNING id""",
                login,
                _hashed(code),
                CODE_FOR,
            )
            if made is None:
                raise RosterError(
                    "no_such_login", f"{login!r}: no such login that works the queue; `agents list` shows them"
                )
            await audit.keep(tx, by, "telegram_code", about=login)
    finally:
        await db.close()
    return code


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


async def at_work(tx: Tx, agent: Agent) -> None:
    """They have just done something in the group: they are at the desk, with or without a page. Ring `agents`."""
    await tx.execute(
        """UPDATE agent SET telegram_until = now() + $2, seen_at = now(),
                  presence_at = CASE WHEN presence = 'online' THEN presence_at ELSE now() END, presence = 'online'
            WHERE id = $1""",
        agent.id,
        SHIFT,
    )


async def off_work(tx: Tx, agent: Agent) -> None:
    """They leave the desk, as by the switch on its page. Ring `agents` and `queue`."""
    await tx.execute(
        "UPDATE agent SET telegram_until = NULL, presence = 'offline', presence_at = now() WHERE id = $1", agent.id
    )


async def keep_seen(tx: Tx) -> None:
    """Who works from the group has no page that says so every few seconds."""
    await tx.execute(
        """UPDATE agent SET seen_at = now()
            WHERE telegram_until > now() AND presence = 'online' AND disabled_at IS NULL
              AND seen_at < now() - interval '20 seconds'"""
    )


def _hashed(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
