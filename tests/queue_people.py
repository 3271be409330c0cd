"""Agents at the desk and people in the queue, for tests of the queue itself: on a real database, through no door."""

from __future__ import annotations

from itertools import count

from bot import contacts, handoff, transcript
from bot.conversation import Conversation
from bot.database import Database
from bot.staff import agents
from bot.staff.agents import Agent

_addresses = count(1)


async def newcomer(
    db: Database, login: str, languages: list[str], capacity: int = 50, role: str = "agent", presence: str = "online"
) -> Agent:
    """An agent who is at the desk since now."""
    async with db.transaction() as tx:
        await tx.execute(
            "INSERT INTO agent (login, name, password_hash, languages, role, capacity, presence, presence_at, seen_at)"
            " VALUES ($1, initcap($1) || ' Test', 'x', $2, $3, $4, $5, now(), now())",
            login,
            languages,
            role,
            capacity,
            presence,
        )
        found = await agents.by_login(tx, login)
    assert found
    return found


async def waits(db: Database, language: str = "ru", *, priority: int = 0, waited: int = 0) -> Conversation:
    """Somebody who asked for a human `waited` seconds ago."""
    async with db.transaction() as tx:
        opened = await contacts.open(tx, "inapp", f"+7902{next(_addresses):07}", language=language)
        await transcript.append(tx, opened.id, "msg", "user", {"text": "позовите человека"})
        await handoff.ask(tx, opened, topic="human", reason="asked", priority=priority)
        await tx.execute(
            "UPDATE handoff SET queued_at = now() - $2 * interval '1 second' WHERE conversation_id = $1",
            opened.id,
            float(waited),
        )
        return opened


async def takes(db: Database, agent: Agent) -> int | None:
    """The next case of this agent, as the desk's button gives it."""
    async with db.transaction() as tx:
        case = await handoff.claim_next(tx, agent)
    return case.id if case else None
