"""An editor saves a file that is not whole: the last good edition answers on, and the next good save is live."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

from faq.knowledge import Knowledge
from tests.world import ROOT, World


async def test_a_half_written_table_changes_nothing_and_ends_nothing(
    fresh_dsn: str, knowledge: Knowledge, tmp_path: Path
) -> None:
    folder = tmp_path / "faq"
    shutil.copytree(ROOT / "faq", folder, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    table = folder / "operator" / "places_extra.csv"
    whole = table.read_bytes()
    async with World(fresh_dsn, knowledge, telegram=False, faq_dir=folder) as world:
        anna = world.subscriber("anna", "inapp")
        await _save(world, table, whole[: len(whole) // 2], broken=True)
        await anna.says("ловит ли в Листвянке")
        await anna.hears("^Листвянка")
        await _save(world, table, whole, broken=False)
        await anna.says("ловит ли в Хужире")
        await anna.hears("^Хужир")
        assert world.app.ended is None


async def _save(world: World, table: Path, content: bytes, *, broken: bool) -> None:
    """Save, until /readyz tells of a problem with the newest edit, or of none any more."""
    http, details = world.session(), dict[str, Any]()
    for look in range(600):
        if look % 60 == 0:  # the very first save may come before anybody watches
            await asyncio.to_thread(table.write_bytes, content)
        async with http.get("/readyz") as answer:
            details = (await answer.json())["details"]["faq"]
        if bool(details["problem"]) is broken:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"still: {details}")
