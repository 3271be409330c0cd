"""The queue as it is read: who waits, in which place, for how long; what an agent holds. Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.agents import Agent
from bot.database import Tx
from bot.messages import LANGUAGES

# Nobody is told a waiting time that fewer claims than this stand behind.
PACE_SAMPLE = 5


@dataclass(frozen=True)
class Case:
    """A row of the queue or of an agent's own list. `id` is the conversation's."""

    id: int
    handoff_id: int
    language: str  # the person's
    line: str  # the language whose agents may take it
    channel: str
    name: str
    topic: str
    reason: str
    priority: int
    state: str
    agent: str | None
    waiting_s: int  # since the person's oldest unanswered message, or since queued
    position: int  # 1 is next; 0 when no longer waiting
    preview: str
    unread: bool


_CASE = """
    SELECT c.id, h.id AS handoff_id, c.language, h.line, k.channel, coalesce(k.name, '') AS name, h.topic, h.reason,
           h.priority, c.state, a.name AS agent,
           extract(epoch FROM now() - CASE WHEN c.state = 'queued' THEN h.queued_at
                                           WHEN coalesce(c.said_at, h.assigned_at) < c.heard_at THEN c.heard_at
                                           ELSE now() END)::int AS waiting_s,
           CASE WHEN c.state = 'queued' THEN row_number() OVER (
                PARTITION BY h.line, c.state ORDER BY h.priority DESC, h.queued_at, h.id)::int ELSE 0 END AS position,
           coalesce((SELECT e.body->>'text' FROM event e WHERE e.conversation_id = c.id AND e.kind = 'msg'
                        AND e.author_kind IN ('user', 'agent') ORDER BY e.n DESC LIMIT 1), '') AS preview,
           coalesce(c.heard_at > coalesce(c.said_at, h.queued_at), false) AS unread
      FROM handoff h JOIN conversation c ON c.handoff_id = h.id JOIN contact k ON k.id = c.contact_id
           LEFT JOIN agent a ON a.id = c.agent_id
     WHERE h.closed_at IS NULL
"""
_ORDER = " ORDER BY priority DESC, waiting_s DESC, id"


def _case(row: Any) -> Case:
    fields = dict(row)
    return Case(**{**fields, "preview": " ".join(fields["preview"].split())[:120]})


async def waiting(tx: Tx, agent: Agent) -> list[Case]:
    """Who waits on the lines this agent may take from, next first; supervisors see every line."""
    lines = list(LANGUAGES) if agent.role in ("supervisor", "admin") else list(agent.languages)
    rows = await tx.fetch(f"SELECT * FROM ({_CASE} AND c.state = 'queued') q WHERE line = ANY($1){_ORDER}", lines)
    return [_case(row) for row in rows]


async def mine(tx: Tx, agent: Agent) -> list[Case]:
    rows = await tx.fetch(f"SELECT * FROM ({_CASE} AND c.agent_id = $1) q{_ORDER}", agent.id)
    return [_case(row) for row in rows]


async def case_of(tx: Tx, conversation_id: int) -> Case | None:
    """The open case of a conversation; None when no human is asked for in it."""
    row = await tx.fetchrow(f"SELECT * FROM ({_CASE}) q WHERE id = $1", conversation_id)
    return _case(row) if row else None


async def position(tx: Tx, conversation_id: int) -> int:
    """The person's place in their line, 1 is next; 0 when they do not wait."""
    case = await case_of(tx, conversation_id)
    return case.position if case else 0


async def expected_wait(tx: Tx, line: str, place: int) -> timedelta | None:
    """How long the person at this place will wait, by the line's pace of the last two hours; None when unknown."""
    row = await tx.fetchrow(
        """SELECT count(*) AS claims, extract(epoch FROM max(assigned_at) - min(assigned_at))::float AS span
             FROM handoff WHERE line = $1 AND assigned_at > now() - interval '2 hours'""",
        line,
    )
    if row["claims"] < PACE_SAMPLE:
        return None
    return timedelta(seconds=place * row["span"] / (row["claims"] - 1))


async def held(tx: Tx) -> list[Case]:
    """Every chat that an agent holds, who waits for an answer longest first."""
    rows = await tx.fetch(f"SELECT * FROM ({_CASE} AND c.state = 'assigned') q{_ORDER}")
    return [_case(row) for row in rows]
