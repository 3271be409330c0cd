"""An operator's app as a program: tokens it signs, requests it makes, a socket that keeps its place by number."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import aiohttp
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ANNA, WANG = "+79000000001", "+79000000002"
DEMO_KEY = "tests-tests-tests-tests-tests-tests"
SECRET = "an-operator-secret-of-forty-bytes-or-so"
PRIVATE = Ed25519PrivateKey.generate()
PUBLIC = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
PARTNER = "https://partner.example"
PATIENCE = 15


def token(kid: str | None = "demo", key: Any = DEMO_KEY, alg: str = "HS256", **changes: Any) -> str:
    now = int(time.time())
    claims: dict[str, Any] = {"sub": ANNA, "iat": now, "exp": now + 300, "lang": "ru"} | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, algorithm=alg, headers={"kid": kid} if kid else None)


def bearer(signed: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {signed}"}


def said(http: aiohttp.ClientSession, body: dict[str, Any], signed: str, **headers: str) -> Any:
    """POST /api/v1/send, to be entered with `async with`."""
    return http.post("/api/v1/send", json={"cid": str(uuid4())} | body, headers=bearer(signed) | headers)


def ahead(seconds: int) -> int:
    return int(time.time()) + seconds


class Client:
    """An app with a socket: keeps its place by number, as the page does."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self.http, self.last, self.seen, self.acks = http, 0, list[dict[str, Any]](), dict[str, int]()

    async def open(self, signed: str | None = None, **headers: str) -> aiohttp.ClientWebSocketResponse:
        ws = await self.http.ws_connect("/ws/v1", headers=headers)
        await ws.send_json(
            {"t": "hello", "v": 1, "token": signed or token(), "subs": [{"conv": "current", "after": self.last}]}
        )
        return ws

    def take(self, frame: dict[str, Any]) -> None:
        if frame["t"] == "ack":
            self.acks[frame["cid"]] = frame["seq"]
        for event in frame.get("items", []):
            assert event["seq"] == self.last + 1, (event["seq"], self.last)
            self.last = event["seq"]
            self.seen.append(event)


async def frame_of(ws: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    message = await ws.receive(timeout=PATIENCE)
    assert message.type is aiohttp.WSMsgType.TEXT, message
    return dict(message.json())


async def closed_with(ws: aiohttp.ClientWebSocketResponse) -> int | None:
    while True:
        message = await ws.receive(timeout=PATIENCE)
        if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING):
            return ws.close_code
