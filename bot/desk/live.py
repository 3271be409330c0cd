"""The supervisors' live picture: who waits on which line, who works, what is stuck on its way, which FAQ serves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.database import Tx
from bot.messages import LANGUAGES
from bot.parts import Bot
from bot.staff.agents import VANISHED

DEAD_SHOWN = 5
FAQ_ERRORS_SHOWN = 20  # the editors' page has more
WITH_BOT_SHOWN = 50
WITH_BOT_WITHIN = timedelta(minutes=15)


@dataclass(frozen=True)
class Line:
    """One line now. `late` wait past the target; `opens_at` is None while its hours last."""

    line: str
    waiting: int
    held: int
    oldest_at: datetime | None
    late: int
    late_today: int
    online: int
    free: int  # chats that those online could still take
    opens_at: datetime | None


@dataclass(frozen=True)
class AtWork:
    login: str
    name: str
    languages: list[str]
    role: str
    presence: str
    since: datetime | None  # in this presence
    load: int
    capacity: int
    longest_at: datetime | None  # since when they hold the chat they have held longest


@dataclass(frozen=True)
class Stuck:
    """What is on its way: how much, since when the oldest; `dead` is what no further try will help."""

    inbox: int
    inbox_at: datetime | None
    outbox: int
    outbox_at: datetime | None
    dead_in: int
    dead_out: int
    dead: list[dict[str, Any]]  # the newest: conversation, at, error


@dataclass(frozen=True)
class Picture:
    lines: list[Line]
    agents: list[AtWork]
    stuck: Stuck
    faq: dict[str, Any]
    queue_target_s: int


async def picture(bot: Bot) -> Picture:
    async with bot.db.transaction() as tx:
        agents = await _agents(tx)
        lines = await _lines(bot, tx, agents)
        stuck = await _stuck(tx)
    return Picture(lines, agents, stuck, _faq(bot), int(bot.settings.queue_target.total_seconds()))


async def _agents(tx: Tx) -> list[AtWork]:
    """Whoever works the queue; whose page has vanished is offline since it was last heard of."""
    rows = await tx.fetch(
        """SELECT a.login, a.name, a.languages, a.role, a.capacity,
                  CASE WHEN here THEN a.presence ELSE 'offline' END AS presence,
                  CASE WHEN here OR a.presence = 'offline' THEN a.presence_at ELSE a.seen_at END AS since,
                  count(c.id) FILTER (WHERE h.snoozed_until IS NULL)::int AS load, min(h.assigned_at) AS longest_at
             FROM agent a CROSS JOIN LATERAL (SELECT coalesce(a.seen_at > now() - $1::interval, false) AS here) l
                  LEFT JOIN conversation c ON c.agent_id = a.id LEFT JOIN handoff h ON h.id = c.handoff_id
            WHERE a.disabled_at IS NULL AND a.role <> 'editor' GROUP BY a.id, here ORDER BY a.login""",
        VANISHED,
    )
    return [AtWork(**dict(row)) for row in rows]


async def _lines(bot: Bot, tx: Tx, agents: list[AtWork]) -> list[Line]:
    now = bot.clock()
    today = now.astimezone(bot.settings.timezone).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = await tx.fetch(
        """SELECT line, count(*) FILTER (WHERE waits)::int AS waiting,
                  count(*) FILTER (WHERE open AND NOT waits)::int AS held,
                  min(queued_at) FILTER (WHERE waits) AS oldest_at,
                  count(*) FILTER (WHERE waits AND now() - queued_at > $1::interval)::int AS late,
                  count(*) FILTER (WHERE queued_at >= $2
                    AND coalesce(assigned_at, closed_at, now()) - queued_at > $1::interval)::int AS late_today
             FROM (SELECT *, closed_at IS NULL AS open, closed_at IS NULL AND assigned_at IS NULL AS waits
                     FROM handoff WHERE closed_at IS NULL OR queued_at >= $2) h GROUP BY line""",
        bot.settings.queue_target,
        today,
    )
    counted = {row["line"]: dict(row) for row in rows}
    none: dict[str, Any] = {"waiting": 0, "held": 0, "oldest_at": None, "late": 0, "late_today": 0}
    hours = bot.knowledge.catalogue.operator.hours
    found = []
    for line in LANGUAGES:
        online = [one for one in agents if one.presence == "online" and line in one.languages]
        found.append(
            Line(
                **(none | counted.get(line, {}) | {"line": line}),
                online=len(online),
                free=sum(max(0, one.capacity - one.load) for one in online),
                opens_at=None if hours.is_open(line, now) else hours.next_opening(line, now),
            )
        )
    return found


async def _stuck(tx: Tx) -> Stuck:
    row = await tx.fetchrow(
        """SELECT i.count AS inbox, i.oldest AS inbox_at, o.count AS outbox, o.oldest AS outbox_at,
                  (SELECT count(*) FROM inbox WHERE error IS NOT NULL AND done_at IS NOT NULL)::int AS dead_in,
                  (SELECT count(*) FROM outbox WHERE state = 'dead')::int AS dead_out
             FROM (SELECT count(*)::int, min(received_at) AS oldest FROM inbox WHERE done_at IS NULL) i,
                  (SELECT count(*)::int, min(created_at) AS oldest FROM outbox WHERE state IN ('new', 'sending')) o"""
    )
    dead = await tx.fetch(
        """SELECT conversation_id AS conversation, created_at AS at, coalesce(left(error, 120), '') AS error
             FROM outbox WHERE state = 'dead' ORDER BY id DESC LIMIT $1""",
        DEAD_SHOWN,
    )
    return Stuck(**dict(row), dead=[dict(one) for one in dead])


def _faq(bot: Bot) -> dict[str, Any]:
    knowledge = bot.knowledge
    entries = knowledge.catalogue.entries
    phrases = sum(len(asks) for one in entries.values() for asks in one.ask.values())
    errors = (bot.faq_problem() or "").splitlines()
    problem = "\n".join(errors[:FAQ_ERRORS_SHOWN]) or None
    known = {"entries": len(entries), "phrases": phrases, "level": knowledge.level}
    found = [one for one in bot.editions.findings if not one.warning] if bot.editions and problem else []
    said = {
        language: "\n".join(one.said(language) for one in found[:FAQ_ERRORS_SHOWN])
        for language in (LANGUAGES if found else ())
    }
    return {**known, "problem": problem, "said": said, "errors": len(errors)}


@dataclass(frozen=True)
class WithBot:
    """A chat that the bot is answering, as a row of a list."""

    id: int
    name: str
    channel: str
    language: str
    heard_at: datetime
    preview: str


async def with_bot(tx: Tx) -> list[WithBot]:
    """Whom the bot has answered within a quarter of an hour, newest first."""
    rows = await tx.fetch(
        """SELECT c.id, coalesce(k.name, '') AS name, k.channel, c.language, c.heard_at,
                  coalesce((SELECT left(e.body->>'text', 120) FROM event e WHERE e.conversation_id = c.id
                              AND e.kind = 'msg' AND e.author_kind = 'user' ORDER BY e.n DESC LIMIT 1), '') AS preview
             FROM conversation c JOIN contact k ON k.id = c.contact_id
            WHERE c.state = 'bot' AND c.heard_at > now() - $1::interval ORDER BY c.heard_at DESC LIMIT $2""",
        WITH_BOT_WITHIN,
        WITH_BOT_SHOWN,
    )
    return [WithBot(**dict(row)) for row in rows]
