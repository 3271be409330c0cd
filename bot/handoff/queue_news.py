"""Keeps true what the waiting were told: their place and the expected wait, whenever the queue moves.

In the app by state events, for its banner. In a messenger by editing the one message that told it, so that the chat
is not flooded. Told is only what changed, and to one person at most every TOLD_EVERY.

Who has waited past QUEUE_LIMIT inside the line's hours is told so once, honestly, and marked as missed for the
supervisors. The case stays in the queue and is answered: nothing is closed that nobody has looked at.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from bot import contacts, handoff, outbox, render, transcript
from bot.database import TRANSIENT, Tx
from bot.handoff.cases import case_of
from bot.handoff.reception import keep_told, outlook_of, worded
from bot.messages import IN_APP, LANGUAGES
from bot.parts import Bot

log = logging.getLogger(__name__)

EVERY = 5.0  # seconds: the pace changes without anything having happened
TOLD_EVERY = timedelta(seconds=15)
AT_ONCE = 200  # of those told longest ago; the others come next time
BREATH = 1.0  # seconds between two looks at a queue that moves all the time


async def tell_for_ever(bot: Bot) -> None:
    """Supervised for ever."""
    with bot.db.bell.listen("queue", "agents") as ear:
        while True:
            try:
                await tell_waiting(bot)
                await tell_missed(bot)
            except TRANSIENT as problem:
                log.warning("queue news: database away", extra={"cause": type(problem).__name__})
            await asyncio.sleep(BREATH)
            await ear.wait(EVERY)


async def tell_waiting(bot: Bot) -> list[int]:
    """Whoever's place or wait is another one than they were told; a transaction each. Returns the conversations."""
    async with bot.db.transaction() as tx:
        rows = await tx.fetch(
            """SELECT c.id FROM conversation c JOIN handoff h ON h.id = c.handoff_id
                WHERE c.state = 'queued' AND h.told_at <= now() - $1::interval ORDER BY h.told_at LIMIT $2""",
            TOLD_EVERY,
            AT_ONCE,
        )
    told = []
    for row in rows:
        async with bot.db.transaction() as tx:
            if await _tell(bot, tx, row["id"]):
                told.append(row["id"])
    for conversation_id in told:
        bot.db.bell.ring(f"conversation:{conversation_id}", "outbox")
    return told


async def _tell(bot: Bot, tx: Tx, conversation_id: int) -> bool:
    """Under the conversation's lock, so that of two replicas the second finds it told."""
    conversation = await contacts.lock(tx, conversation_id)
    if conversation is None or conversation.state != "queued" or (case := await case_of(tx, conversation_id)) is None:
        return False
    was = await tx.fetchrow(
        "SELECT told_place, told_minutes, told_n FROM handoff WHERE id = $1 AND told_at <= now() - $2::interval",
        case.handoff_id,
        TOLD_EVERY,
    )
    outlook = await outlook_of(bot, tx, case)
    if was is None or (was["told_place"], was["told_minutes"]) == (outlook.place, outlook.minutes):
        return False
    await keep_told(tx, case.handoff_id, outlook)
    if conversation.channel == IN_APP:
        await handoff.tell_state(tx, conversation_id)
    elif was["told_n"] is not None:
        reply = worded(bot, conversation.language, case, outlook)
        await outbox.put_edit(tx, conversation, was["told_n"], reply)
    return True


async def tell_missed(bot: Bot) -> list[int]:
    """Whoever has waited past the limit while the line was open all that time; told once."""
    hours, now, limit = bot.knowledge.catalogue.operator.hours, bot.clock(), bot.settings.queue_limit
    lines: list[str] = [line for line in LANGUAGES if hours.is_open(line, now) and hours.is_open(line, now - limit)]
    async with bot.db.transaction() as tx:
        missed = await handoff.mark_missed(tx, lines, limit)
        for conversation_id in missed:
            conversation, case = await contacts.load(tx, conversation_id), await case_of(tx, conversation_id)
            if conversation is None or case is None:
                continue
            leave = render.leave(conversation.language, case.handoff_id)
            sorry = render.notice(conversation.language, "bot.waits_too_long", leave, n=case.position)
            await transcript.say(tx, conversation, sorry)
    for conversation_id in missed:
        bot.db.bell.ring(*handoff.rings(conversation_id))
    return missed
