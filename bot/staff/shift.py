"""One agent's shift: what they took, closed and solved, how fast, how people rated them; what they can open again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.database import Tx
from bot.staff.agents import Agent


@dataclass(frozen=True)
class Shift:
    """Since `since`. Medians in seconds and the average of 1-5; None where nothing was measured yet."""

    since: datetime
    taken: int  # chats this agent got, those passed on since excepted
    closed: int
    solved: int
    first_answer_s: int | None  # from the claim to the first words
    handle_s: int | None  # from the claim to the close
    csat: float | None
    rated: int


@dataclass(frozen=True)
class ClosedChat:
    """`id` is the conversation's."""

    id: int
    name: str
    language: str
    channel: str
    topic: str
    outcome: str
    close_reason: str | None
    closed_at: datetime
    rating: int | None


async def shift(tx: Tx, agent: Agent, midnight: datetime) -> Shift:
    """Since going online, but not before `midnight` (of the operator's day); since midnight when not online.

    What was closed by this agent counts where it was closed, whenever it was taken.
    """
    since = await tx.fetchval(
        """SELECT greatest($2::timestamptz, CASE WHEN presence = 'online' THEN presence_at END) FROM agent
            WHERE id = $1""",
        agent.id,
        midnight,
    )
    row = await tx.fetchrow(
        """SELECT count(*) FILTER (WHERE assigned_at >= $2) AS taken,
                  count(*) FILTER (WHERE done) AS closed,
                  count(*) FILTER (WHERE done AND outcome = 'solved') AS solved,
                  percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_reply_at - assigned_at))
                    FILTER (WHERE first_reply_at >= greatest(assigned_at, $2)) AS first_answer_s,
                  percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM closed_at - assigned_at))
                    FILTER (WHERE done) AS handle_s,
                  avg(rating) FILTER (WHERE rated_at >= $2)::float AS csat,
                  count(rating) FILTER (WHERE rated_at >= $2) AS rated
             FROM (SELECT *, closed_at >= $2 AND outcome IN ('solved', 'unsolved') AS done
                     FROM handoff WHERE agent_id = $1) AS mine""",
        agent.id,
        since,
    )
    medians = {name: None if row[name] is None else round(row[name]) for name in ("first_answer_s", "handle_s")}
    return Shift(since, row["taken"], row["closed"], row["solved"], **medians, csat=row["csat"], rated=row["rated"])


async def closed_lately(tx: Tx, agent: Agent, since: datetime) -> list[ClosedChat]:
    """The chats this agent closed after `since` and in which no human has been asked for again, newest first."""
    rows = await tx.fetch(
        """SELECT c.id, coalesce(k.name, '') AS name, c.language, k.channel, h.topic, h.outcome, h.close_reason,
                  h.closed_at, h.rating
             FROM handoff h JOIN conversation c ON c.id = h.conversation_id JOIN contact k ON k.id = c.contact_id
            WHERE h.agent_id = $1 AND h.closed_at > $2 AND h.outcome IN ('solved', 'unsolved')
              AND c.state IN ('bot', 'closed')
              AND h.id = (SELECT max(later.id) FROM handoff later WHERE later.conversation_id = c.id)
            ORDER BY h.closed_at DESC LIMIT 20""",
        agent.id,
        since,
    )
    return [ClosedChat(**dict(row)) for row in rows]
