"""An agent types: the person sees it in a messenger too, which the app learns by its socket."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic

from bot.database import TRANSIENT
from bot.parts import Bot

log = logging.getLogger(__name__)

EVERY = 4.0  # seconds; Telegram shows it for five
MOST = 200  # chats at once; what comes on top is not shown


class AgentTyping:
    """`tell` is called by the desk as often as it likes; the messenger hears at most once in EVERY of one chat."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._told: dict[int, float] = {}
        self._asked: asyncio.Queue[tuple[int, int]] = asyncio.Queue(MOST)

    def tell(self, conversation_id: int, agent_id: int) -> None:
        now = monotonic()
        if now - self._told.get(conversation_id, -EVERY) < EVERY or self._asked.full():
            return
        self._told = {one: at for one, at in self._told.items() if now - at < EVERY} | {conversation_id: now}
        self._asked.put_nowait((conversation_id, agent_id))

    async def run(self) -> None:
        """Supervised for ever."""
        while True:
            conversation_id, agent_id = await self._asked.get()
            try:
                await self._show(conversation_id, agent_id)
            except TRANSIENT as problem:
                log.debug("typing not shown", extra={"cause": type(problem).__name__})

    async def _show(self, conversation_id: int, agent_id: int) -> None:
        async with self._bot.db.transaction() as tx:
            where = await tx.fetchrow(
                "SELECT k.channel, k.address FROM conversation c JOIN contact k ON k.id = c.contact_id"
                " WHERE c.id = $1 AND c.agent_id = $2",
                conversation_id,
                agent_id,
            )
        channel = self._bot.push.get(where["channel"]) if where else None
        if where and channel:
            await channel.typing(where["address"])
