"""A stand-in for MAX's Bot API over real HTTP, as strict as its schema (github.com/max-messenger/api-schema 0.0.33)."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import re
from dataclasses import dataclass, field
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from itertools import count
from time import time
from typing import Any

from aiohttp import web

TOKEN = "f9LHodD0cOI5_stand-in-token-of-the-tests"
NAME = "stand_in_max_bot"
Json = dict[str, Any]
_BODY = {"text", "attachments", "link", "notify", "format"}
_MEDIA = ("image", "video", "audio", "file")
_BUTTONS = {"callback": {"payload"}, "link": {"url"}, "request_contact": set(), "request_geo_location": set()}


class Refused(Exception):
    """400 with the reason."""


class _Tags(HTMLParser):
    """Every tag known and closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("b", "i", "code", "a"):
            raise Refused(f"proto.payload: tag {tag}")
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise Refused("proto.payload: tags do not match")


def check_message(body: Json) -> None:
    if not set(body) <= _BODY or body.get("format") not in (None, "html", "markdown"):
        raise Refused("proto.payload: unknown field")
    text, attachments = body.get("text"), body.get("attachments") or []
    media = [one for one in attachments if one.get("type") in _MEDIA]
    if text is None and not media:
        raise Refused("proto.payload: neither text nor a file")
    if text is not None and (not isinstance(text, str) or not text.strip() or len(text) > 4000):
        raise Refused("proto.payload: text of 1 to 4000 signs")
    tags = _Tags()
    tags.feed(text or "")
    if tags.open:
        raise Refused("proto.payload: tag is not closed")
    for one in (one for one in attachments if one not in media):
        if one.get("type") != "inline_keyboard":
            raise Refused("proto.payload: attachment")
        rows = one["payload"]["buttons"]
        if not rows or len(rows) > 30 or any(not 1 <= len(row) <= 7 for row in rows):
            raise Refused("proto.payload: rows of buttons")
        if any(len(row) > 3 and any(one.get("type") != "callback" for one in row) for row in rows):
            raise Refused("proto.payload: a row has three links at most")
        for button in (button for row in rows for button in row):
            extra = _BUTTONS.get(button.get("type"))
            if extra is None or set(button) != {"type", "text", *extra} or not 1 <= len(button["text"]) <= 128:
                raise Refused("proto.payload: button")
            if len(button.get("payload", "x")) > 1024 or not button.get("payload", "x"):
                raise Refused("proto.payload: payload of a button")


@dataclass
class Heard:
    mid: str
    text: str
    buttons: list[Json] = field(default_factory=list)
    raw: Json = field(default_factory=dict)
    file: tuple[str, bytes] = ("", b"")  # its type and content

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(button["text"] for button in self.buttons)


