"""The supervisors' live picture: who waits on which line, who works, what is stuck on its way, which FAQ serves."""

from __future__ import annotations

from typing import Any

from bot.agents import everyone, loads
from bot.parts import Bot


async def overview(bot: Bot) -> dict[str, Any]:
    """The live page: lines, agents, the FAQ's edition, what is stuck."""
    async with bot.db.transaction() as tx:
        lines = await tx.fetch(
            """SELECT line, count(*) FILTER (WHERE assigned_at IS NULL) AS waiting,
                      count(*) FILTER (WHERE assigned_at IS NOT NULL) AS held,
                      coalesce(max(extract(epoch FROM now() - queued_at)) FILTER (WHERE assigned_at IS NULL), 0)::int
                        AS longest_s,
                      count(*) FILTER (WHERE assigned_at IS NULL AND now() - queued_at > $1::interval) AS late
                 FROM handoff WHERE closed_at IS NULL GROUP BY line""",
            bot.settings.queue_target,
        )
        load_by = await loads(tx)
        people = await everyone(tx)
        stuck = await tx.fetchrow(
            """SELECT (SELECT count(*) FROM inbox WHERE done_at IS NULL) AS inbox,
                      (SELECT count(*) FROM outbox WHERE state IN ('new', 'sending')) AS outbox,
                      (SELECT count(*) FROM inbox WHERE error IS NOT NULL AND done_at IS NOT NULL) AS dead_in,
                      (SELECT count(*) FROM outbox WHERE state = 'dead') AS dead_out"""
        )
    by_line = {row["line"]: dict(row) for row in lines}
    empty = {"waiting": 0, "held": 0, "longest_s": 0, "late": 0}
    knowledge = bot.knowledge
    phrases = sum(len(asks) for one in knowledge.catalogue.entries.values() for asks in one.ask.values())
    return {
        "lines": [{"line": line} | by_line.get(line, empty) for line in ("ru", "zh")],
        "agents": [
            {
                "login": one.login,
                "name": one.name,
                "languages": list(one.languages),
                "role": one.role,
                "presence": one.presence,
                "load": load_by.get(one.id, 0),
                "capacity": one.capacity,
            }
            for one in people
        ],
        "faq": {
            "entries": len(knowledge.catalogue.entries),
            "phrases": phrases,
            "level": knowledge.level,
            "problem": bot.faq_problem(),
        },
        "stuck": dict(stuck),
        "queue_target_s": int(bot.settings.queue_target.total_seconds()),
    }
