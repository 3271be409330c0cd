"""The messengers that are switched on, alike to app.py; another one is another package like handlers/max."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from bot import i18n
from bot.desk.suggestions import suggest
from handlers.max import Max

if TYPE_CHECKING:
    from aiohttp import web

    from bot.messages import Incoming, PushChannel
    from bot.parts import Bot


class Messenger(Protocol):
    """A messenger's door as the application holds it."""

    @property
    def channel(self) -> PushChannel: ...
    @property
    def trouble(self) -> str:
        """Why no updates can reach us; empty while they can."""

    def normalise(self, payload: bytes) -> Incoming | None: ...
    def routes(self) -> list[web.RouteDef]: ...
    async def run(self) -> None: ...
    def leave(self) -> None:
        """From now on updates are our successor's."""

    async def close(self) -> None: ...


def messengers(bot: Bot) -> list[Messenger]:
    """Those whose token is set."""
    doors: list[Messenger] = []
    if bot.settings.telegram_token:
        from handlers.telegram import Telegram  # costs a second and 35 MB

        doors.append(Telegram(bot.settings, bot.db, i18n, partial(suggest, bot)).with_forum(bot))
    if bot.settings.max_token:
        doors.append(Max(bot.settings, bot.db))
    return doors


def leave(doors: Iterable[Messenger]) -> None:
    for door in doors:
        door.leave()
