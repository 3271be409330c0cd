"""What arrived and is not answered yet.

A row is written before its channel is told that we have it. One lane (one chat) is worked on in order, one message at a
time: only the oldest unanswered row of a lane can be claimed, and it stays claimed by a lease while the answer is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.database import Tx

LEASE = timedelta(seconds=20)
ATTEMPTS = 3  # then it is a dead letter and the lane goes on
KEEP = timedelta(days=7)


@dataclass(frozen=True)
class Letter:
    """A claimed inbox row. `heard_n` is its event when the transcript has it already."""

    id: int
    channel: str
    source: str
    lane: str
    payload: bytes
    heard_n: int | None
    attempts: int
    received_at: datetime


async def put(
    tx: Tx,
    *,
    channel: str,
    source: str,
    key: str,
    lane: str,
    payload: bytes,
    heard_n: int | None = None,
    delay: timedelta = timedelta(0),
) -> bool:
    """Store one message; False if this key was seen before. Ring `inbox` after the commit."""
    done = await tx.execute(
        """INSERT INTO inbox (channel, source, key, lane, payload, heard_n, next_at)
           VALUES ($1, $2, $3, $4, $5, $6, now() + $7::interval)
           ON CONFLICT (channel, source, key) DO NOTHING""",
        channel,
        source,
        key,
        lane,
        payload,
        heard_n,
        delay,
    )
    return str(done) == "INSERT 0 1"


async def bury(tx: Tx, *, channel: str, source: str, payload: bytes, error: str) -> None:
    """Keep what can never be used as a dead letter, for people to look at."""
    await tx.execute(
        """INSERT INTO inbox (channel, source, key, lane, payload, done_at, error)
           VALUES ($1, $2, 'dead:' || gen_random_uuid(), 'dead', $3, now(), $4)""",
        channel,
        source,
        payload[:65536],
        error[:500],
    )


async def claim(tx: Tx, owner: str, limit: int) -> list[Letter]:
    """The oldest waiting row of up to `limit` lanes, leased to `owner`."""
    # Not NOT EXISTS: without statistics that is planned as a join of all waiting rows with all, 1 s for 2,000 of them.
    rows = await tx.fetch(
        """UPDATE inbox SET owner = $1, lease_until = now() + $2, attempts = attempts + 1
            WHERE id IN (
                SELECT i.id FROM inbox i
                 WHERE i.done_at IS NULL AND i.next_at <= now()
                   AND (i.lease_until IS NULL OR i.lease_until < now())
                   AND i.id = (SELECT e.id FROM inbox e WHERE e.lane = i.lane AND e.done_at IS NULL
                                ORDER BY e.id LIMIT 1)
                 ORDER BY i.id LIMIT $3 FOR UPDATE SKIP LOCKED)
            RETURNING id, channel, source, lane, payload, heard_n, attempts, received_at""",
        owner,
        LEASE,
        limit,
    )
    return sorted((Letter(**dict(row)) for row in rows), key=lambda letter: letter.id)


async def heard(tx: Tx, letter_id: int, n: int) -> None:
    await tx.execute("UPDATE inbox SET heard_n = $2 WHERE id = $1", letter_id, n)


async def done(tx: Tx, letter_id: int, owner: str) -> bool:
    """Mark it answered; False if the lease was lost to somebody else meanwhile, then nothing may be written."""
    status = await tx.execute(
        "UPDATE inbox SET done_at = now(), lease_until = NULL, error = NULL"
        " WHERE id = $1 AND owner = $2 AND done_at IS NULL",
        letter_id,
        owner,
    )
    return str(status) == "UPDATE 1"


async def failed(tx: Tx, letter: Letter, error: str) -> bool:
    """Try again later; True if it was the last attempt and the row became a dead letter."""
    over = letter.attempts >= ATTEMPTS
    await tx.execute(
        """UPDATE inbox SET lease_until = NULL, error = $2, next_at = now() + $3 * interval '1 second',
                  done_at = CASE WHEN $4 THEN now() END
            WHERE id = $1""",
        letter.id,
        error[:500],
        float(2 ** (letter.attempts - 1)),
        over,
    )
    return over


async def postpone(tx: Tx, letter: Letter, seconds: float) -> None:
    """The database or the operator was away, the message is not to blame: again later, no attempt counted."""
    await tx.execute(
        """UPDATE inbox SET lease_until = NULL, attempts = attempts - 1,
                  next_at = now() + $2 * interval '1 second' WHERE id = $1""",
        letter.id,
        seconds,
    )


async def free_leases_of_the_dead(tx: Tx, table: str) -> int:
    """Take back what a killed process had claimed: its connections carry its name, and are gone with it."""
    if table not in ("inbox", "outbox"):
        raise ValueError(table)
    state = ", state = CASE WHEN state = 'sending' THEN 'new' ELSE state END" if table == "outbox" else ""
    status = await tx.execute(
        f"""UPDATE {table} t SET lease_until = NULL, owner = NULL{state}
             WHERE t.lease_until IS NOT NULL AND t.owner IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM pg_stat_activity s WHERE s.application_name = 'bot ' || t.owner)"""
    )
    return int(str(status).split()[-1])


async def forget_old(tx: Tx) -> None:
    """Raw payloads are kept for a week, dead letters included."""
    await tx.execute("DELETE FROM inbox WHERE done_at < now() - $1::interval", KEEP)
