"""The unread webhook: a signed POST to the one address that the settings name; its other side is docs/embedding.md.

Redirects are not followed: they would carry a subscriber's number to an address that nobody has allowed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable

import aiohttp

from bot.running.unread_news import Answer
from bot.unread import Notice
from handlers.frames import millis

WITHIN = 8.0  # seconds
LONGEST_WAIT = 3600.0


class UnreadHook:
    def __init__(self, url: str, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._url, self._secret, self._clock = url, secret.encode(), clock
        self._http: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._http:
            await self._http.close()

    async def tell(self, notice: Notice) -> Answer:
        """2xx: told. 410: gone. 429 and 503 may ask for a pause. Anything else: failed, to be tried again."""
        self._http = self._http or aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=WITHIN))
        body = _body(notice)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "support-chat",
            "Support-Signature": signature(self._secret, int(self._clock()), body),
        }
        try:
            async with self._http.post(self._url, data=body, headers=headers, allow_redirects=False) as answer:
                return _judged(answer.status, answer.headers.get("Retry-After", ""))
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            return Answer("failed", type(problem).__name__)


def signature(secret: bytes, at: int, body: bytes) -> str:
    """`t=<Unix seconds>,v1=<HMAC-SHA256 of "<t>.<body>", hex>`: the moment is signed too, against replays."""
    return f"t={at},v1={hmac.new(secret, b'%d.%b' % (at, body), hashlib.sha256).hexdigest()}"


def _body(notice: Notice) -> bytes:
    told = {"id": notice.id, "subscriber": notice.subscriber, "unread": notice.unread, "at": millis(notice.at)}
    return json.dumps(told, separators=(",", ":")).encode()


def _judged(status: int, retry_after: str) -> Answer:
    if 200 <= status < 300:
        return Answer("told")
    if status == 410:
        return Answer("gone")
    wait = float(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 6 else 0.0
    return Answer("failed", f"HTTP {status}", min(wait, LONGEST_WAIT))
