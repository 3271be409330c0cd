"""The desk in a Telegram group as app.py holds it: one task that writes what topics lack, and a taker of letters.

One process writes, the one that holds the advisory lock. `trouble` says why the group cannot be used; the queue and
the desk's page go on without it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from bot import files, i18n, inbox
from bot.files.remote_files import Away, RemoteFiles
from bot.forum import STAFF, lines, pack, topics
from bot.forum.topics import Topic
from bot.handoff import HandoffError
from bot.inbox import Letter
from bot.messages import ChannelError, InDoubt, Refused, Reply, SlowDown, Unauthorized
from bot.parts import Bot
from bot.staff import telegram_ids
from handlers.telegram import forum_updates
from handlers.telegram.bot_api import BotApi, GroupMoved
from handlers.telegram.forum_calls import SLOW_BELOW, ForumCalls, is_closed, is_gone, is_shut_out
from handlers.telegram.forum_letters import ForumLetters
from handlers.telegram.incoming import Envelope

if TYPE_CHECKING:
    from bot.database import Tx

log = logging.getLogger(__name__)

STANDBY = 1.0
BREATH = 0.2  # seconds between two looks at a queue that moves all the time
EVERY = 1.0
COLLECT = 5.0  # seconds of what is said go into one message when there is little room
RECHECK = 15.0  # seconds until a group that cannot be used is looked at again
AFTER_FAILURE = 2.0


class Forum:
    """Made by app.py when FORUM_CHAT is set."""

    def __init__(self, bot: Bot, api: BotApi) -> None:
        if bot.settings.forum_chat is None:
            raise ValueError("no desk in a group: FORUM_CHAT is not set")
        self._bot = bot
        self._configured = bot.settings.forum_chat
        self._calls = ForumCalls(api, partial(files.content, bot.db))
        self._calls.chat_id = self._configured
        self._letters = ForumLetters(bot, api, self._calls)
        self._remote = RemoteFiles(bot)
        digest = hashlib.sha256(f"telegram forum {api.source}".encode()).digest()
        self._lock = int.from_bytes(digest[:8], signed=True)
        self._checked = False
        self._failed: dict[int, float] = {}  # cases to let alone until then
        self.trouble = "the group is not looked at yet"

    # ---- what people do there

    def envelope(self, payload: bytes) -> Envelope | None:
        """None for an update that is not the desk's."""
        return forum_updates.envelope_of(payload, (self._configured, self._calls.chat_id))

    async def take(self, letter: Letter) -> None:
        """One letter of the inbox; the worker repeats what fails."""
        done = forum_updates.read(letter.payload, (self._configured, self._calls.chat_id))
        try:
            if done is not None and done.kind in ("press", "code", "words", "edit", "closed"):
                await self._letters.take(letter, done)
                return
        except SlowDown as asked:
            self._calls.pause(asked.seconds)
            async with self._bot.db.transaction() as tx:
                await inbox.postpone(tx, letter, asked.seconds)
            return
        if done is not None and done.kind == "moved":
            await self._move(done.moved_to)
        if done is not None and done.kind == "member":
            self._checked = False  # our rights there have changed
        async with self._bot.db.transaction() as tx:
            await inbox.done(tx, letter.id, self._bot.db.owner)
        self._bot.db.bell.ring("queue")

    # ---- what they see there

    async def run(self) -> None:
        """Supervised for ever: write while we hold the lock, stand by while another process does."""
        while True:
            try:
                async with self._bot.db.pool.acquire(timeout=5) as connection:
                    if await connection.fetchval("SELECT pg_try_advisory_lock($1)", self._lock):
                        await self._lead(connection)
                async with self._bot.db.transaction() as tx:  # the leader may have been told of a new id
                    self._calls.chat_id = await topics.group_of(tx, self._configured)
            except Exception as problem:  # the delivery loop: what was not marked as written is written again
                log.warning("forum: interrupted", exc_info=True, extra={"cause": type(problem).__name__})
            await asyncio.sleep(STANDBY)

    async def _lead(self, connection: Tx) -> None:
        with self._bot.db.bell.listen("queue") as ear:
            while True:
                await connection.fetchval("SELECT 1")  # the lock is ours as long as this connection lives
                await asyncio.sleep(BREATH)
                pause = await self._round()
                await ear.wait(pause)

    async def _round(self) -> float:
        """One look at everything that is due; the longest that may pass until the next."""
        try:
            if not self._checked and not await self._check():
                return RECHECK
            return await self._write_due()
        except SlowDown as asked:
            self._calls.pause(asked.seconds)
            return asked.seconds
        except GroupMoved as moved:
            await self._move(moved.chat_id)
        except (Unauthorized, Refused, ChannelError) as problem:
            if is_shut_out(problem) or isinstance(problem, Unauthorized):
                self._tell_trouble(f"FORUM_CHAT {self._calls.chat_id}: {problem}")
                self._checked = False
            log.warning("forum: not written", extra={"cause": type(problem).__name__, "why": str(problem)})
            return AFTER_FAILURE if self._checked else RECHECK
        return 0.0

    async def _check(self) -> bool:
        async with self._bot.db.transaction() as tx:
            self._calls.chat_id = await topics.group_of(tx, self._configured)
        trouble = await self._calls.trouble()
        self._checked = not trouble
        self._tell_trouble(trouble)
        return self._checked

    def _tell_trouble(self, trouble: str) -> None:
        if trouble and trouble != self.trouble:
            log.error("forum: the group cannot be used", extra={"why": trouble})
        self.trouble = trouble

    async def _move(self, chat_id: int) -> None:
        async with self._bot.db.transaction() as tx:
            await topics.group_moved(tx, self._configured, chat_id)
        self._calls.chat_id, self._checked = chat_id, False
        log.warning("forum: the group has another id now", extra={"chat": chat_id})

    async def _write_due(self) -> float:
        async with self._bot.db.transaction() as tx:
            await telegram_ids.keep_seen(tx)
            await topics.open_new(tx, self._calls.chat_id)
            due = await topics.due(tx)
            forgotten = await topics.erased(tx, self._calls.chat_id)
        for thread_id in forgotten[: self._calls.room()]:
            await self._forget(thread_id)
        waits = False
        self._failed = {case: until for case, until in self._failed.items() if until > monotonic()}
        for topic in due:
            if self._calls.room() < 2:
                return max(EVERY, min(self._calls.left(), 5.0))
            if self._collects(topic) or self._failed.get(topic.handoff_id, 0.0) > monotonic():
                waits = True
                continue
            try:
                await self._write(topic)
            except InDoubt as problem:  # it may be this topic only: the others go on
                self._failed[topic.handoff_id] = monotonic() + AFTER_FAILURE
                log.warning("forum: not written", extra={"case": topic.handoff_id, "why": str(problem)})
        return EVERY if waits or not due else 0.0

    def _collects(self, topic: Topic) -> bool:
        """With little room left, what is said within a few seconds goes into one message."""
        goes_on = topic.pack_id is not None and topic.shown == topic.state
        return goes_on and self._calls.room() < SLOW_BELOW and topic.quiet_s < COLLECT

    async def _write(self, topic: Topic) -> None:
        """The next thing that this topic lacks; one deleted or closed by hand is mended."""
        try:
            if topic.pack_id is None or topic.thread_id is None:
                await self._begin(topic)
            elif topic.until > topic.mirrored_n:
                await self._mirror(topic, topic.thread_id)
            elif topic.over:
                await self._close(topic, topic.thread_id, topic.pack_id)
            else:
                choices = pack.buttons(self._bot, topic)
                await self._calls.buttons(topic.pack_id, Reply("", choices=choices))
                async with self._bot.db.transaction() as tx:
                    await topics.shows(tx, topic)
        except HandoffError:
            log.info("forum: the chat is gone", extra={"case": topic.handoff_id})
        except Refused as refused:
            await self._mend(topic, refused)

    async def _begin(self, topic: Topic) -> None:
        """The topic, then its first message."""
        first = await pack.first(self._bot, topic)
        thread_id = topic.thread_id
        if thread_id is None:
            thread_id = await self._calls.create(first.title, "urgent" if topic.urgent else topic.language)
            async with self._bot.db.transaction() as tx:
                await topics.made(tx, topic, thread_id, first.title)
            if topic.made:  # one that replaces another shows more of what was said
                first = await pack.first(self._bot, replace(topic, made=topic.made + 1))
        topic = replace(topic, offered=first.offered)
        choices = pack.buttons(self._bot, topic)
        pack_id = await self._calls.post(thread_id, replace(first.reply, choices=choices))
        async with self._bot.db.transaction() as tx:
            await topics.packed(tx, topic, pack_id, first.upto)

    async def _mirror(self, topic: Topic, thread_id: int) -> None:
        if title := pack.renamed(topic):
            await self._calls.rename(thread_id, title)
            async with self._bot.db.transaction() as tx:
                await topics.named(tx, topic, title)
        async with self._bot.db.transaction() as tx:
            message = await lines.next_message(tx, topic)
        message_id = None
        if message.reply is not None and message.edits is not None:
            await self._calls.edit(message.edits, message.reply)
        elif message.reply is not None:
            message_id = await self._calls.post(thread_id, await self._with_files(message.reply))
        async with self._bot.db.transaction() as tx:
            await topics.mirrored(tx, topic, message.upto, message_id, message.shows)

    async def _with_files(self, reply: Reply) -> Reply:
        """Only with files whose bytes we have; of the others the topic says that the desk's page shows them."""
        kept = []
        for one in reply.files:
            try:
                async with self._bot.db.transaction() as tx:
                    file = await files.load(tx, one.id)
                file = await self._remote.at_hand(file)
            except (Away, files.NoSuchFile):
                continue
            if file.state == "kept":
                kept.append(replace(one, kind=file.kind, type=file.type, size=file.size, name=file.name))
        if kept or not reply.files:
            return replace(reply, files=tuple(kept))
        return replace(reply, text=f"{reply.text} {i18n.text(STAFF, 'forum.file_at_desk')}".strip(), files=())

    async def _close(self, topic: Topic, thread_id: int, pack_id: int) -> None:
        await self._calls.buttons(pack_id, Reply(""))
        await self._calls.close(thread_id)
        async with self._bot.db.transaction() as tx:
            await topics.closed(tx, topic)

    async def _mend(self, topic: Topic, refused: Refused) -> None:
        """Raises what concerns more than this topic."""
        if isinstance(refused, GroupMoved) or is_shut_out(refused):
            raise refused
        if is_closed(refused) and topic.thread_id is not None:
            await self._calls.reopen(topic.thread_id)
            return
        async with self._bot.db.transaction() as tx:
            if is_gone(refused):
                again = await topics.gone(tx, topic)
                log.warning("forum: a topic was deleted", extra={"case": topic.handoff_id, "again": again})
            elif topic.pack_id is not None and topic.until > topic.mirrored_n:
                # Never accepted as it is: the desk's page has it, the topic goes on behind it.
                await topics.mirrored(tx, topic, topic.mirrored_n + 1)
                log.error("forum: a message was refused", extra={"case": topic.handoff_id, "why": str(refused)})
            else:
                await topics.closed(tx, topic)
                log.error("forum: a topic was refused", extra={"case": topic.handoff_id, "why": str(refused)})

    async def _forget(self, thread_id: int) -> None:
        """Of somebody who is erased nothing stays in the group either."""
        try:
            await self._calls.delete(thread_id)
        except Refused as refused:
            if not is_gone(refused):
                raise
        async with self._bot.db.transaction() as tx:
            await topics.erased_done(tx, self._calls.chat_id, thread_id)
