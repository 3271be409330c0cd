"""Calls of MAX's Bot API: each ends in a result or in an error the core can answer, as in telegram/bot_api.py."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.messages import ChannelError, InDoubt, Refused, SlowDown, TooLarge, Unauthorized, Unreachable

SEND_TIMEOUT = 9.0
UPLOAD_TIMEOUT = 40.0  # seconds; the sender gives a parcel with files 60
DOWNLOAD_TIMEOUT = 25.0
SLOW_DOWN = 1.0  # seconds, when a 429 does not say how long
_GONE = ("chat.denied", "chat.not.found", "user.not.found", "dialog.not.found")


class NotReady(ChannelError):
    """MAX still digests a file that the message carries."""


class MaxApi:
    """`name` is the bot's name in links, once MAX has told it. The token goes to MAX's own API and upload servers."""

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
        status, said, pause = await self._ask(method, f"{self._base}/{path}", seconds, params=query, json=body)
        if status == 200 and isinstance(said, dict) and said.get("success", True) is True:
            return said
        raise _refusal(status, said if isinstance(said, dict) else {}, pause)

    async def upload(self, url: str, name: str, content: bytes) -> dict[str, Any]:
        """To a place that MAX gave for one file; what it answers, if that is JSON. Raises ChannelError."""
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("data", content, filename=name, content_type="application/octet-stream")
        status, said, pause = await self._ask("POST", url, UPLOAD_TIMEOUT, data=form)
        if status == 200:
            return said if isinstance(said, dict) else {}
        raise _refusal(status, said if isinstance(said, dict) else {}, pause)

    async def download(self, url: str, limit: int) -> bytes:
        """A file that somebody sent, asked for without the token. Raises TooLarge, Refused, ChannelError."""
        content = bytearray()
        timeout = aiohttp.ClientTimeout(total=DOWNLOAD_TIMEOUT)
        try:
            async with self._open().get(url, timeout=timeout, allow_redirects=False) as answer:
                if answer.status != 200:
                    kind = ChannelError if answer.status >= 500 else Refused
                    raise kind(f"download: status {answer.status}")
                async for chunk in answer.content.iter_chunked(65536):
                    content += chunk
                    if len(content) > limit:
                        raise TooLarge("over the limit for downloads")
        except (aiohttp.ClientError, TimeoutError) as failed:
            raise ChannelError(f"download: {type(failed).__name__}") from None
        return bytes(content)

    def may_visit(self, url: str) -> bool:
        """Encrypted, or where the API itself is; a link in a message leads nowhere else."""
        there, base = urlsplit(url), urlsplit(self._base)
        return there.scheme == "https" or (there.scheme, there.netloc) == (base.scheme, base.netloc)

    async def _ask(self, method: str, url: str, seconds: float, **what: Any) -> tuple[int, object, str]:
        """Status, JSON or None, and how long MAX wants us to wait."""
        timeout = aiohttp.ClientTimeout(total=seconds)
        headers = {"Authorization": self._token}
        try:
            async with self._open().request(
                method, url, headers=headers, timeout=timeout, allow_redirects=False, **what
            ) as answer:
                raw, status, pause = await answer.read(), answer.status, answer.headers.get("Retry-After", "")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as failed:
            raise ChannelError(type(failed).__name__) from None
        except (aiohttp.ClientError, TimeoutError) as unknown:
            raise InDoubt(type(unknown).__name__) from None
        try:
            return status, json.loads(raw), pause
        except ValueError:
            return status, None, pause

    def _open(self) -> aiohttp.ClientSession:
        self._session = self._session or aiohttp.ClientSession()
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def _refusal(status: int, said: dict[str, Any], pause: str) -> ChannelError:
    code, why = str(said.get("code", "")), str(said.get("message", ""))[:300]
    if code == "attachment.not.ready":
        return NotReady(code)
    if status == 401:
        return Unauthorized(code or "401")
    if status == 429:
        return SlowDown(float(pause) if pause.isdigit() else SLOW_DOWN)
    if status in (403, 404) or code in _GONE:
        return Unreachable(why or code)
    # 200 without JSON: it may have been taken.
    return InDoubt(f"{status} {code}") if status >= 500 or (status == 200 and not said) else Refused(f"{code}: {why}")
