"""Who is let into the in-app chat: keys, tokens and their times, origins."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import aiohttp
import jwt
import pytest
import pytest_asyncio

from bot.config import InappKey
from faq.knowledge import Knowledge
from tests.in_app import (
    ANNA,
    DEMO_KEY,
    PARTNER,
    PRIVATE,
    PUBLIC,
    SECRET,
    Client,
    ahead,
    bearer,
    closed_with,
    frame_of,
    said,
    token,
)
from tests.world import World


@pytest_asyncio.fixture
async def chat(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    """The product with keys of both algorithms and one partner's origin, without Telegram."""
    keys = {"shared": InappKey("HS256", SECRET), "signed": InappKey("EdDSA", PUBLIC)}
    async with World(fresh_dsn, knowledge, telegram=False, inapp_keys=keys, inapp_origins=(PARTNER,)) as world:
        yield world


FORGERIES = {
    "nothing": lambda: "",
    "rubbish": lambda: "eyJhbGciOiJub25lIn0.e30.",
    "no signature": lambda: token().rpartition(".")[0] + ".",
    "alg none": lambda: token(key=None, alg="none"),
    "another key": lambda: token(key="x" * 40),
    "no kid": lambda: token(kid=None),
    "unknown kid": lambda: token(kid="nobody"),
    "another kid's key": lambda: token(kid="shared"),
    "the public key as a shared secret": lambda: _confused(),
    "HS512 under an HS256 kid": lambda: token(alg="HS512", key=DEMO_KEY * 2),
    "expired": lambda: token(iat=ahead(-400), exp=ahead(-61)),
    "valid for an hour": lambda: token(exp=ahead(3600)),
    "valid for eleven minutes": lambda: token(exp=ahead(660)),
    "from the future": lambda: token(iat=ahead(120), exp=ahead(300)),
    "not yet valid": lambda: token(nbf=ahead(120)),
    "no exp": lambda: token(exp=None),
    "no iat": lambda: token(iat=None),
    "exp as text": lambda: token(exp="tomorrow"),
    "exp as truth": lambda: token(exp=True),
    "exp beyond time": lambda: token(exp=10**18),
    "no sub": lambda: token(sub=None),
    "sub is no phone": lambda: token(sub="anna"),
    "sub is a list": lambda: token(sub=[ANNA]),
    "too long": lambda: token(name="x" * 5000),
    "an unknown critical header": lambda: jwt.encode(
        {"sub": ANNA, "iat": ahead(0), "exp": ahead(300)},
        DEMO_KEY,
        headers={"kid": "demo", "crit": ["b64"], "b64": False},
    ),
}


def _confused() -> str:
    """Signed with HS256 by the text of the EdDSA kid's public key; PyJWT refuses to make such a token, so by hand."""
    import base64
    import hashlib
    import hmac

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    head = part(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "signed"}).encode())
    claims = part(json.dumps({"sub": ANNA, "iat": ahead(0), "exp": ahead(300)}).encode())
    return f"{head}.{claims}." + part(hmac.new(PUBLIC.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest())


async def test_only_a_token_of_a_known_key_and_a_short_life_opens_the_chat(chat: World) -> None:
    http = chat.session()
    for kind, forge in FORGERIES.items():
        signed = forge()
        async with http.get("/api/v1/events?last=5", headers=bearer(signed)) as answer:
            assert (answer.status, (await answer.json())["error"]["code"]) == (401, "token"), kind
        async with http.post(
            "/api/v1/send", json={"cid": str(uuid4()), "text": "пустите"}, headers=bearer(signed)
        ) as no:
            assert no.status == 401, kind
    assert await chat.ask("SELECT count(*) FROM contact") == 0
    for signed in (
        token(),
        token("shared", SECRET),
        token("signed", PRIVATE, "EdDSA"),
        token(iat=ahead(-300), exp=ahead(-30)),  # within the minute that clocks may differ
        token(lang="klingon", name=["not", "text"]),
    ):
        async with http.get("/api/v1/events?last=5", headers=bearer(signed)) as answer:
            assert answer.status == 200, await answer.text()


async def test_pages_of_foreign_origins_get_nothing(chat: World) -> None:
    http, signed = chat.session(), bearer(token())
    for origin, allowed in (("https://evil.example", False), ("null", False), (PARTNER, True), (chat.url, True)):
        async with http.get("/api/v1/events?last=1", headers={**signed, "Origin": origin}) as answer:
            assert answer.status == (200 if allowed else 403), origin
        async with said(http, {"text": "привет"}, token(), Origin=origin) as answer:
            assert answer.status == (200 if allowed else 403), origin
        if allowed:
            ws = await Client(http).open(Origin=origin)
            assert (await frame_of(ws))["t"] == "ready"
            await ws.close()
        else:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await Client(http).open(Origin=origin)
            assert refused.value.status == 403
    async with http.post(
        "/api/v1/agent/login", json={"login": "anna", "password": "x"}, headers={"Origin": PARTNER}
    ) as no:
        assert no.status == 403, "a partner may embed the chat, not act for an agent"
    async with http.post("/api/v1/agent/login", json={"login": "anna", "password": "x"}) as no:
        assert (no.status, (await no.json())["error"]["code"]) == (403, "foreign_origin")


async def test_a_socket_ends_with_its_token_unless_a_fresh_one_comes(chat: World) -> None:
    http = chat.session()
    nearly_over = token(iat=ahead(-300), exp=ahead(-58))  # the minute of leeway ends in two seconds
    left, renewed = await Client(http).open(nearly_over), await Client(http).open(nearly_over)
    for ws in (left, renewed):
        assert (await frame_of(ws))["t"] == "ready"
    await renewed.send_json({"t": "auth", "token": token()})
    assert await closed_with(left) == 4401
    await renewed.send_json({"t": "ping", "n": 1})
    assert (await frame_of(renewed))["t"] == "pong"
