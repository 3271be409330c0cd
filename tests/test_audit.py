"""Who did what: written with the deed, by whichever door, without personal text, and changed by nobody."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from bot.people import erase
from bot.staff import audit
from bot.staff.audit import Outsider, Wanted, shown_address
from faq.knowledge import Knowledge
from handlers import csv_file
from tests.world import PASSWORD, AtDesk, World, a_world

SHELL = Outsider("root", "shell")
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest_asyncio.fixture
async def office(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    async with a_world(fresh_dsn, knowledge, telegram=False) as world:
        yield world


async def _waiting(office: World) -> int:
    subscriber = office.subscriber("anna", "inapp")
    await subscriber.says("позовите человека")
    await subscriber.hears(".")
    return int(await office.ask("SELECT id FROM conversation WHERE state = 'queued'"))


async def _audit(agent: AtDesk, query: str = "") -> tuple[int, Any]:
    async with agent.http.get(f"/api/v1/ops/audit?{query}") as answer:
        return answer.status, await answer.json()


async def _kept(agent: AtDesk, query: str = "") -> list[tuple[str, str, int | None]]:
    """(action, actor, conversation), oldest first."""
    _, page = await _audit(agent, query)
    return [(one["action"], one["actor"], one["conversation_id"]) for one in reversed(page["entries"])]


async def test_whatever_staff_do_with_a_chat_is_kept_and_supervisors_find_it(office: World) -> None:
    anna, olga = await office.agent("anna"), await office.agent("olga")
    chat = await _waiting(office)
    await anna.reads(chat)  # it waits on her line: nothing to keep
    await anna.takes_next()
    await anna.must("POST", f"conversations/{chat}/reveal", {"reason": "перезвонить на +7 900 123-45-67"})
    await olga.reads(chat)
    await olga.must("GET", f"conversations/{chat}/card")  # the same visit
    await olga.must("POST", f"conversations/{chat}/notes", {"text": "мягче, он расстроен"})
    li = await office.agent("li")
    await anna.must("POST", f"conversations/{chat}/transfer", {"agent": "li", "reason": "нужен китайский"})
    await li.takes_next()
    later = int((office.bot.clock() + timedelta(hours=1)).timestamp() * 1000)
    await li.must("POST", f"conversations/{chat}/snooze", {"until": later})
    await li.must("POST", f"conversations/{chat}/unsnooze", {})
    await li.closes(chat)
    await li.must("POST", f"conversations/{chat}/reopen", {})
    await li.closes(chat)
    await li.must("POST", "logout", {})

    assert await _kept(olga, f"conversation={chat}") == [
        ("reveal", "anna", chat),
        ("read", "olga", chat),
        ("whisper", "olga", chat),
        ("transfer", "anna", chat),
        *((did, "li", chat) for did in ("snooze", "unsnooze", "close", "reopen", "close")),
    ]
    assert (await _kept(olga, "actor=li"))[0] == ("login", "li", None)
    assert (await _kept(olga, "actor=li"))[-1] == ("logout", "li", None)
    assert [one[1] for one in await _kept(olga, "action=login")] == ["anna", "olga", "li"]
    assert await _kept(olga, "until=2020-01-01") == []
    _, page = await _audit(olga)
    everything = str(page["entries"])
    assert "123-45-67" not in everything
    assert "расстроен" not in everything
    assert {one["peer"] for one in page["entries"]} == {"127.0.0.•"}
    for refused in ("action=steal", "since=yesterday", "conversation=-1"):
        assert (await _audit(olga, refused))[0] == 400, refused
    assert (await _audit(anna))[0] == 403


async def test_a_number_is_shown_only_to_who_holds_the_chat_or_supervises_and_never_unkept(office: World) -> None:
    anna, ivan, olga = await office.agent("anna"), await office.agent("ivan"), await office.agent("olga")
    chat = await _waiting(office)
    path = f"conversations/{chat}/reveal"
    assert (await ivan.call("POST", path, {}))[0] == 403  # it waits, nobody has taken it
    await anna.takes_next()
    assert (await ivan.call("POST", path, {}))[0] == 409
    assert (await anna.must("POST", path, {}))["phone"] == "+79000000001"
    assert (await olga.must("POST", path, {}))["phone"] == "+79000000001"
    assert [one[1] for one in await _kept(olga, "action=reveal")] == ["anna", "olga"]

    await office.ask("UPDATE contact SET phone = NULL RETURNING 1")
    status, body = await anna.call("POST", path, {})
    assert (status, body["error"]["code"]) == (409, "no_phone")


async def test_nobody_changes_or_removes_what_is_kept_until_it_is_old(office: World) -> None:
    async with office.bot.db.transaction() as tx:
        await audit.keep(tx, SHELL, "export", about="audit")
        await tx.execute("INSERT INTO audit (action, at) VALUES ('login', now() - interval '400 days')")
    for forbidden in (
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit WHERE action = 'export'",
        "TRUNCATE audit",
    ):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await office.ask(forbidden)
    async with office.bot.db.transaction() as tx:
        await audit.forget_old(tx, office.bot.settings.audit_keep)
        assert [one.action for one in await audit.search(tx, Wanted(), 10)] == ["export"]
        with pytest.raises(ValueError, match="no action"):
            await audit.keep(tx, SHELL, "stole")


async def test_an_account_under_attack_is_kept_once_and_a_password_typed_as_a_login_never(office: World) -> None:
    olga = await office.agent("olga")
    http = office.session()
    for login in ("anna", "hunter2-is-my-password"):
        for _ in range(7):
            body = {"login": login, "password": "wrong"}
            async with http.post("/api/v1/agent/login", json=body, headers=OURS) as answer:
                assert answer.status in (401, 429)
    _, page = await _audit(olga, "action=locked")
    assert [one["about"] for one in page["entries"]] == ["", "anna"]
    assert "hunter2" not in str(page)


async def test_who_is_erased_leaves_a_hash_that_only_their_number_explains(office: World) -> None:
    await _waiting(office)
    async with office.bot.db.transaction() as tx:
        removed = await erase.everywhere(tx, phone="+79000000001")
        await audit.keep_erasure(tx, SHELL, "+79000000001", sum(removed.values()))
        (kept,) = await audit.search(tx, Wanted(action="erase"), 10)
    assert kept.details["rows"] > 3
    assert kept.about.startswith("scrypt:")
    assert "9000000001" not in str(kept)


async def test_the_table_leaves_as_a_csv_that_no_spreadsheet_runs_and_not_too_often(office: World) -> None:
    olga = await office.agent("olga")
    async with office.bot.db.transaction() as tx:
        await audit.keep(tx, Outsider("=HYPERLINK(1)", "shell"), "export", about="-1+1", note="@SUM(A1)")
    for _ in range(audit.EXPORTS_AN_HOUR):
        async with olga.http.get("/api/v1/ops/audit.csv") as answer:
            assert answer.status == 200
            assert "attachment" in answer.headers["Content-Disposition"]
            text = (await answer.read()).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    ours = next(row for row in rows if "HYPERLINK" in row["actor"])
    assert (ours["actor"], ours["about"]) == ("'=HYPERLINK(1)", "'-1+1")
    async with olga.http.get("/api/v1/ops/audit.csv") as answer:
        assert answer.status == 429
    assert sum(one[1] == "olga" for one in await _kept(olga, "action=export")) == audit.EXPORTS_AN_HOUR


def test_cells_that_begin_a_formula_are_made_text_and_numbers_stay_numbers() -> None:
    for risky in ("=1+1", "+7 900", "-1", "@SUM", "\tx", "\rx"):
        assert csv_file.cell(risky) == f"'{risky}"
    assert [csv_file.cell(plain) for plain in (-5, 2.5, None, "ok", "1=1")] == ["-5", "2.5", "", "ok", "1=1"]


def test_an_address_is_kept_without_its_host() -> None:
    shown = [
        shown_address(one) for one in ("203.0.113.77", "2001:db8:85a3::8a2e:370:7334", "fe80::1%eth0", "nonsense", "")
    ]
    assert shown == ["203.0.113.•", "2001:db8:85a3:•", "fe80:0:0:•", "", ""]


async def test_a_password_is_needed_to_be_audited_as_oneself(office: World) -> None:
    """The login is the account's, whatever the body claims."""
    http = office.session()
    body = {"login": "anna", "password": PASSWORD, "role": "admin", "id": 1}
    async with http.post("/api/v1/agent/login", json=body, headers=OURS) as answer:
        assert (await answer.json())["role"] == "agent"
    async with http.get("/api/v1/ops/audit") as answer:
        assert answer.status == 403
