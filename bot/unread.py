"""What the operator's backend is told so that it can wake the app: somebody has not read what was said to them.

One row is one notice: it survives restarts, is sent by one process at a time and covers everything said up to its
number. The text never leaves us by this way. Nobody is told of a person who has read meanwhile; after "gone" (410)
nothing more is told of a person until their page has been open again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.database import Tx
from bot.messages import IN_APP

GIVE_UP = timedelta(hours=24)  # a push a day late helps nobody
CLAIMED = timedelta(seconds=30)  # longer than a request may take
KEEP = timedelta(days=30)

# Who writes has the chat open, so what was said before their last words is no news, whatever the page has told.
_UNREAD = """
    e.kind = 'msg' AND e.author_kind <> 'user' AND e.seq > c.seen
      AND e.at > coalesce(c.heard_at, '-infinity')
"""
# The bot's words are news when they come by themselves: of the queue, of a close, an announcement. An answer is not
# news to whoever has just asked.
_NEWS = f"{_UNREAD} AND (e.author_kind = 'agent' OR c.heard_at IS NULL OR e.at > c.heard_at + $1::interval)"


# Two halves, because each has its index.
_LATELY = " UNION ALL ".join(
    f"""SELECT * FROM event WHERE kind = 'msg' AND author_kind {which}
           AND at BETWEEN now() - $2::interval AND now() - $1::interval"""
    for which in ("IN ('user', 'bot', 'agent')", "= 'system'")
)


@dataclass(frozen=True)
class Notice:
    """`id` stays the same when it is sent again; `unread` and `at` are of now: the number and the newest of them."""

    id: str
    subscriber: str  # as in the token's `sub`
    unread: int
    at: datetime
    attempts: int
    last_try: bool


@dataclass(frozen=True)
class Backlog:
    waiting: int
    oldest: float  # seconds
    dead: int


async def find(tx: Tx, after: timedelta, within: timedelta) -> int:
    """Write a notice for everybody who has left something unread for `after`; how many.

    Looks at what was said in the last `within`. Two processes may look at once: the second one adds nothing.
    """
    status = await tx.execute(
        f"""INSERT INTO unread_notice (conversation_id, upto)
            SELECT c.id, c.head FROM conversation c JOIN contact k ON k.id = c.contact_id
             WHERE k.channel = $3 AND k.phone IS NOT NULL
               AND c.id IN (
                SELECT e.conversation_id FROM ({_LATELY}) e JOIN conversation c ON c.id = e.conversation_id
                 WHERE {_NEWS}
                   AND NOT EXISTS (SELECT 1 FROM unread_notice u WHERE u.conversation_id = c.id
                        AND (u.state = 'new' OR u.upto >= e.seq
                             OR (u.state = 'gone' AND u.ended_at > coalesce(c.seen_at, '-infinity')))))
            ON CONFLICT DO NOTHING""",
        after,
        within,
        IN_APP,
    )
    return int(str(status).split()[-1])


async def claim(tx: Tx, limit: int, after: timedelta) -> list[Notice]:
    """The oldest notices whose time has come, with what is unread now; those who have read are struck off."""
    await tx.execute(
        """UPDATE unread_notice u SET state = 'read', ended_at = now() FROM conversation c
            WHERE c.id = u.conversation_id AND u.state = 'new' AND c.seen >= u.upto"""
    )
    rows = await tx.fetch(
        f"""WITH mine AS (
              UPDATE unread_notice SET attempts = attempts + 1, next_at = now() + $2
               WHERE id IN (SELECT id FROM unread_notice WHERE state = 'new' AND next_at <= now()
                             ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED)
              RETURNING id, conversation_id, attempts, created_at)
            SELECT m.id::text AS id, k.address AS subscriber, count(e.n) AS unread, max(e.at) AS at, m.attempts,
                   m.created_at < now() - $4::interval AS last_try, bool_or({_NEWS}) AS news
              FROM mine m JOIN conversation c ON c.id = m.conversation_id JOIN contact k ON k.id = c.contact_id
              LEFT JOIN event e ON e.conversation_id = c.id AND {_UNREAD}
             GROUP BY m.id, k.address, m.attempts, m.created_at""",
        after,
        CLAIMED,
        limit,
        GIVE_UP,
    )
    known = [row["id"] for row in rows if not row["news"]]  # they have written meanwhile
    await tx.execute("UPDATE unread_notice SET state = 'read', ended_at = now() WHERE id::text = ANY($1)", known)
    fields = [{name: value for name, value in row.items() if name != "news"} for row in rows if row["news"]]
    return [Notice(**one) for one in fields]


async def ended(tx: Tx, notice: Notice, state: str, error: str | None = None) -> None:
    """`state`: told, gone or dead."""
    await tx.execute(
        "UPDATE unread_notice SET state = $2, ended_at = now(), error = $3 WHERE id = $1::uuid AND state = 'new'",
        notice.id,
        state,
        error,
    )


async def again(tx: Tx, notice: Notice, seconds: float, error: str) -> None:
    """Try again later."""
    await tx.execute(
        """UPDATE unread_notice SET next_at = now() + $2 * interval '1 second', error = $3
            WHERE id = $1::uuid AND state = 'new'""",
        notice.id,
        seconds,
        error,
    )


async def backlog(tx: Tx) -> Backlog:
    row = await tx.fetchrow(
        """SELECT count(*) FILTER (WHERE state = 'new') AS waiting,
                  coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE state = 'new')), 0)::float
                    AS oldest,
                  count(*) FILTER (WHERE state = 'dead') AS dead
             FROM unread_notice"""
    )
    return Backlog(**dict(row))


async def forget_old(tx: Tx) -> None:
    await tx.execute("DELETE FROM unread_notice WHERE ended_at < now() - $1::interval", KEEP)
