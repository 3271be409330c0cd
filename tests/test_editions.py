"""Editions of the FAQ: an edit of the folder is one, every replica serves the newest, going back is exact."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from bot import config
from bot.faq_commands import add_commands
from bot.knowledge import published, saved
from faq.knowledge import Knowledge
from faq.proof import sentences_of
from faq.snapshot import put_back, snapshot_of
from tests.world import ROOT, World

OLD, NEW = "Быстрее всего картой или по СБП", "Картой или по СБП быстрее всего"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "faq"
    shutil.copytree(ROOT / "faq", copy, ignore=shutil.ignore_patterns("__pycache__", "*.py", "*.tsv", "README.md"))
    return copy


def edit(folder: Path, old: str, new: str, file: str = "areas/account.yaml") -> None:
    path = folder / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def says(world: World) -> str:
    text: str = world.bot.knowledge.catalogue.entries["topup"].answer["ru"]
    return text


async def test_an_edit_is_an_edition_in_every_replica_and_going_back_is_exact(
    fresh_dsn: str, knowledge: Knowledge, folder: Path, tmp_path: Path
) -> None:
    first = snapshot_of(folder)
    other = shutil.copytree(folder, tmp_path / "other")
    here = World(fresh_dsn, knowledge, telegram=False, faq_dir=folder, data_dir=tmp_path / "a")
    there = World(fresh_dsn, knowledge, telegram=False, faq_dir=other, data_dir=tmp_path / "b")
    async with here, there:
        assert here.bot.editions.live.id == there.bot.editions.live.id, "the folder that ships has served already"
        edit(folder, OLD, NEW)
        await until(lambda: says(here).startswith(NEW))
        await until(lambda: says(there).startswith(NEW))
        edition = there.bot.editions.live
        assert (edition.changes, edition.restored_id) == (("~areas/account.yaml",), None)
        edit(folder, "fee: 550", "fee: 555", "operator/tariffs.yaml")
        for one in (here, there):
            await until(lambda: one.bot.knowledge.catalogue.operator.tariffs["baikal"].fee == 555)  # noqa: B023
            assert {tariff.code: tariff.fee for tariff in await one.bot.subscribers.tariff_catalogue()}["baikal"] == 555
        edition = there.bot.editions.live

        edit(folder, "data: public", "data: secret")
        await until(lambda: here.bot.editions.problem is not None)
        details = await _details(here)
        assert "areas/account.yaml" in details["problem"]
        assert details["edition"] == edition.id
        assert says(here).startswith(NEW), "a broken edit changes nothing"

        await there.bot.editions.roll_back(1, "olga", "the price was wrong")
        assert says(there).startswith(OLD)
        await until(lambda: says(here).startswith(OLD))
        async with there.bot.db.transaction() as tx:
            now = await published.live(tx)
            assert (now.restored_id, now.author, now.digest) == (1, "olga", first.digest)
            assert (await published.content(tx, now)).files == first.files, "byte for byte"
            with pytest.raises(published.NoEdition):
                await published.roll_back(tx, 99, author="olga")

    restarted = World(fresh_dsn, None, telegram=False, faq_dir=folder, data_dir=tmp_path / "a")  # type: ignore[arg-type]
    async with restarted:
        assert says(restarted).startswith(OLD), "the folder is broken; what served last serves"
        assert restarted.bot.editions.problem is not None
        put_back(first, folder)
        await until(lambda: restarted.bot.editions.problem is None)
        assert restarted.bot.editions.live.id == now.id, "the folder of the edition that serves is no new one"


async def _details(world: World) -> dict[str, Any]:
    async with world.session().get("/readyz") as answer:
        found: dict[str, Any] = (await answer.json())["details"]["faq"]
    return found


def test_the_commands_list_publish_go_back_and_export(
    fresh_dsn: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    add_commands(parser, lambda _settings, work: asyncio.run(work(fresh_dsn)) or 0)  # type: ignore[arg-type, return-value]
    settings = replace(config.load({}, demo=True), faq_dir=folder)

    def faq(*words: str, code: int = 0) -> str:
        arguments = parser.parse_args(words)
        assert arguments.run(settings, arguments) == code
        shown = capsys.readouterr()
        return shown.out + shown.err

    before = snapshot_of(folder)
    edit(folder, OLD, NEW)
    assert "Edition 2 serves." in faq("publish", "--author", "pavel", "--note", "shorter")
    assert "1 files of" in faq("rollback", "1", "--author", "olga")
    assert snapshot_of(folder).digest == before.digest
    environment = {**os.environ, "DATABASE_URL": fresh_dsn}
    handed_over = [sys.executable, "-m", "faq", "versions"]
    listed = subprocess.check_output(handed_over, cwd=ROOT, env=environment, text=True).splitlines()
    assert ["live" in line for line in listed] == [True, False, False]
    assert re.search("pavel +shorter +~areas/account.yaml$", listed[1])
    asyncio.run(_keep_a_sentence(fresh_dsn))
    faq("export", "2", str(tmp_path / "out"))
    [kept] = sentences_of("", (tmp_path / "out" / saved.FILE).read_bytes())
    assert (kept.text, kept.kind, kept.topic) == ("- закинуть: сотку", "find", "topup")
    assert NEW in (tmp_path / "out" / "areas" / "account.yaml").read_text(encoding="utf-8")
    assert "There is no edition 99" in faq("rollback", "99", code=1)
    edit(folder, "data: public", "data: secret")
    assert "`data` must be one of" in faq("publish", code=1)


async def _keep_a_sentence(dsn: str) -> None:
    """As the operations page does."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "INSERT INTO faq_case (text, language, kind, topic, author) VALUES ($1, 'ru', 'find', 'topup', 'pavel')",
        "- закинуть: сотку",
    )
    await connection.close()