@dataclass
class MaxPerson:
    """Somebody in a private chat with the bot."""

    server: MaxServer
    id: int
    name: str
    locale: str
    heard: list[Heard] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    _read: int = 0

    def user(self) -> Json:
        return {"user_id": self.id, "first_name": self.name, "name": self.name, "username": None, "is_bot": False}

    async def says(self, text: str, *attachments: Json, **link: Json) -> str:
        mid = f"mid.{next(self.server.ids)}"
        body = {"mid": mid, "seq": 1, "text": text or None, "attachments": list(attachments) or None}
        message = {"sender": self.user(), "recipient": self._chat(), "timestamp": _now(), "body": body, **link}
        self.server.add({"update_type": "message_created", "message": message, "user_locale": self.locale})
        return mid

    async def starts(self, payload: str | None = None) -> None:
        about = {"chat_id": self.id, "user": self.user(), "payload": payload, "user_locale": self.locale}
        self.server.add({"update_type": "bot_started", **about})

    async def shows(self, *pictures: bytes, caption: str = "") -> None:
        """Several pictures are one message here."""
        await self.says(caption, *({"type": "image", "payload": self.server.keeps(one)} for one in pictures))

    async def presses(self, label: str) -> None:
        for heard in reversed(self.heard):
            for button in heard.buttons:
                if button["text"] == label and button["type"] == "callback":
                    callback = {"timestamp": _now(), "callback_id": f"cb.{next(self.server.ids)}", "user": self.user()}
                    self.server.add(
                        {
                            "update_type": "message_callback",
                            "callback": {**callback, "payload": button["payload"]},
                            "message": heard.raw,
                            "user_locale": self.locale,
                        }
                    )
                    return
        raise AssertionError(f"{self.name} sees no button {label!r}")

    async def shares(self, phone: str, *, owner: int | None = None, signed: bool = True) -> None:
        vcf = f"BEGIN:VCARD\r\nVERSION:3.0\r\nTEL;TYPE=cell:{phone.lstrip('+')}\r\nFN:{self.name}\r\nEND:VCARD\r\n"
        proof = hmac.digest(TOKEN.encode(), vcf.encode(), sha256).hex() if signed else "0" * 64
        info = {**self.user(), "user_id": owner or self.id}
        await self.says("", {"type": "contact", "payload": {"vcf_info": vcf, "hash": proof, "max_info": info}})

    async def hears(self, pattern: str, timeout: float = 15.0) -> Heard:  # noqa: ASYNC109
        async with asyncio.timeout(timeout):
            while True:
                for position in range(self._read, len(self.heard)):
                    if re.search(pattern, self.heard[position].text, re.S):
                        self._read = position + 1
                        return self.heard[position]
                self.news.clear()
                await self.news.wait()

    def _chat(self) -> Json:
        return {"chat_id": self.id, "chat_type": "dialog", "user_id": 1}


