"""Whatever is done to the files of the FAQ: the last good edition answers on, editors are told where, and it heals."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

from bot.database import Database
from bot.knowledge.editions import Editions, load
from faq.knowledge import Knowledge
from faq.snapshot import snapshot_of
from tests.broken_writes import a_mishap, mend
from tests.seeded_mistakes import untranslated
from tests.world import ROOT

WRITES = 45
QUESTION = "как пополнить счёт"


async def test_no_write_to_the_folder_takes_an_answer_away(db: Database, tmp_path: Path) -> None:
    folder = tmp_path / "faq"
    shutil.copytree(ROOT / "tests" / "faq_sample", folder)
    good, random, serving = snapshot_of(folder), Random(2026), [load(folder)]
    editions = Editions(folder, serving[0], lambda known: serving.__setitem__(0, known), db)
    await editions.begin(from_folder=True)
    answer, refused = _answer(serving[0]), 0
    for write in range(WRITES):
        kind, path = a_mishap(folder, random)
        case = f"{write}: {kind}, {path.relative_to(folder)}"
        here = snapshot_of(folder)
        await editions.reload()
        assert editions.live is not None
        if editions.problem is None:
            assert editions.live.digest == here.digest, f"{case}: a good edit is live"
        else:
            refused += 1
            assert editions.live.digest == good.digest, case
            assert _answer(serving[0]) == answer, case
            errors = [one for one in editions.findings if not one.warning]
            assert errors, f"{case}: {editions.problem}"
            assert all(one.line > 0 and not Path(one.file).is_absolute() for one in errors), case
            assert untranslated(errors) == [], case
        mend(folder, good.files)
        await editions.reload()
        assert (editions.problem, editions.live.digest) == (None, good.digest), f"{case}: the next good write heals"
        assert _answer(serving[0]) == answer, case
    assert WRITES / 2 < refused < WRITES, "most writes are broken, some are good edits"


def _answer(known: Knowledge) -> str:
    return known.catalogue.entries[known.match(QUESTION, "ru").entry or ""].answer["ru"]
