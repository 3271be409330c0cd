"""Delivers the outbox to the messengers we must push to.

Telegram has no idempotency key: a send whose answer we never saw is repeated, and counted in `in_doubt`. A 429 holds
back that chat, or every chat when two are hit within a second.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping
from dataclasses import replace
from time import monotonic
from typing import Any

from prometheus_client import Counter, Histogram

from bot import contacts, i18n, outbox, transcript
from bot.database import TRANSIENT, Database, Tx
from bot.messages import ChannelError, InDoubt, PushChannel, Refused, Reply, SlowDown, Unauthorized, Unreachable
from bot.outbox import Parcel

log = logging.getLogger(__name__)

_seconds = Histogram(
    "bot_send_seconds",
    "How long sends took",
    ["channel"],
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 3, 10),
)
_sends = Counter("bot_sends", "Sends by what became of them", ["result"])
_slowed = Counter("bot_slow_down_seconds", "Seconds that channels asked us to wait", ["channel"])

SEND_TIMEOUT = 10.0
PER_SECOND = 25.0  # Telegram allows about 30 a second over all chats
PER_CHAT = 1.0  # and one a second in a chat,
BURST = 3  # short bursts excepted
# Each send under way at a kill may be doubled. Two carry 25 a second at 80 ms each, all that Telegram lets through.
AT_ONCE = 2
FILES_AT_ONCE = 3  # besides those two, so that a film on its way does not hold up everybody's words
FILE_TIMEOUT = 60.0
FILE_LEASE = 90.0  # seconds


class _Pace:
    """Token buckets: one for the bot, one per chat; and the pauses that Telegram asked for."""

    def __init__(self) -> None:
        self._all = PER_SECOND
        self._all_at = monotonic()
        self._chats: dict[str, tuple[float, float]] = {}
        self._paused: dict[str, float] = {}
        self._everyone_until = 0.0
        self._last_flood = ("", 0.0)

    def room(self) -> int:
        """How many sends may start now over all chats."""
        now = monotonic()
        self._all = min(PER_SECOND, self._all + (now - self._all_at) * PER_SECOND)
        self._all_at = now
        return 0 if now < self._everyone_until else int(self._all)

    def held_back(self) -> list[str]:
        """The chats that must wait; forgets those that need not."""
        now = monotonic()
        self._paused = {chat: until for chat, until in self._paused.items() if until > now}
        self._chats = {chat: (left, at) for chat, (left, at) in self._chats.items() if now - at < BURST / PER_CHAT + 1}
        empty = (chat for chat, (left, at) in self._chats.items() if left + (now - at) * PER_CHAT < 1)
        return [*self._paused, *empty]

    def spend(self, chat: str) -> None:
        now = monotonic()
        left, at = self._chats.get(chat, (float(BURST), now))
        self._chats[chat] = (min(float(BURST), left + (now - at) * PER_CHAT) - 1, now)
        self._all -= 1

    def pause(self, chat: str, seconds: float) -> None:
        now = monotonic()
        self._paused[chat] = now + seconds
        other, at = self._last_flood
        if other not in ("", chat) and now - at < 1:
            self._everyone_until = now + seconds
        self._last_flood = (chat, now)


class Sender:
    """Delivers the outbox; one task per process. Unauthorized turns `healthy` off until a send succeeds."""

    def __init__(self, db: Database, channels: Mapping[str, PushChannel]) -> None:
        self._db = db
        self._channels = channels
        self._pace = _Pace()
        self._sending: set[asyncio.Task[None]] = set()
        self._uploading: set[asyncio.Task[None]] = set()
        self.healthy = True

    async def run(self) -> None:
        """Supervised for ever; a cancelled run lets the sends in flight finish."""
        try:
            with self._db.bell.listen("outbox") as ear:
                while True:
                    started = await self._start_some()
                    if not started:
                        await ear.wait(0.25 if self._pace.held_back() else 1.0)
        finally:
            if under_way := self._sending | self._uploading:
                await asyncio.wait(under_way, timeout=SEND_TIMEOUT + 5)

    async def _start_some(self) -> int:
        if self._room() <= 0:
            await asyncio.wait(self._sending | self._uploading, return_when=asyncio.FIRST_COMPLETED)
        room = min(self._room(), self._pace.room())
        if room <= 0:
            await asyncio.sleep(0.02)
            return 1
        try:
            async with self._db.transaction() as tx:
                parcels = await outbox.claim(tx, self._db.owner, room, self._pace.held_back())
        except TRANSIENT as problem:
            log.warning("outbox: database away", extra={"cause": type(problem).__name__})
            await asyncio.sleep(0.5)
            return 1
        for parcel in parcels:
            self._pace.spend(parcel.address)
            task = asyncio.create_task(self._deliver(parcel))
            (self._uploading if parcel.payload.get("files") else self._sending).add(task)
            task.add_done_callback(self._finished)
        return len(parcels)

    def _room(self) -> int:
        return AT_ONCE - len(self._sending) - max(0, len(self._uploading) - FILES_AT_ONCE)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._uploading.discard(task)
        self._db.bell.sound(["outbox"])  # the next one of this chat may go
        if not task.cancelled() and (problem := task.exception()):
            # The row is still leased; it comes back by itself. What we could not do is write that down.
            log.error("outbox: a delivery ended badly", extra={"cause": type(problem).__name__})

    async def _deliver(self, parcel: Parcel) -> None:
        channel = self._channels.get(parcel.channel)
        began = monotonic()
        try:
            if channel is None:
                raise Refused(f"no channel {parcel.channel}")
            reference = await self._send(channel, parcel)
        except SlowDown as asked:
            _sends.labels("slow_down").inc()
            _slowed.labels(parcel.channel).inc(asked.seconds)
            self._pace.pause(parcel.address, asked.seconds)
            await self._again(parcel, asked.seconds, "asked to slow down", in_doubt=False)
        except Unreachable as gone:
            await self._give_up_on_address(parcel, str(gone))
        except Refused as refused:
            _sends.labels("refused").inc()
            await self._write_off(parcel, str(refused))
        except Unauthorized as refused:
            _sends.labels("unauthorized").inc()
            self.healthy = False
            await self._again(parcel, 30, str(refused), in_doubt=False)
        except (InDoubt, TimeoutError) as unknown:
            _sends.labels("in_doubt").inc()
            await self._again(parcel, _back_off(parcel.attempts), f"in doubt: {unknown}", in_doubt=True)
        except ChannelError as failed:
            _sends.labels("failed").inc()
            await self._again(parcel, _back_off(parcel.attempts), str(failed), in_doubt=False)
        else:
            self.healthy = True
            _seconds.labels(parcel.channel).observe(monotonic() - began)
            _sends.labels("sent").inc()
            await self._sent(parcel, reference)

    async def _send(self, channel: PushChannel, parcel: Parcel) -> str:
        reply, patience = outbox.from_payload(parcel.payload), SEND_TIMEOUT
        if reply.files:
            patience = FILE_TIMEOUT
            async with self._db.transaction() as tx:
                await outbox.lease_longer(tx, parcel.id, FILE_LEASE)
        if reply.files and not channel.abilities.files:
            reply = await self._without_files(parcel, reply)
        if "edits" in parcel.payload:
            async with self._db.transaction() as tx:
                reference = await outbox.reference_of(tx, parcel)
            if reference is None:
                raise Refused("what it changes never arrived")
            if channel.abilities.edits:
                await asyncio.wait_for(channel.edit(parcel.address, reference, reply), patience)
                return reference
        return await asyncio.wait_for(channel.send(parcel.address, reply), patience)

    async def _without_files(self, parcel: Parcel, reply: Reply) -> Reply:
        """For a messenger that takes none: the words, and where the file can be had."""
        language = await self._db.pool.fetchval(
            "SELECT language FROM conversation WHERE id = $1", parcel.conversation_id
        )
        notice = i18n.text(language or "ru", "bot.file_in_app", name=reply.files[0].name)
        return replace(reply, text="\n".join(filter(None, (reply.text, notice))), files=())

    async def _sent(self, parcel: Parcel, reference: str) -> None:
        """Repeats until it is written: a delivered row that looks undelivered would be sent again."""
        for attempt in range(1, 8):
            try:
                # One statement, one round trip: until it is committed, a kill would double this message.
                await self._db.pool.execute(
                    "UPDATE outbox SET state = 'sent', sent_at = now(), lease_until = NULL, error = NULL,"
                    " reference = $2 WHERE id = $1",
                    parcel.id,
                    reference,
                )
                return
            except Exception as problem:  # the delivery loop: whatever it is, the mark must get written
                log.warning("outbox: could not mark as sent", extra={"cause": type(problem).__name__})
                await asyncio.sleep(min(0.2 * 2**attempt, 5))

    async def _again(self, parcel: Parcel, seconds: float, why: str, *, in_doubt: bool) -> None:
        async with self._db.transaction() as tx:
            await outbox.put_off(tx, parcel, seconds, why, in_doubt=in_doubt)

    async def _write_off(self, parcel: Parcel, why: str) -> None:
        """A dead letter, which the desk sees at the message; a change of a message that is gone is nobody's loss."""
        edit = "edits" in parcel.payload
        if not edit:
            log.error("outbox: the channel refuses a message", extra={"outbox": parcel.id, "why": why})
        async with self._db.transaction() as tx:
            await contacts.lock(tx, parcel.conversation_id)
            rows = await tx.fetch(
                "UPDATE outbox SET state = $3, lease_until = NULL, error = $2 WHERE id = $1"
                " RETURNING conversation_id, event_n, payload ? 'edits' AS edit",
                parcel.id,
                why[:500],
                "failed" if edit else "dead",
            )
            await self._tell_desk(tx, rows, "refused")
        self._db.bell.ring(f"conversation:{parcel.conversation_id}")

    async def _tell_desk(self, tx: Tx, rows: list[Any], why: str) -> None:
        """The agents see at which message: it was said, and never arrived."""
        for row in rows:
            if row["event_n"] is not None and not row["edit"]:
                body = {"n": row["event_n"], "why": why}
                await transcript.append(tx, row["conversation_id"], "undelivered", "system", body)

    async def _give_up_on_address(self, parcel: Parcel, why: str) -> None:
        _sends.labels("unreachable").inc()
        async with self._db.transaction() as tx:
            await contacts.lock(tx, parcel.conversation_id)
            await contacts.mark_unreachable(tx, parcel.channel, parcel.address)
            rows = await tx.fetch(
                """UPDATE outbox SET state = 'failed', lease_until = NULL, error = $3
                    WHERE channel = $1 AND address = $2 AND state IN ('new', 'sending')
                    RETURNING conversation_id, event_n, payload ? 'edits' AS edit""",
                parcel.channel,
                parcel.address,
                why[:500],
            )
            await self._tell_desk(tx, rows, "unreachable")
        self._db.bell.ring(f"conversation:{parcel.conversation_id}")


def _back_off(attempts: int) -> float:
    """1, 2, 4 ... 60 s, with up to half of it more by chance so that chats do not return in step."""
    return float(min(2 ** max(0, attempts - 1), 60)) * random.uniform(1, 1.5)
