"""One person's flood: what is too much is kept and not answered, one sentence says so, everybody else is served.

Counted over stored messages, so that replicas and restarts count the same.
"""

from __future__ import annotations

from datetime import timedelta

from bot.database import Tx

MOST = 30  # messages of one person
WITHIN = timedelta(minutes=1)


async def is_too_much(tx: Tx, conversation_id: int) -> bool:
    """The person has just said more than anybody reads and answers in a minute."""
    heard = await tx.fetchval(
        """SELECT count(*) FROM (SELECT 1 FROM event WHERE conversation_id = $1 AND author_kind = 'user'
                                    AND kind = 'msg' AND at > now() - $2::interval LIMIT $3) AS lately""",
        conversation_id,
        WITHIN,
        MOST + 1,
    )
    return bool(heard > MOST)


async def is_news(tx: Tx, conversation_id: int, notice: str) -> bool:
    """They were not told so within the minute that holds too much."""
    told = await tx.fetchval(
        """SELECT 1 FROM event WHERE conversation_id = $1 AND author_kind = 'system' AND body->>'text' = $2
              AND at > now() - $3::interval LIMIT 1""",
        conversation_id,
        notice,
        WITHIN,
    )
    return told is None
