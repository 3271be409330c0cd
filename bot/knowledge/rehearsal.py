"""A rehearsal of an edit: everything that can be said against it, and what it would change for people.

The edit is the folder, or files that an editor made on the page. Sentences that editors keep prove it too.

It runs as `python -m faq check` and `faq diff` in processes of their own, so that the bot answers on meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.database import Database
from bot.knowledge import lessons, published, saved
from bot.knowledge.saved import Case
from faq.saying import shown
from faq.snapshot import Snapshot, snapshot_of, unpack

log = logging.getLogger(__name__)

SPAN = timedelta(days=30)
PATIENCE = 900.0  # seconds; learning a changed edition takes two minutes
_ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Rehearsal:
    """`step`: idle, messages, learning, deciding, done, failed. `about`: the question it is to answer, or empty."""

    step: str = "idle"
    about: str = ""
    author: str = ""
    done: int = 0
    of: int = 0
    problem: str = ""
    findings: list[dict[str, Any]] = field(default_factory=list)
    result: dict[str, Any] | None = None


class Rehearsals:
    """One at a time; the page asks how far it is."""

    def __init__(self, db: Database, folder: Path, kept: Path) -> None:
        self.now = Rehearsal()
        self._db, self._folder, self._kept = db, folder, kept
        self._wanted = asyncio.Event()
        self._made: Snapshot | None = None

    def want(self, author: str = "", about: str = "", made: Snapshot | None = None) -> bool:
        """Of these files, else of the folder. False: one is under way."""
        if self._wanted.is_set():
            return False
        self.now, self._made = Rehearsal("messages", about, author), made
        self._wanted.set()
        return True

    async def run(self) -> None:
        """Supervised for ever."""
        while True:
            await self._wanted.wait()
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._rehearse(self.now)
            except Exception as problem:  # the edge of the editors' work: whatever it is, they are told
                log.error("faq: the rehearsal failed", extra={"cause": str(problem)[:300]})
                self.now.step, self.now.problem = "failed", str(problem)[-500:] or type(problem).__name__
            self._wanted.clear()

    async def _rehearse(self, now: Rehearsal) -> None:
        with tempfile.TemporaryDirectory(prefix="faq-rehearsal-") as desk:
            asked = Path(desk) / "lessons.jsonl"
            base, proofs = await self._prepare(asked)
            made = await asyncio.to_thread(snapshot_of, self._folder) if self._made is None else self._made
            edit = Snapshot({**made.files, **saved.as_file(made, proofs)})
            folder = await asyncio.to_thread(unpack, edit, Path(desk) / "faq")
            code, said = await self._faq("check", "--json", str(folder))
            now.findings = json.loads(said.replace(f"{folder}/", ""))
            if code == 1:
                now.step, now.problem = "failed", "findings"
                return
            code, said = await self._faq(
                "diff", str(base), "--faq", str(folder), "--from", str(asked), "--json", "--progress", now=now
            )
            if code:
                raise RuntimeError(said[-500:])
            now.result, now.step = _shown_proof(json.loads(said), folder), "done"

    async def _prepare(self, asked: Path) -> tuple[Path, list[Case]]:
        """Write what was asked to a file; the edition that serves, as a folder, and the sentences that are kept."""
        async with self._db.transaction() as tx:
            edition = await published.live(tx)
            if edition is None:
                raise RuntimeError("no edition serves")
            snapshot = await published.content(tx, edition)
            # What is not understood yet is what an edit is for: it is to be found now.
            proofs = [replace(one, kind="find") if one.topic else one for one in await saved.every(tx)]
            with asked.open("w", encoding="utf-8") as file:
                async for lesson in lessons.since(tx, SPAN):
                    file.write(json.dumps(lesson, ensure_ascii=False) + "\n")
        return await asyncio.to_thread(unpack, snapshot, self._kept / edition.digest[:16]), proofs

    async def _faq(self, *order: str, now: Rehearsal | None = None) -> tuple[int, str]:
        environment = {**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONIOENCODING": "utf-8"}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "faq", *order),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            limit=64 * 1024 * 1024,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            said, told = await asyncio.gather(process.stdout.read(), _follow(process.stderr, now))
            code = await process.wait()
        except BaseException:
            with suppress(ProcessLookupError):
                process.kill()
            raise
        return code, said.decode("utf-8", "replace") or told


def _shown_proof(result: dict[str, Any], folder: Path) -> dict[str, Any]:
    for one in result["proof"]["changed"]:
        one["place"] = shown(one["place"], folder)
    return result


async def _follow(stream: asyncio.StreamReader, now: Rehearsal | None) -> str:
    """Take the progress out of what is said on the side; the rest of it is what went wrong."""
    rest = ""
    async for line in stream:
        try:
            told = json.loads(line)
            if now is not None:
                now.step, now.done, now.of = str(told["step"]), int(told["done"]), int(told["of"])
        except (ValueError, KeyError, TypeError):
            rest += line.decode("utf-8", "replace")
    return rest[-2000:]
