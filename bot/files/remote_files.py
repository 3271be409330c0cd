"""Files that are still with the messenger they came by: fetched once, when somebody first opens them.

Away     its channel cannot be reached now; asking again can help
"""

from __future__ import annotations

import asyncio
import logging
from weakref import WeakValueDictionary

from bot.files import store as files
from bot.files.file_types import Unfit
from bot.files.store import StoredFile
from bot.messages import ChannelError, PushChannel, Refused, TooLarge
from bot.parts import Bot

log = logging.getLogger(__name__)

FETCH_TIMEOUT = 30.0  # seconds for one try
PAUSES = (0.0, 0.5, 2.0)  # seconds before each try
AT_ONCE = 4


class Away(Exception):
    pass


class RemoteFiles:
    """One per process; two who open the same file wait for one fetch."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._room = asyncio.Semaphore(AT_ONCE)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def at_hand(self, file: StoredFile) -> StoredFile:
        """The file as it is once its bytes are ours, or known to be lost. Raises Away, NoSuchFile."""
        if file.state != "remote":
            return file
        lock = self._locks.setdefault(file.id, asyncio.Lock())
        async with lock, self._room:
            async with self._bot.db.transaction() as tx:
                file = await files.load(tx, file.id)
            if file.state == "remote":
                await self._bring(file)
            async with self._bot.db.transaction() as tx:
                return await files.load(tx, file.id)

    async def _bring(self, file: StoredFile) -> None:
        try:
            found = await files.examined(await self._fetch(file), file.name)
        except TooLarge:
            await self._give_up(file, "file_too_big")
        except Refused as refused:
            log.info("files: cannot be had", extra={"conversation": file.conversation_id, "why": str(refused)})
            await self._give_up(file, "file_gone")
        except Unfit as unfit:
            await self._give_up(file, unfit.code)
        else:
            async with self._bot.db.transaction() as tx:
                await files.arrived(tx, file.id, found)

    async def _fetch(self, file: StoredFile) -> bytes:
        channel = await self._channel_of(file)
        for pause in PAUSES:
            await asyncio.sleep(pause)
            try:
                return await asyncio.wait_for(channel.fetch(file.source or ""), FETCH_TIMEOUT)
            except Refused:
                raise
            except (ChannelError, TimeoutError) as problem:
                log.warning("files: not fetched", extra={"conversation": file.conversation_id, "why": str(problem)})
        raise Away

    async def _channel_of(self, file: StoredFile) -> PushChannel:
        async with self._bot.db.transaction() as tx:
            name = await tx.fetchval(
                "SELECT k.channel FROM contact k JOIN conversation c ON c.contact_id = k.id WHERE c.id = $1",
                file.conversation_id,
            )
        channel = self._bot.push.get(name)
        if channel is None:
            raise Away  # the channel is switched off for now
        return channel

    async def _give_up(self, file: StoredFile, problem: str) -> None:
        async with self._bot.db.transaction() as tx:
            await files.lost(tx, file.id, problem)