class MaxServer:
    """`refused` are the calls that a correct bot never makes."""

    def __init__(self) -> None:
        self.people: dict[int, MaxPerson] = {}
        self.ids = count(1)
        self.refused: list[str] = []
        self.updates: list[Json] = []
        self.files: dict[str, bytes] = {}  # by token; those that MAX has digested
        self.places: dict[str, str] = {}  # where a file of which type may be uploaded, once
        self.slow = 0  # so many sends are asked to wait
        self.hook: Json | None = None  # where updates are posted, as subscribed
        self._digesting: set[str] = set()
        self._marker = 0
        self._news = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def __aenter__(self) -> MaxServer:
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/me", self._me)
        app.router.add_get("/updates", self._give)
        app.router.add_post("/messages", self._send)
        app.router.add_put("/messages", self._edit)
        app.router.add_post("/uploads", self._place)
        app.router.add_post("/upload/{place}", self._take)
        app.router.add_get("/file/{token}", self._file)
        app.router.add_post("/subscriptions", self._subscribe)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._news.set()
        if self._runner is not None:
            await self._runner.cleanup()

    def person(self, id: int, name: str = "Анна", locale: str = "ru") -> MaxPerson:
        return self.people.setdefault(id, MaxPerson(self, id, name, locale))

    def add(self, update: Json) -> None:
        self.updates.append({"timestamp": _now(), **update})
        self._news.set()

    async def news(self) -> None:
        self._news.clear()
        await self._news.wait()

    def keeps(self, content: bytes) -> Json:
        """What a message that somebody sends says of a picture."""
        token = f"token.{next(self.ids)}"
        self.files[token] = content
        return {"photo_id": 1, "token": token, "url": f"{self.url}/file/{token}"}

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.path.startswith("/file/"):
            found: web.StreamResponse = await handler(request)
            return found
        if request.headers.get("Authorization") != TOKEN or "access_token" in request.query:
            return web.json_response({"code": "verify.token", "message": "Invalid access_token"}, status=401)
        try:
            response: web.StreamResponse = await handler(request)
            return response
        except Refused as refused:
            self.refused.append(str(refused))
            return web.json_response({"code": "proto.payload", "message": str(refused)}, status=400)

    async def _me(self, _request: web.Request) -> web.Response:
        return web.json_response({"user_id": 1, "first_name": "Бот", "name": "Бот", "username": NAME, "is_bot": True})

    async def _give(self, request: web.Request) -> web.Response:
        self._marker = int(request.query.get("marker", self._marker))
        if self._marker >= len(self.updates):
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), float(request.query.get("timeout", 30)))
        batch = self.updates[self._marker :]
        return web.json_response({"updates": batch, "marker": len(self.updates)})

    async def _place(self, request: web.Request) -> web.Response:
        if (kind := request.query["type"]) not in _MEDIA:
            raise Refused("proto.payload: type of a file")
        place = str(next(self.ids))
        self.places[place] = kind
        return web.json_response({"url": f"{self.url}/upload/{place}"})

    async def _take(self, request: web.Request) -> web.Response:
        kind = self.places.pop(request.match_info["place"], None)
        part = (await request.post()).get("data")
        if kind is None or not isinstance(part, web.FileField):
            raise Refused("one file for one place, in the field data")
        token, content = f"token.{next(self.ids)}", part.file.read()
        if kind == "image" and not content.startswith((b"\xff\xd8", b"\x89PNG")):
            raise Refused("not a picture")
        self.files[token] = content
        self._digesting.add(token)
        return web.json_response({"photos": {"a+b/c=": {"token": token}}} if kind == "image" else {"token": token})

    async def _file(self, request: web.Request) -> web.Response:
        if "Authorization" in request.headers:
            self.refused.append("the token is nobody else's")
        return web.Response(body=self.files[request.match_info["token"]])

    async def _subscribe(self, request: web.Request) -> web.Response:
        body = await request.json()
        if not re.fullmatch(r"[A-Za-z0-9_-]{5,256}", body["secret"]) or not body["url"].startswith("https://"):
            raise Refused("proto.payload: subscription")
        self.hook = body
        self._news.set()
        return web.json_response({"success": True})

    def _media(self, body: Json) -> tuple[str, bytes]:
        for one in body.get("attachments") or []:
            if one["type"] in _MEDIA:
                (carried,) = [photo["token"] for photo in one["payload"].get("photos", {}).values()] or [
                    one["payload"]["token"]
                ]
                return one["type"], self.files[carried]
        return "", b""

    def _digests(self, body: Json) -> bool:
        """Once for each file of ours."""
        waiting = [token for token in self._digesting if f'"{token}"' in json.dumps(body)]
        self._digesting.difference_update(waiting)
        return bool(waiting)

    async def _send(self, request: web.Request) -> web.Response:
        body = await request.json()
        check_message(body)
        if self.slow > 0:
            self.slow -= 1
            return web.json_response({"code": "too.many.requests"}, status=429, headers={"Retry-After": "1"})
        if self._digests(body):
            return web.json_response({"code": "attachment.not.ready", "message": "try later"}, status=400)
        person = self.people.get(int(request.query["user_id"]))
        if person is None:
            return web.json_response({"code": "chat.not.found", "message": "no chat"}, status=404)
        heard = _read(f"mid.{next(self.ids)}", body)
        heard.file = self._media(body)
        person.heard.append(heard)
        person.news.set()
        return web.json_response({"message": heard.raw})

    async def _edit(self, request: web.Request) -> web.Response:
        body = await request.json()
        check_message(body | {"attachments": body.get("attachments") or []})
        for person in self.people.values():
            for position, heard in enumerate(person.heard):
                if heard.mid == request.query["message_id"]:
                    person.heard[position] = _read(heard.mid, body)
                    return web.json_response({"success": True})
        raise Refused("no such message")


def _read(mid: str, body: Json) -> Heard:
    text = unescape(re.sub(r"<[^>]+>", "", body["text"] or ""))
    rows = [row for one in body.get("attachments") or [] for row in one["payload"].get("buttons", ())]
    raw = {
        "sender": {"user_id": 1, "is_bot": True},
        "recipient": {"chat_id": 0, "chat_type": "dialog"},
        "timestamp": _now(),
        "body": {"mid": mid, "seq": 1, "text": text, "attachments": body.get("attachments")},
        **({"link": body["link"]} if "link" in body else {}),
    }
    return Heard(mid, text, [button for row in rows for button in row], raw)


def _now() -> int:
    return int(time() * 1000)
