"""The figures of one agent's shift: what they took, closed and solved, how fast they were, how people rated them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.agents import Agent
from bot.database import Tx


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
