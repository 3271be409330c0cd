"""The house as it is now, pushed: one picture when a page asks for it, then each that differs from the last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from time import monotonic
from typing import Any

from bot.desk import live
from bot.desk.live import Picture
from bot.parts import Bot
from handlers.frames import millis

AT_MOST_EVERY = 1.0  # seconds: every message in the house rings
LOOK_EVERY = 4.0  # what changes by the clock alone, such as who now waits too long


def picture_json(picture: Picture) -> dict[str, Any]:
    """Moments as milliseconds; ages are for the page to count, so that a quiet house sends nothing."""
    return {name: _plain(value) for name, value in asdict(picture).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return millis(value)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


class LiveFeed:
    """One page's picture; `tell` is called at every wake-up of its socket."""

    def __init__(self, bot: Bot, say: Callable[..., None]) -> None:
        self._bot, self._say = bot, say
        self._told: dict[str, Any] | None = None
        self._due, self._looked = True, 0.0

    @property
    def due_in(self) -> float:
        """Seconds until `tell` has something to do."""
        pause = AT_MOST_EVERY if self._due else LOOK_EVERY
        return max(0.0, self._looked + pause - monotonic())

    async def tell(self, rung: set[str]) -> None:
        self._due = self._due or bool(rung & {"queue", "agents"})
        if self.due_in > 0 and self._told is not None:
            return
        self._due, self._looked = False, monotonic()
        picture = picture_json(await live.picture(self._bot))
        if picture != self._told:
            self._told = picture
            self._say("live", **picture, now=millis(self._bot.clock()))
