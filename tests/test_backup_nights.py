"""Backups by the running product: each night once, whatever happens; where it cannot, it says so and serves on."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from bot.backups import CannotDump, preparing
from bot.backups.folder import alone, dumps
from bot.backups.making import make
from bot.backups.nightly import Nightly
from bot.config import Settings
from faq.knowledge import Knowledge
from tests.world import a_world

KEEP = timedelta(days=30)
NIGHT = datetime(2026, 11, 23, 20, tzinfo=UTC)


async def test_a_night_is_kept_once_by_whoever_looks_and_made_up_for_when_it_was_missed(
    fresh_dsn: str, tmp_path: Path
) -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)  # 20:00 in Irkutsk
    settings = Settings(backup_dir=tmp_path, backup_keep=timedelta(days=7))

    def a_start() -> Nightly:
        return Nightly(fresh_dsn, settings, lambda: now)

    async def begun() -> list[str]:
        await asyncio.gather(running.look(), a_start().look())
        return [f"{dump.at:%d %H:%M}" for dump in dumps(tmp_path)]

    running = a_start()
    assert await begun() == ["23 12:00"], "the first at once, so that a wrong folder is seen at once"
    now += timedelta(hours=7, minutes=59)
    assert await begun() == ["23 12:00"], "03:59"
    now += timedelta(minutes=1)
    assert await begun() == ["23 12:00", "23 20:00"], "04:00, one although two looked"
    now += timedelta(hours=23, minutes=59)
    assert len(await begun()) == 2
    now += timedelta(days=2)
    assert await begun() == ["23 12:00", "23 20:00", "26 19:59"], "missed ones are made up for by one"
    foreign = tmp_path / "bot-20200101T000000Z.dump.kept"
    foreign.touch()
    now += timedelta(days=6)
    assert await begun() == ["26 19:59", "02 19:59"], "older than seven days"
    settings = replace(settings, backup_keep=timedelta(seconds=1))
    now += timedelta(days=40)
    with _no_file_larger_than(4096):
        await a_start().look()
        again = a_start()
        await again.look()
    assert "SIGXFSZ" in str(again.details()["problem"])
    assert _left(tmp_path) == [foreign.name, "bot-20261126T195900Z.dump", "bot-20261202T195900Z.dump"]
    now += timedelta(minutes=14)
    await again.look()
    assert again.details()["problem"], "tried again after a quarter of an hour"
    now += timedelta(minutes=1)
    await again.look()
    assert again.details() == {"newest": now.isoformat(), "problem": None}
    assert _left(tmp_path) == [foreign.name, f"bot-{now:%Y%m%dT%H%M%SZ}.dump"]
    now += timedelta(days=1)
    with alone(tmp_path):
        by_hand = asyncio.create_task(make(fresh_dsn, tmp_path, keep=KEEP, now=now))
        await again.look()
        assert again.details()["problem"] is None, "who finds another at it leaves it to them"
        assert not by_hand.done()
    assert (await by_hand).at == now


async def test_where_nothing_can_be_kept_the_service_goes_on_and_tells_and_no_schema_changes(
    fresh_dsn: str, knowledge: Knowledge, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "backups"  # root may write anywhere else
    async with a_world(fresh_dsn, knowledge, telegram=False, backup_dir=folder) as world:
        anna = world.subscriber("anna", "inapp")
        await anna.says("как пополнить счёт")
        await anna.hears(".")
        async with asyncio.timeout(10), world.session() as http:
            while not (problem := (await _ready(http))["problem"]):  # noqa: ASYNC110  read as monitoring does
                await asyncio.sleep(0.02)
        assert "annot write backups" in problem
        async with world.session().get("/metrics") as figures:
            assert "bot_backup_age_seconds +Inf" in await figures.text()
    (tmp_path / "file").unlink()
    async with (
        a_world(fresh_dsn, knowledge, telegram=False, backup_dir=folder) as world,
        asyncio.timeout(10),
        world.session() as http,
    ):
        while not (await _ready(http))["newest"]:  # noqa: ASYNC110  the same
            await asyncio.sleep(0.02)
    await _order(fresh_dsn, "UPDATE alembic_version SET version_num = '0014'; DROP TABLE tombstone")
    (tmp_path / "other").touch()
    with pytest.raises(CannotDump):
        await preparing.upgrade(fresh_dsn, tmp_path / "other", keep=KEEP, now=NIGHT)
    assert "0014" in str(await preparing.problems(fresh_dsn))
    await preparing.upgrade(fresh_dsn, tmp_path / "before", keep=KEEP, now=NIGHT)
    assert [dump.at for dump in dumps(tmp_path / "before")] == [NIGHT]
    assert await preparing.problems(fresh_dsn) == []


async def _ready(http: aiohttp.ClientSession) -> dict[str, Any]:
    async with http.get("/readyz") as answer:
        assert answer.status == 200, "no reason to serve nobody"
        return dict((await answer.json())["details"]["backups"])


@contextmanager
def _no_file_larger_than(size: int) -> Iterator[None]:
    """For us and the programs we start: what a full disk does, without filling one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith(("bot-", ".bot-")))


async def _order(dsn: str, statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()
