"""Answers the inbox, several lanes at a time; what fails is tried again, set aside, and given to a human."""

from __future__ import annotations

import asyncio
import logging

from bot import contacts, handoff, inbox
from bot.database import TRANSIENT, Tx
from bot.handoff.reception import queue_up
from bot.inbox import Letter
from bot.outcome import QueueUp
from bot.parts import Bot
from bot.turn import incoming_of, take

log = logging.getLogger(__name__)

AT_ONCE = 6


class Worker:
    """Answers the inbox: `take` for up to AT_ONCE lanes at a time."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._taking: set[asyncio.Task[None]] = set()
        self.dead_letters = 0

    async def run(self) -> None:
        """Supervised for ever; a cancelled run lets the turns under way finish."""
        db = self._bot.db
        try:
            with db.bell.listen("inbox") as ear:
                while True:
                    started = await self._start_some()
                    if not started:
                        await ear.wait(1.0)
        finally:
            if self._taking:
                await asyncio.wait(self._taking, timeout=5)

    async def _start_some(self) -> int:
        room = AT_ONCE - len(self._taking)
        if room <= 0:
            await asyncio.wait(self._taking, return_when=asyncio.FIRST_COMPLETED)
            return 1
        try:
            async with self._bot.db.transaction() as tx:
                letters = await inbox.claim(tx, self._bot.db.owner, room)
        except TRANSIENT as problem:
            log.warning("inbox: database away", extra={"cause": type(problem).__name__})
            await asyncio.sleep(0.5)
            return 1
        for letter in letters:
            task = asyncio.create_task(self._take(letter))
            self._taking.add(task)
            task.add_done_callback(self._finished)
        return len(letters)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._taking.discard(task)
        self._bot.db.bell.sound(["inbox"])  # the next message of this lane may go

    async def _take(self, letter: Letter) -> None:
        try:
            other = self._bot.letters.get(letter.channel)
            await (other(letter) if other else take(self._bot, letter))
        except TRANSIENT as problem:
            log.warning("turn: postponed", extra={"inbox": letter.id, "cause": type(problem).__name__})
            await self._write_down(letter, None)
        except Exception as problem:  # the delivery loop: one bad message must not stop the others
            log.exception("turn: failed", extra={"inbox": letter.id, "attempt": letter.attempts})
            await self._write_down(letter, problem)

    async def _write_down(self, letter: Letter, problem: Exception | None) -> None:
        rings: tuple[str, ...] = ()
        try:
            async with self._bot.db.transaction() as tx:
                if problem is None:
                    await inbox.postpone(tx, letter, 1.0)
                elif await inbox.failed(tx, letter, f"{type(problem).__name__}: {problem}"):
                    self.dead_letters += 1
                    rings = await _handed_over(self._bot, tx, letter)
        except TRANSIENT:
            log.warning("turn: the lease will bring it back", extra={"inbox": letter.id})
        self._bot.db.bell.ring(*rings)


async def _handed_over(bot: Bot, tx: Tx, letter: Letter) -> tuple[str, ...]:
    """As _to_human; when even that fails the letter is still set aside, and its chat goes on."""
    try:
        async with tx.transaction():
            return await _to_human(bot, tx, letter)
    except TRANSIENT:
        raise
    except Exception:  # the delivery loop, as above
        log.exception("turn: not handed over", extra={"inbox": letter.id})
        return ()


async def _to_human(bot: Bot, tx: Tx, letter: Letter) -> tuple[str, ...]:
    """We could not answer this message at all: a person must, rather than nobody. What to ring after the commit."""
    incoming = incoming_of(bot, letter) if letter.heard_n is not None else None
    if incoming is None or incoming.shared:
        return ()
    conversation = await contacts.open(tx, incoming.channel, incoming.address, language=incoming.language)
    if conversation.held_by_bot:
        await queue_up(bot, tx, conversation, QueueUp("human", "failed"))
    return handoff.rings(conversation.id)
