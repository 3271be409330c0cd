"""The second factor: the RFC's own vectors, no code twice, recovery codes once, and nobody told what was wrong."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from bot.staff import roster, totp
from bot.staff.audit import Outsider
from faq.knowledge import Knowledge
from tests.world import PASSWORD, AtDesk, World, a_world

OURS = {"Sec-Fetch-Site": "same-origin"}
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest_asyncio.fixture
async def office(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    async with a_world(fresh_dsn, knowledge, telegram=False) as world:
        world.now = lambda: NOW
        yield world


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_the_rfc(at: int, code: str) -> None:
    """RFC 6238, appendix B."""
    assert totp.code_of(b"12345678901234567890", at // totp.STEP, 8) == code


def test_a_telephone_may_be_half_a_minute_off_and_not_more() -> None:
    secret = b"12345678901234567890"
    step = int(NOW.timestamp()) // totp.STEP
    fits = [totp.step_of(secret, totp.code_of(secret, step + off), NOW, 0) is not None for off in range(-3, 4)]
    assert fits == [False, False, True, True, True, False, False]


async def _enter(office: World, code: str | None = None, password: str = PASSWORD) -> tuple[int, str]:
    body = {"login": "anna", "password": password} | ({} if code is None else {"totp": code})
    async with office.session().post("/api/v1/agent/login", json=body, headers=OURS) as answer:
        return answer.status, (await answer.json()).get("error", {}).get("code", "")


def _later(office: World, seconds: int) -> None:
    office.now = lambda: NOW + timedelta(seconds=seconds)


def _code(secret: str, at: datetime = NOW) -> str:
    return totp.code_of(base64.b32decode(secret), int(at.timestamp()) // totp.STEP)


async def _enrolled(anna: AtDesk) -> tuple[str, list[str]]:
    begun = await anna.must("POST", "totp", {"password": PASSWORD})
    recovery: list[str] = (await anna.must("POST", "totp/confirm", {"code": _code(begun["secret"])}))["recovery"]
    return begun["secret"], recovery


async def test_once_it_is_on_a_password_alone_no_longer_opens_and_no_code_opens_twice(office: World) -> None:
    anna, other = await office.agent("anna"), await office.agent("anna")
    assert (await anna.call("POST", "totp", {"password": "not-mine"}))[0] == 400
    assert (await anna.call("POST", "totp/confirm", {"code": "123456"}))[0] == 400
    begun = await anna.must("POST", "totp", {"password": PASSWORD})
    assert begun["address"].startswith("otpauth://totp/127.0.0.1%3Aanna?secret=")
    assert (await _enter(office))[0] == 200  # not confirmed: not asked for
    await anna.must("POST", "totp/confirm", {"code": _code(begun["secret"])})
    assert (await other.call("GET", "me"))[0] == 401  # what was opened without it has ended

    assert await _enter(office) == (401, "refused")
    assert await _enter(office, _code(begun["secret"])) == (401, "refused")  # the one that confirmed it
    _later(office, 30)
    fresh = _code(begun["secret"], NOW + timedelta(seconds=30))
    assert await _enter(office, fresh, "wrong") == (401, "refused")
    first, second = await asyncio.gather(_enter(office, fresh), _enter(office, fresh))
    assert sorted((first[0], second[0])) == [200, 401]
    assert (await anna.call("POST", "totp", {"password": PASSWORD}))[1]["error"]["code"] == "totp_is_on"


async def test_a_recovery_code_opens_once_and_nothing_of_it_is_stored_readably(office: World) -> None:
    anna = await office.agent("anna")
    _, recovery = await _enrolled(anna)
    assert len(set(recovery)) == totp.RECOVERY_CODES
    assert (await _enter(office, recovery[0].upper().replace("-", " ")))[0] == 200
    assert await _enter(office, recovery[0]) == (401, "refused")
    assert (await anna.must("GET", "totp")) == {"on": True, "recovery_left": totp.RECOVERY_CODES - 1}
    dump: Any = await office.ask("SELECT string_agg(r::text, '') FROM recovery_code r")
    assert all(code.replace("-", "").encode().hex() not in dump for code in recovery)
    assert await office.ask("SELECT count(*) FROM audit WHERE action = 'recovery_used'") == 1


async def test_wrong_codes_count_as_wrong_passwords(office: World) -> None:
    secret, _ = await _enrolled(await office.agent("anna"))
    _later(office, 60)
    for _ in range(5):
        assert await _enter(office, "000000") == (401, "refused")
    assert (await _enter(office, _code(secret, NOW + timedelta(seconds=60))))[0] == 429


async def test_turning_it_off_takes_password_and_code_or_an_administrator(office: World) -> None:
    anna = await office.agent("anna")
    secret, _ = await _enrolled(anna)
    _later(office, 30)
    good = _code(secret, NOW + timedelta(seconds=30))
    assert (await anna.call("POST", "totp/off", {"password": PASSWORD, "code": "000000"}))[0] == 400
    assert (await anna.call("POST", "totp/off", {"password": "not-mine", "code": good}))[0] == 400
    await anna.must("POST", "totp/off", {"password": PASSWORD, "code": good})
    assert (await _enter(office))[0] == 200

    _later(office, 0)
    await _enrolled(anna)
    assert (await _enter(office))[0] == 401
    await roster.reset_totp(office.bot.db.dsn, Outsider("root", "shell"), "anna")
    assert (await _enter(office))[0] == 200
    assert (await anna.call("GET", "me"))[0] == 401  # whoever had the page open proves themselves anew
