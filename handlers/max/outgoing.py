"""A Reply -> messages of MAX: styles as HTML that nothing of ours can break, buttons as an attachment."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from html import escape
from typing import Any

from bot.messages import Abilities, Entity, Reply
from handlers.keyboard import rows_of
from handlers.max.api import MaxApi
from handlers.max.files import DOWNLOAD_LIMIT, Files, ReadFile
from handlers.max.incoming import CHANNEL
from handlers.splitting import split, units

LIMIT = 3500  # UTF-16 units; MAX takes 4000 signs with the marks of styles
LABEL = 128
_TAGS = {"bold": ("<b>", "</b>"), "code": ("<code>", "</code>")}


@dataclass
class _Progress:
    """How far a reply of several messages got before something failed."""

    reply: Reply
    sent: list[str] = field(default_factory=list)


class MaxChannel:
    """PushChannel for MAX."""

    name = CHANNEL
    abilities = Abilities(typing=False)  # its API shows typing in groups alone
    fetch_limit = DOWNLOAD_LIMIT

    def __init__(self, api: MaxApi, read_file: ReadFile) -> None:
        self._api = api
        self._files = Files(api, read_file)
        self._unfinished: dict[str, _Progress] = {}

    async def send(self, address: str, reply: Reply) -> str:
        """In as many messages as it takes; their ids, joined by commas. Raises ChannelError."""
        parts = _parts(reply)
        progress = self._unfinished.get(address)
        if progress is None or progress.reply != reply:
            progress = _Progress(reply)
        if len(parts) > 1:
            self._unfinished[address] = progress
        for part in parts[len(progress.sent) :]:
            progress.sent.append(await self._send_part(address, part))
        self._unfinished.pop(address, None)
        return ",".join(progress.sent)

    async def _send_part(self, address: str, part: Reply) -> str:
        body = message_of(part)
        if part.files:
            body["attachments"] = [await self._files.attached(part.files[0]), *body.get("attachments", [])]
        query = {"user_id": address, "disable_link_preview": "true"}
        send = partial(self._api.call, "POST", "messages", query=query, body=body)
        answer = await (self._files.when_ready(send) if part.files else send())
        return str(answer.get("message", {}).get("body", {}).get("mid", ""))

    async def edit(self, address: str, reference: str, reply: Reply) -> None:
        body = message_of(reply) | {"attachments": _keyboard(reply)}  # none given would leave the old buttons
        await self._api.call("PUT", "messages", query={"message_id": reference}, body=body)

    def invitation(self, payload: str) -> str | None:
        return f"https://max.ru/{self._api.name}?start={payload}" if self._api.name else None

    async def typing(self, address: str) -> None:
        """Nothing to call, see `abilities`."""

    async def fetch(self, reference: str) -> bytes:
        return await self._files.fetch(reference)


def _parts(reply: Reply) -> tuple[Reply, ...]:
    """A message for each file; the words with the last one if they fit there, else in messages of their own."""
    if not reply.files:
        return split(reply, LIMIT)
    alone = [Reply("", files=(file,)) for file in reply.files]
    if units(reply.text) <= LIMIT:
        return (*alone[:-1], replace(reply, files=reply.files[-1:]))
    return (*alone, *split(replace(reply, files=()), LIMIT))


def message_of(reply: Reply) -> dict[str, Any]:
    """core: NewMessageBody of the schema."""
    body: dict[str, Any] = {"text": _html(reply.text, reply.entities) or None, "format": "html"}
    if attachments := _keyboard(reply):
        body["attachments"] = attachments
    if reply.reply_to:
        body["link"] = {"type": "reply", "mid": reply.reply_to}
    return body


def _keyboard(reply: Reply) -> list[dict[str, Any]]:
    rows: list[list[dict[str, str]]] = []
    if reply.ask_phone:
        rows.append([{"type": "request_contact", "text": reply.ask_phone[:LABEL]}])
    for row in rows_of(reply.choices):
        rows.append(
            [
                {"type": "link", "text": one.label[:LABEL], "url": one.url}
                if one.url
                else {"type": "callback", "text": one.label[:LABEL], "payload": one.value}
                for one in row
            ]
        )
    return [{"type": "inline_keyboard", "payload": {"buttons": rows}}] if rows else []


def _html(text: str, entities: tuple[Entity, ...]) -> str:
    """Offsets count UTF-16 units, so the cutting is done there; styles of ours never overlap."""
    wide, out, at = text.encode("utf-16-le", "replace"), "", 0
    for one in sorted(entities, key=lambda entity: entity.offset):
        start, end = 2 * one.offset, 2 * (one.offset + one.length)
        if start < at:
            continue
        before, after = _TAGS.get(one.type) or (f'<a href="{escape(one.url)}">', "</a>")
        out += _escaped(wide[at:start]) + before + _escaped(wide[start:end]) + after
        at = end
    return out + _escaped(wide[at:])


def _escaped(wide: bytes) -> str:
    return escape(wide.decode("utf-16-le", "replace"), quote=False)
