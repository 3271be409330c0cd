"""Who may work the queue, which languages they speak, who is at the desk, how many chats they hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot import i18n
from bot.database import Tx

# Somebody whose page has not been heard of for this long is not at the desk, whatever the switch says.
VANISHED = timedelta(seconds=90)


@dataclass(frozen=True)
class Agent:
    id: int
    login: str
    name: str
    languages: tuple[str, ...]
    role: str  # agent, supervisor, admin, editor
    presence: str  # online, away, offline
    capacity: int
    peer: str = ""  # the network this session speaks from, for the audit

    @property
    def works_queue(self) -> bool:
        return self.role != "editor"

    def called(self, language: str) -> str:
        return i18n.called(self.name, language)


COLUMNS = "a.id, a.login, a.name, a.languages, a.role, a.presence, a.capacity"


def agent_of_row(row: Any) -> Agent:
    fields = dict(row)
    return Agent(**{**fields, "languages": tuple(fields["languages"])})


async def set_presence(tx: Tx, agent: Agent, presence: str) -> None:
    """Ring `agents` and `queue` after the commit."""
    await tx.execute(
        """UPDATE agent SET presence = $2, seen_at = now(),
                  presence_at = CASE WHEN presence = $2 THEN presence_at ELSE now() END WHERE id = $1""",
        agent.id,
        presence,
    )


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
    return [agent_of_row(row) for row in rows]


async def by_login(tx: Tx, login: str) -> Agent | None:
    row = await tx.fetchrow(f"SELECT {COLUMNS} FROM agent a WHERE a.login = $1 AND a.disabled_at IS NULL", login)
    return agent_of_row(row) if row else None


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


async def is_at_desk(tx: Tx, agent: Agent) -> bool:
    return bool(
        await tx.fetchval(
            "SELECT 1 FROM agent WHERE id = $1 AND presence = 'online' AND disabled_at IS NULL"
            " AND seen_at > now() - $2::interval",
            agent.id,
            VANISHED,
        )
    )


async def by_id(tx: Tx, agent_id: int) -> Agent:
    return agent_of_row(await tx.fetchrow(f"SELECT {COLUMNS} FROM agent a WHERE a.id = $1", agent_id))


_LOAD = """
    SELECT c.agent_id, count(*) AS chats FROM conversation c JOIN handoff h ON h.id = c.handoff_id
     WHERE c.agent_id IS NOT NULL AND h.snoozed_until IS NULL
"""


async def load_of(tx: Tx, agent: Agent) -> int:
    """How many chats the agent has in hand, those put aside excepted; a lock on the agent's row keeps it true."""
    row = await tx.fetchrow(f"{_LOAD} AND c.agent_id = $1 GROUP BY c.agent_id", agent.id)
    return int(row["chats"]) if row else 0


async def loads(tx: Tx) -> dict[int, int]:
    """The same for every agent who has any."""
    return {row["agent_id"]: int(row["chats"]) for row in await tx.fetch(f"{_LOAD} GROUP BY c.agent_id")}
