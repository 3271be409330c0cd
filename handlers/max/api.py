"""Calls of MAX's Bot API: each ends in a result or in an error the core can answer, as in telegram/bot_api.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp

from bot.messages import ChannelError, InDoubt, Refused, SlowDown, Unauthorized, Unreachable

SEND_TIMEOUT = 9.0
SLOW_DOWN = 1.0  # seconds, when a 429 does not say how long
_GONE = ("chat.denied", "chat.not.found", "user.not.found", "dialog.not.found")


class MaxApi:
    """`name` is the bot's name in links, once MAX has told it."""

    def __init__(self, token: str, base_url: str) -> None:
        self._token, self._base = token, base_url
        self._session: aiohttp.ClientSession | None = None
        self.name = ""

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        seconds: float = SEND_TIMEOUT,
    ) -> dict[str, Any]:
        """The JSON object of the answer. Raises ChannelError; its text never has the token."""
        self._session = self._session or aiohttp.ClientSession(headers={"Authorization": self._token})
        timeout = aiohttp.ClientTimeout(total=seconds)
        try:
            async with self._session.request(
                method, f"{self._base}/{path}", params=query, json=body, timeout=timeout
            ) as answer:
                said = await answer.json(content_type=None)
                status, pause = answer.status, answer.headers.get("Retry-After", "")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as failed:
            raise ChannelError(type(failed).__name__) from None
        except (aiohttp.ClientError, TimeoutError, ValueError) as unknown:
            raise InDoubt(type(unknown).__name__) from None
        if status == 200 and isinstance(said, dict) and said.get("success", True) is True:
            return said
        raise _refusal(status, said if isinstance(said, dict) else {}, pause)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def _refusal(status: int, said: dict[str, Any], pause: str) -> ChannelError:
    code, why = str(said.get("code", "")), str(said.get("message", ""))[:300]
    if status == 401:
        return Unauthorized(code or "401")
    if status == 429:
        return SlowDown(float(pause) if pause.isdigit() else SLOW_DOWN)
    if status in (403, 404) or code in _GONE:
        return Unreachable(why or code)
    return InDoubt(f"{status} {code}") if status >= 500 else Refused(f"{code}: {why}")
