"""Raw updates -> the inbox, the same by webhook and by polling. Nothing is understood here, so nothing can break."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prometheus_client import Counter

from bot import inbox
from bot.desk.suggestions import Suggestion
from bot.messages import ChannelError
from handlers.reading import Unusable
from handlers.telegram.aiogram_parts import methods
from handlers.telegram.bot_api import BotApi
from handlers.telegram.incoming import CHANNEL, FORUM, Envelope, Inline, envelope_of
from handlers.telegram.inline import inline_answer

if TYPE_CHECKING:
    from bot.database import Database, Tx

log = logging.getLogger(__name__)

ANSWERS_AT_ONCE = 100  # more presses than this are answered by Telegram's own time-out
ANSWER_TIMEOUT = 5.0
INLINE_WITHIN = 5.0  # the person types on meanwhile

Suggest = Callable[[str, str | None], Awaitable[tuple[Suggestion, ...]]]

_arrived = Counter("bot_telegram_updates", "Updates by what became of them", ["outcome"])


@dataclass(frozen=True)
class Stored:
    """What one update became: `new`, `repeated` or `buried`; `callback` is the press to be answered."""

    outcome: str
    callback: str = ""
    inline: Inline | None = None


class Arrivals:
    def __init__(self, api: BotApi, db: Database, suggest: Suggest) -> None:
        self._api = api
        self._db = db
        self._suggest = suggest
        self.of_forum: Callable[[bytes], Envelope | None] = lambda _payload: None  # what the desk's group takes
        self._answering: set[asyncio.Task[None]] = set()

    async def store(self, tx: Tx, payload: bytes) -> Stored:
        """One update into the inbox, in the caller's transaction; after the commit call `stored`."""
        if desk := self.of_forum(payload):
            return await self._put(tx, FORUM, desk, payload)
        try:
            envelope = envelope_of(payload)
        except Unusable as why:
            return await self.bury(tx, payload, str(why))
        if envelope.inline is not None:
            return Stored("inline", inline=envelope.inline)
        return await self._put(tx, CHANNEL, envelope, payload)

    async def _put(self, tx: Tx, channel: str, envelope: Envelope, payload: bytes) -> Stored:
        new = await inbox.put(
            tx, channel=channel, source=self._api.source, key=envelope.key, lane=envelope.lane, payload=payload
        )
        return Stored("new", envelope.callback) if new else Stored("repeated")

    async def bury(self, tx: Tx, payload: bytes, why: str) -> Stored:
        """A repeat would not help: kept as a dead letter, and Telegram is told that we have it."""
        log.warning("telegram: update cannot be used", extra={"why": why, "bytes": len(payload)})
        await inbox.bury(tx, channel=CHANNEL, source=self._api.source, payload=payload, error=why)
        return Stored("buried")

    def stored(self, batch: Iterable[Stored]) -> None:
        """After the commit: wake the workers, take the hourglass off the pressed buttons."""
        self._db.bell.ring("inbox")
        for one in batch:
            _arrived.labels(one.outcome).inc()
            if one.callback:
                self._start(self._answer(one.callback))
            if one.inline:
                self._start(self._answer_inline(one.inline))

    def _start(self, answer: Coroutine[Any, Any, None]) -> None:
        if len(self._answering) >= ANSWERS_AT_ONCE:
            answer.close()
            return
        task = asyncio.create_task(answer)
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def close(self) -> None:
        """Let the answers under way finish, for a moment."""
        if self._answering:
            _, late = await asyncio.wait(self._answering, timeout=2)
            for task in late:
                task.cancel()

    async def _answer_inline(self, asked: Inline) -> None:
        try:
            found = await asyncio.wait_for(self._suggest(asked.query, asked.language), INLINE_WITHIN)
            await self._api.call(inline_answer(asked, found), ANSWER_TIMEOUT)
        except (ChannelError, TimeoutError) as error:
            log.info("telegram: inline query not answered", extra={"cause": str(error) or type(error).__name__})
        except Exception:  # nobody awaits this task; the person types on and asks again
            log.exception("telegram: inline query failed")

    async def _answer(self, callback: str) -> None:
        try:
            await self._api.call(methods.AnswerCallbackQuery(callback_query_id=callback), ANSWER_TIMEOUT)
        except ChannelError as error:
            log.info("telegram: press not answered", extra={"cause": str(error)})
