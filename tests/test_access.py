"""Every door of the product against everybody who may knock: only the named ones are let in.

The doors come from the router itself, so a new one without a line in DOORS fails here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio

from bot.staff import roster
from bot.staff.audit import Outsider
from bot.staff.roster import Terms
from faq.knowledge import Knowledge
from tests import samples
from tests.world import CAST, PASSWORD, InApp, World, a_world

OURS = {"Sec-Fetch-Site": "same-origin"}
REFUSED = (401, 403, 404)

EVERYBODY = {"anonymous", "subscriber A", "subscriber B", "agent", "editor", "supervisor", "admin", "ex-agent"}
SUBSCRIBERS = {"subscriber A", "subscriber B"}
STAFF = {"agent", "editor", "supervisor", "admin"}
DESK = STAFF - {"editor"}
OPERATIONS = STAFF - {"agent"}
SUPERVISORS = {"supervisor", "admin"}
ADMINS = {"admin"}


@dataclass(frozen=True)
class Door:
    """Who may enter, and a call that succeeds or fails for another reason than who asks."""

    allowed: set[str]
    body: dict[str, Any] = field(default_factory=dict)
    query: str = ""


_AGENT, _TALK, _OPS = "/api/v1/agent", "/api/v1/agent/conversations/{id}", "/api/v1/ops"
_LOGIN = f"{_OPS}/agents/{{login}}"

DOORS = {
    ("GET", "/"): Door(EVERYBODY),
    ("GET", "/healthz"): Door(EVERYBODY),
    ("GET", "/readyz"): Door(EVERYBODY),
    ("GET", "/metrics"): Door(EVERYBODY),  # on this machine; see test_monitoring
    ("GET", "/openapi.json"): Door(EVERYBODY),
    ("GET", "/favicon.ico"): Door(EVERYBODY),
    ("GET", "/chat"): Door(EVERYBODY),
    ("GET", "/chat.js"): Door(EVERYBODY),
    ("GET", "/console"): Door(EVERYBODY),  # the pages hold nothing; what they show comes through the doors below
    ("GET", "/ops"): Door(EVERYBODY),
    ("GET", "/demo"): Door(EVERYBODY),
    ("GET", "/assets/{path}"): Door(EVERYBODY),
    ("GET", "/i18n/{language}/{name}.json"): Door(EVERYBODY),
    ("GET", "/ws/v1"): Door(EVERYBODY),  # who one is is told inside; see the tests of the sockets
    ("GET", "/api/demo/cast"): Door(EVERYBODY),
    ("GET", "/api/demo/cast/{phone}"): Door(EVERYBODY),
    ("POST", "/api/demo/token"): Door(EVERYBODY, {"phone": "+79000000001"}),
    ("POST", "/api/v1/send"): Door(SUBSCRIBERS, {"cid": str(uuid4()), "text": "привет"}),
    ("POST", "/api/v1/read"): Door(SUBSCRIBERS, {"upto": 1}),
    ("GET", "/api/v1/events"): Door(SUBSCRIBERS, query="after=0"),
    ("GET", "/api/v1/link"): Door(SUBSCRIBERS),
    ("POST", "/api/v1/link"): Door(SUBSCRIBERS),
    ("DELETE", "/api/v1/link"): Door(SUBSCRIBERS),
    ("POST", "/api/v1/visitor"): Door(EVERYBODY),
    ("POST", "/api/v1/visitor/join"): Door(SUBSCRIBERS, {"visitor": "nobody's"}),
    ("POST", "/api/v1/files"): Door(SUBSCRIBERS),
    ("GET", "/api/v1/files/{file}"): Door({"subscriber A"}),
    ("POST", f"{_TALK}/files"): Door(DESK),
    ("GET", f"{_AGENT}/files/{{file}}"): Door(DESK),
    ("POST", f"{_AGENT}/login"): Door(EVERYBODY, {"login": 0}),
    ("GET", f"{_AGENT}/me"): Door(STAFF),
    ("GET", f"{_AGENT}/sessions"): Door(STAFF),
    ("POST", f"{_AGENT}/sessions/end_others"): Door(STAFF),
    ("POST", f"{_AGENT}/sessions/{{session}}/end"): Door(STAFF),
    ("GET", f"{_AGENT}/totp"): Door(STAFF),
    ("POST", f"{_AGENT}/totp"): Door(STAFF, {"password": 0}),
    ("POST", f"{_AGENT}/totp/confirm"): Door(STAFF, {"code": "1"}),
    ("POST", f"{_AGENT}/totp/off"): Door(STAFF, {"password": 0}),
    ("POST", f"{_AGENT}/presence"): Door(DESK, {"state": "online"}),
    ("GET", f"{_AGENT}/queue"): Door(DESK),
    ("GET", f"{_AGENT}/colleagues"): Door(DESK),
    ("GET", f"{_AGENT}/topics"): Door(DESK),
    ("GET", f"{_AGENT}/close_reasons"): Door(DESK),
    ("GET", f"{_AGENT}/shift"): Door(DESK),
    ("GET", f"{_AGENT}/places"): Door(DESK, query="lat=52.3&lon=104.3"),
    ("GET", _TALK): Door(DESK),
    ("GET", f"{_TALK}/card"): Door(DESK),
    ("GET", f"{_TALK}/events"): Door(DESK, query="after=0"),
    ("GET", f"{_TALK}/answers"): Door(DESK, query="q=sim"),
    ("POST", f"{_TALK}/notes"): Door(DESK, {"text": "заметка"}),
    ("POST", f"{_TALK}/messages"): Door(DESK, {"cid": str(uuid4()), "text": "Здравствуйте"}),
    ("POST", f"{_TALK}/corrections"): Door(DESK, {"cid": str(uuid4()), "event": "no", "text": "Здравствуйте"}),
    ("POST", f"{_TALK}/transfer"): Door(DESK, {"line": "zh"}),
    ("POST", f"{_TALK}/return"): Door(DESK),
    ("POST", f"{_TALK}/snooze"): Door(DESK, {"until": 0}),
    ("POST", f"{_TALK}/unsnooze"): Door(DESK),
    ("POST", f"{_TALK}/reopen"): Door(DESK),
    ("POST", f"{_TALK}/close"): Door(DESK, {"outcome": "solved"}),
    ("POST", f"{_TALK}/reveal"): Door(SUPERVISORS),  # and whoever holds the chat: tests/test_audit.py
    ("POST", f"{_TALK}/claim"): Door(DESK),
    ("POST", f"{_AGENT}/next"): Door(DESK),
    ("GET", f"{_OPS}/overview"): Door(OPERATIONS),
    ("GET", f"{_OPS}/faq"): Door(OPERATIONS),
    ("GET", f"{_OPS}/faq/draft"): Door(OPERATIONS),
    ("GET", f"{_OPS}/faq/editions/{{id}}"): Door(OPERATIONS),
    ("GET", f"{_OPS}/faq/missing"): Door(OPERATIONS),
    ("GET", f"{_OPS}/faq/missing/{{gap}}"): Door(OPERATIONS, query="days=0"),
    ("POST", f"{_OPS}/faq/missing/{{gap}}/draft"): Door(OPERATIONS, query="days=0"),
    ("POST", f"{_OPS}/faq/missing/{{gap}}/phrases"): Door(OPERATIONS, query="days=0"),
    ("POST", f"{_OPS}/faq/missing/{{gap}}/case"): Door(OPERATIONS, query="days=0"),
    ("POST", f"{_OPS}/faq/missing/{{gap}}/ignore"): Door(OPERATIONS, query="days=0"),
    ("POST", f"{_OPS}/faq/missing/{{gap}}/reopen"): Door(OPERATIONS, query="days=0"),
    ("POST", f"{_OPS}/faq/additions/check"): Door(OPERATIONS),
    ("POST", f"{_OPS}/faq/additions/rehearsal"): Door(OPERATIONS),
    ("POST", f"{_OPS}/faq/additions/publish"): Door(OPERATIONS),
    ("GET", f"{_OPS}/faq/cases"): Door(OPERATIONS),
    ("POST", f"{_OPS}/faq/cases"): Door(OPERATIONS, {"text": "", "lang": "ru"}),
    ("POST", f"{_OPS}/faq/publish"): Door(OPERATIONS, {"note": 1}),
    ("POST", f"{_OPS}/faq/rollback"): Door(OPERATIONS, {"edition": 0}),
    ("POST", f"{_OPS}/faq/rehearsal"): Door(OPERATIONS),
    ("POST", f"{_OPS}/faq/try"): Door(OPERATIONS, {"text": ""}),
    ("GET", f"{_OPS}/chats"): Door(SUPERVISORS, query="waiting=all"),
    ("POST", f"{_OPS}/conversations/{{id}}/reassign"): Door(SUPERVISORS, {"agent": "ivan"}),
    ("POST", f"{_OPS}/conversations/{{id}}/take_over"): Door(SUPERVISORS),
    ("GET", f"{_OPS}/numbers/{{family}}"): Door(SUPERVISORS),
    ("GET", f"{_OPS}/numbers/{{family}}/{{table}}.csv"): Door(SUPERVISORS),
    ("GET", f"{_OPS}/incidents"): Door(SUPERVISORS),
    ("GET", f"{_OPS}/incidents/topics"): Door(SUPERVISORS),
    ("POST", f"{_OPS}/incidents"): Door(SUPERVISORS, {"text": 0}),
    ("POST", f"{_OPS}/incidents/{{incident}}/announce"): Door(SUPERVISORS, {"text": 0}),
    ("POST", f"{_OPS}/incidents/{{incident}}/over"): Door(SUPERVISORS),
    ("POST", f"{_OPS}/incidents/{{incident}}/dismiss"): Door(SUPERVISORS),
    ("GET", f"{_OPS}/cases"): Door(SUPERVISORS),
    ("GET", f"{_OPS}/cases.csv"): Door(SUPERVISORS),
    ("POST", f"{_OPS}/cases/of_number"): Door(SUPERVISORS, {"number": "+79000000001"}),
    ("GET", f"{_OPS}/audit"): Door(SUPERVISORS),
    ("GET", f"{_OPS}/audit.csv"): Door(SUPERVISORS),
    ("GET", f"{_OPS}/agents"): Door(SUPERVISORS),
    ("POST", f"{_OPS}/agents"): Door(SUPERVISORS, {"login": "ivan"}),
    ("POST", _LOGIN): Door(SUPERVISORS, {"capacity": 4}),
    ("POST", f"{_LOGIN}/password"): Door(SUPERVISORS, {"password": "short"}),
    ("POST", f"{_LOGIN}/enable"): Door(SUPERVISORS),
    ("POST", f"{_LOGIN}/end_sessions"): Door(SUPERVISORS),
    ("POST", f"{_LOGIN}/disable"): Door(SUPERVISORS),
    ("POST", f"{_LOGIN}/reset_totp"): Door(ADMINS),
    ("POST", f"{_AGENT}/logout"): Door(STAFF),
}
# Doors of the subscribers, where a token and no cookie is what counts.
BY_TOKEN = tuple(
    f"/api/{name}" for name in ("v1/send", "v1/read", "v1/events", "v1/files", "v1/link", "v1/visitor", "demo")
)


@dataclass
class Street:
    world: World
    people: dict[str, aiohttp.ClientSession]
    chat: int
    file: str

    def path(self, canonical: str) -> str:
        filled = {
            "id": str(self.chat),
            "file": self.file,
            "login": "ivan",
            "session": "0" * 16,
            "path": "js/chat.js",
            "language": "ru",
            "name": "chat",
            "phone": "+79000000001",
            "incident": "1",
            "gap": "0" * 16,
            "family": "contacts",
            "table": "volume",
        }
        for name, value in filled.items():
            canonical = canonical.replace(f"{{{name}}}", value)
        return canonical


@pytest_asyncio.fixture
async def street(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[Street]:
    async with a_world(fresh_dsn, knowledge, telegram=False) as world:
        dsn = world.bot.db.dsn
        shell = Outsider("root", "shell")
        await roster.add(dsn, shell, "vera", PASSWORD, Terms(role="admin"))
        await roster.add(dsn, shell, "leaver", PASSWORD, Terms())
        anna = world.subscriber("anna", "inapp")
        await anna.says("позовите человека")
        await anna.hears(".")
        assert isinstance(anna, InApp)
        file = await anna.uploads(samples.PDF, "act.pdf")
        await anna.send(file=file)
        people = {name: world.session() for name in EVERYBODY}
        logins = {"agent": "anna", "editor": "pavel", "supervisor": "olga", "admin": "vera", "ex-agent": "leaver"}
        for name, login in logins.items():
            body = {"login": login, "password": PASSWORD}
            async with people[name].post("/api/v1/agent/login", json=body, headers=OURS) as answer:
                assert answer.status == 200
        await roster.disable(dsn, shell, "leaver")
        for name, who in (("subscriber A", "anna"), ("subscriber B", "wang")):
            people[name].headers["Authorization"] = f"Bearer {world.sign(CAST[who][0], 'ru')}"
        chat = await world.ask("SELECT id FROM conversation WHERE state = 'queued'")
        yield Street(world, people, chat, file)


def _routed(world: World) -> set[tuple[str, str]]:
    """What the running application listens to: HEAD comes with GET and lets in whom that lets in."""
    app = world.app.http
    assert app is not None
    found = {(route.method, route.resource.canonical) for route in app.router.routes() if route.resource is not None}
    return {(method, path) for method, path in found if method != "HEAD"}


async def test_every_door_has_its_list_of_guests_and_every_list_its_door(street: Street) -> None:
    assert _routed(street.world) == set(DOORS)


async def test_each_door_lets_in_its_guests_and_nobody_else(street: Street) -> None:
    wrong = []
    for (method, canonical), door in DOORS.items():
        if canonical == "/ws/v1":
            continue
        path = street.path(canonical) + (f"?{door.query}" if door.query else "")
        for name in sorted(EVERYBODY, key=lambda one: one in door.allowed):  # who may change something comes last
            body = door.body if method != "GET" else None
            async with street.people[name].request(
                method, path, json=body, headers=OURS, allow_redirects=False
            ) as answer:
                status = answer.status
            if (status in REFUSED) == (name in door.allowed) or status >= 500:
                wrong.append((method, canonical, name, status))
    assert wrong == []


async def test_no_door_that_a_cookie_opens_obeys_a_page_of_another_origin(street: Street) -> None:
    foreign = (
        {"Origin": "https://elsewhere.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {},
    )
    wrong = []
    for method, canonical in DOORS:
        if method == "GET" or canonical.startswith(BY_TOKEN):
            continue
        for headers in foreign:
            path = street.path(canonical)
            async with street.people["admin"].request(method, path, json={}, headers=headers) as answer:
                if answer.status != 403:
                    wrong.append((method, canonical, headers, answer.status))
    assert wrong == []
    for name in STAFF:
        for origin in ("https://elsewhere.example", "null"):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await street.people[name].ws_connect("/ws/v1", origin=origin)
            assert refused.value.status == 403


async def test_what_one_must_not_see_looks_as_if_it_were_not_there(street: Street) -> None:
    """Another's chat and no chat at all: a subscriber has no way to ask, an editor gets one answer for both."""
    answers = []
    for chat in (street.chat, 10**15):
        async with street.people["editor"].get(f"/api/v1/agent/conversations/{chat}") as answer:
            answers.append((answer.status, (await answer.json())["error"]["code"]))
    assert answers[0] == answers[1] == (403, "forbidden")


async def test_a_forged_or_borrowed_cookie_is_nobody(street: Street) -> None:
    forged = ("", "x", "A" * 5000, base64.urlsafe_b64encode(bytes(32)).decode(), "%00", json.dumps({"role": "admin"}))
    for value in forged:
        cookie = {"Cookie": f'sid="{value}"'}
        async with street.world.session().get("/api/v1/ops/agents", headers=cookie) as answer:
            assert answer.status in (400, 401), value[:20]
