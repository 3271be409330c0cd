"""Logins and who manages them: one set of rules for the page and the shell, each change kept, each end felt at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientWebSocketResponse, WSMsgType

from bot.staff import roster
from bot.staff.audit import Outsider
from bot.staff.roster import NotAllowed, RosterError, Terms
from faq.knowledge import Knowledge
from tests.world import PASSWORD, AtDesk, World, a_world

OURS = {"Sec-Fetch-Site": "same-origin"}
SHELL = Outsider("root", "shell")
SOON = 5.0  # seconds


@pytest_asyncio.fixture
async def office(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    async with a_world(fresh_dsn, knowledge, telegram=False) as world:
        yield world


async def _ask(agent: AtDesk, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    async with agent.http.request(method, f"/api/v1/ops/agents{path}", json=body, headers=OURS) as answer:
        return answer.status, await answer.json() if answer.status != 204 else None


async def _code(agent: AtDesk, path: str, body: dict[str, Any]) -> tuple[int, str]:
    status, answer = await _ask(agent, "POST", path, body)
    return status, answer["error"]["code"] if status >= 400 else ""


async def _enters(office: World, login: str, password: str) -> int:
    body = {"login": login, "password": password}
    async with office.session().post("/api/v1/agent/login", json=body, headers=OURS) as answer:
        return answer.status


async def _line(agent: AtDesk) -> ClientWebSocketResponse:
    socket = await agent.http.ws_connect("/ws/v1", origin=str(agent.http._base_url).rstrip("/"))
    await socket.send_json({"t": "hello", "v": 1})
    assert (await socket.receive_json())["t"] == "ready"
    return socket


async def _close_code(socket: ClientWebSocketResponse) -> int | None:
    async with asyncio.timeout(SOON):
        while (await socket.receive()).type is WSMsgType.TEXT:
            pass
    return socket.close_code


async def _an_admin(office: World) -> AtDesk:
    await roster.add(office.bot.db.dsn, SHELL, "vera", PASSWORD, Terms("Вера Орлова", ("ru",), "admin"))
    return await office.agent("vera")


async def test_a_supervisor_adds_changes_and_ends_logins_and_each_step_is_kept(office: World) -> None:
    olga = await office.agent("olga")
    new = {"login": "maria", "name": "Мария Ким", "languages": ["zh"], "role": "agent", "capacity": 3}
    status, made = await _ask(olga, "POST", "", new)
    assert status == 200
    assert await _enters(office, "maria", made["password"]) == 200
    assert (await _ask(olga, "POST", "/maria", {"capacity": 7, "role": "editor"}))[0] == 204
    assert (await _ask(olga, "POST", "/maria/password", {"password": "another-pass-2"}))[1] == {}
    assert await _enters(office, "maria", made["password"]) == 401
    for deed in ("end_sessions", "disable", "enable"):
        assert (await _ask(olga, "POST", f"/maria/{deed}", {}))[0] == 204, deed
    _, found = await _ask(olga, "GET", "")
    maria = next(one for one in found["agents"] if one["login"] == "maria")
    assert (maria["role"], maria["capacity"], maria["languages"], maria["sessions"]) == ("editor", 7, ["zh"], 0)
    async with olga.http.get("/api/v1/ops/audit?actor=olga") as answer:
        kept = [(one["action"], one["about"]) for one in (await answer.json())["entries"]]
    deeds = ("agent_added", "agent_changed", "password", "sessions_ended", "agent_disabled", "agent_enabled")
    assert [one for one in reversed(kept) if one[0] != "login"] == [(deed, "maria") for deed in deeds]


async def test_rank_is_respected_and_rubbish_is_refused_by_name(office: World) -> None:
    olga, vera = await office.agent("olga"), await _an_admin(office)
    anna = await office.agent("anna")
    assert (await _ask(anna, "GET", ""))[0] == 403
    for path, body in (
        ("", {"login": "boss", "role": "admin"}),
        ("/anna", {"role": "admin"}),
        ("/vera", {"capacity": 2}),
        ("/vera/disable", {}),
        ("/vera/password", {}),
        ("/vera/end_sessions", {}),
        ("/anna/reset_totp", {}),
    ):
        assert await _code(olga, path, body) == (403, "not_your_rank"), path
    assert await _code(olga, "/olga/disable", {}) == (403, "not_oneself")
    assert await _code(olga, "/olga", {"role": "editor"}) == (403, "not_oneself")
    assert await _code(vera, "/vera/disable", {}) == (403, "not_oneself")
    for path, body, status, code in (
        ("", {"login": "пробел и кириллица"}, 400, "bad_login"),
        ("", {"login": "anna"}, 409, "login_taken"),
        ("", {"login": "x", "languages": ["fr"]}, 400, "bad_languages"),
        ("", {"login": "x", "languages": "ru"}, 400, "bad_languages"),
        ("", {"login": "x", "role": "tsar"}, 400, "bad_role"),
        ("", {"login": "x", "capacity": 51}, 400, "bad_capacity"),
        ("", {"login": "x", "capacity": True}, 400, "bad_capacity"),
        ("", {"login": "x", "name": "\u202eolga\u202c"}, 400, "bad_name"),
        ("/anna/password", {"password": "short"}, 400, "weak_password"),
        ("/nobody/disable", {}, 409, "no_such_login"),
    ):
        assert await _code(vera, path, body) == (status, code), (path, body)
    assert (await _ask(vera, "POST", "/anna", {"role": "admin"}))[0] == 204


async def test_the_shell_keeps_the_same_rules(office: World) -> None:
    dsn = office.bot.db.dsn
    await _an_admin(office)
    with pytest.raises(RosterError, match="last administrator"):
        await roster.disable(dsn, SHELL, "vera")
    with pytest.raises(RosterError, match="from 1 to 50"):
        await roster.change(dsn, SHELL, "anna", Terms(capacity=0))
    with pytest.raises(NotAllowed):
        await roster.disable(dsn, await _agent_of(office, "olga"), "vera")
    await roster.disable(dsn, SHELL, "anna")
    kept = await office.ask("SELECT actor || ' ' || peer FROM audit WHERE action = 'agent_disabled'")
    assert kept == "root shell"


async def _agent_of(office: World, login: str) -> Any:
    from bot.staff import agents

    async with office.bot.db.transaction() as tx:
        return await agents.by_login(tx, login)


async def test_whoever_is_disabled_is_out_at_once_and_gets_no_answer_by_any_way(office: World) -> None:
    olga, anna = await office.agent("olga"), await office.agent("anna")
    socket = await _line(anna)
    assert (await _ask(olga, "POST", "/anna/disable", {}))[0] == 204
    assert await _close_code(socket) == 4403
    assert (await anna.call("GET", "queue"))[0] == 401
    assert await _enters(office, "anna", PASSWORD) == 401
    assert await _close_code(await _late(anna)) == 4403


async def _late(agent: AtDesk) -> ClientWebSocketResponse:
    socket = await agent.http.ws_connect("/ws/v1", origin=str(agent.http._base_url).rstrip("/"))
    await socket.send_json({"t": "hello", "v": 1})
    return socket


async def test_one_sees_ones_own_sessions_and_ends_them(office: World) -> None:
    here, there, other = await office.agent("anna"), await office.agent("anna"), await office.agent("ivan")
    elsewhere = await _line(there)
    listed = (await here.must("GET", "sessions"))["sessions"]
    assert [one["current"] for one in listed] == [False, True]
    assert {one["peer"] for one in listed} == {"127.0.0.•"}
    foreign = (await other.must("GET", "sessions"))["sessions"][0]["id"]
    assert (await here.call("POST", f"sessions/{foreign}/end", {}))[0] == 409
    await here.must("POST", f"sessions/{listed[0]['id']}/end", {})
    assert await _close_code(elsewhere) == 4403
    assert (await there.call("GET", "me"))[0] == 401

    again = await office.agent("anna")
    assert (await here.must("POST", "sessions/end_others", {}))["ended"] == 1
    assert (await again.call("GET", "me"))[0] == 401
    assert len((await here.must("GET", "sessions"))["sessions"]) == 1


async def test_a_session_ends_with_its_owners_idleness_and_with_its_own_age(office: World) -> None:
    anna, ivan = await office.agent("anna"), await office.agent("ivan")
    idle = "UPDATE agent_session s SET seen_at = now() - interval '31 minutes' FROM agent a WHERE a.id = s.agent_id"
    await office.ask(f"{idle} AND a.login = 'anna' RETURNING 1")
    assert (await anna.call("GET", "me"))[0] == 401
    old = "UPDATE agent_session s SET expires_at = now() FROM agent a WHERE a.id = s.agent_id"
    assert (await ivan.call("GET", "me"))[0] == 200
    await office.ask(f"{old} AND a.login = 'ivan' RETURNING 1")
    assert (await ivan.call("GET", "me"))[0] == 401
