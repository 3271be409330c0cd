"""Files to and from MAX: a file of ours is uploaded for a token that the message carries; theirs come by link.

https://dev.max.ru/docs-api/methods/POST/uploads; right after an upload MAX may still say `attachment.not.ready`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote, urlsplit

from bot.messages import Attachment, ChannelError, InDoubt, Refused
from handlers.max.api import MaxApi, NotReady
from handlers.max.incoming import VIDEO
from handlers.reading import Object, table

ReadFile = Callable[[str], Awaitable[bytes]]  # the bytes of a file of ours by its id; empty when it is gone

DOWNLOAD_LIMIT = 20 * 1024 * 1024  # bytes, as with Telegram, whatever MAX would give out
PAUSES = (0.5, 1.0, 2.0, 4.0)  # seconds before the message is tried again while MAX digests a file
_TYPES = {"photo": "image", "video": "video", "audio": "audio", "voice": "audio"}
_SIZES = ("mp4_720", "mp4_480", "mp4_360", "mp4_1080", "mp4_240", "mp4_144")


class Files:
    def __init__(self, api: MaxApi, read_file: ReadFile) -> None:
        self._api = api
        self._read = read_file

    async def attached(self, file: Attachment) -> Object:
        """The attachment that a message can carry. Raises ChannelError."""
        content = await self._read(file.id)
        if not content:
            raise Refused("the file is gone")
        try:
            try:
                return await self._upload(_TYPES.get(file.kind, "file"), file, content)
            except Refused:
                # A picture or sound that MAX will not show as one still arrives as a file.
                return await self._upload("file", file, content)
        except InDoubt as lost:  # nobody has seen it: another upload doubles nothing
            raise ChannelError(f"upload: {lost}") from None

    async def _upload(self, kind: str, file: Attachment, content: bytes) -> Object:
        place = await self._api.call("POST", "uploads", query={"type": kind})
        url = place.get("url")
        if not isinstance(url, str) or not self._api.may_visit(url):
            raise ChannelError("no place to upload to")
        name = file.name or f"file.{file.type.rpartition('/')[2]}"
        taken = await self._api.upload(url, name, content)
        if photos := table(taken.get("photos")):
            return {"type": kind, "payload": {"photos": photos}}
        # Of video and audio the token may come with the place already.
        token = taken.get("token") or place.get("token")
        if not isinstance(token, str) or not token:
            raise Refused("no token for the file")
        return {"type": kind, "payload": {"token": token}}

    async def when_ready(self, send: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        """Raises ChannelError."""
        for pause in PAUSES:
            try:
                return await send()
            except NotReady:
                await asyncio.sleep(pause)
        return await send()

    async def fetch(self, reference: str) -> bytes:
        """Raises TooLarge, Refused, ChannelError."""
        url: object = reference
        if reference.startswith(VIDEO):
            path = f"videos/{quote(reference.removeprefix(VIDEO), safe='')}"
            urls = table((await self._api.call("GET", path)).get("urls"))
            url = next((urls[size] for size in _SIZES if urls.get(size)), None)
        if not isinstance(url, str) or not self._api.may_visit(url) or not urlsplit(url).path:
            raise Refused("no link to the file")
        return await self._api.download(url, DOWNLOAD_LIMIT)
