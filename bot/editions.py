"""The FAQ that serves: watched, reloaded when a file changes, swapped at once; a broken edit changes nothing.

`problem` tells editors what keeps the newest edit from being live.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Thread

from faq.catalogue import CatalogueError
from faq.knowledge import Knowledge

log = logging.getLogger(__name__)

EVERY = 0.5  # seconds; an edit is to be live within 2
SUFFIXES = (".yaml", ".csv")


async def apart(work: Callable[[], Knowledge]) -> Knowledge:
    """Do it in a thread of its own: learning takes two minutes, and a stopping process does not wait for it."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Knowledge] = loop.create_future()

    def tell(knowledge: Knowledge | None, problem: Exception | None) -> None:
        if done.cancelled():
            return
        if problem is not None:
            done.set_exception(problem)
        elif knowledge is not None:
            done.set_result(knowledge)

    def run() -> None:
        knowledge, problem = None, None
        try:
            knowledge = work()
        except Exception as raised:  # handed over to whoever waits
            problem = raised
        with suppress(RuntimeError):  # the loop is gone: nobody waits any more
            loop.call_soon_threadsafe(tell, knowledge, problem)

    Thread(target=run, name="faq", daemon=True).start()
    return await done


def load(folder: Path) -> Knowledge:
    """Ready in two seconds: new phrases count by nearness until they are learned."""
    return Knowledge.load(folder, hasty=True)


class Editions:
    def __init__(self, folder: Path, serving: Knowledge, swap: Callable[[Knowledge], None]) -> None:
        self._folder = folder
        self._serving = serving
        self._swap = swap
        self._learning: asyncio.Task[Knowledge] | None = None
        self._learning_for = serving
        self.problem: str | None = None
        self.loaded = 0

    def stamp(self) -> tuple[tuple[str, int, int], ...]:
        """Changes whenever a file of the FAQ does."""
        files = (path for path in self._folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())
        return tuple(sorted((str(path), (about := path.stat()).st_mtime_ns, about.st_size) for path in files))

    async def watch(self) -> None:
        """Supervised for ever."""
        seen = await asyncio.to_thread(self.stamp)
        while True:
            await self._settle()
            await asyncio.sleep(EVERY)
            try:
                now = await asyncio.to_thread(self.stamp)
            except OSError:  # a file vanished between listing and looking; look again
                continue
            if now != seen:
                seen = now
                await self.reload()

    async def _settle(self) -> None:
        """Learn what the serving edition was too hasty to; a newer edit meanwhile makes the lesson worthless."""
        if self._learning is None:
            if not self._serving.settled:
                self._learning = asyncio.create_task(apart(self._serving.settle))
                self._learning_for = self._serving
            return
        if not self._learning.done():
            return
        done, self._learning = self._learning, None
        learned = self._serving
        if (cause := done.exception()) is not None:
            log.error("faq: could not be learned, an older lesson serves on", extra={"cause": str(cause)[:300]})
        else:
            learned = done.result()
        if self._learning_for is self._serving:
            self._serving = replace(learned, settled=True)  # also when it failed: once is enough for one edition
            self._swap(self._serving)

    async def reload(self) -> None:
        try:
            knowledge = await apart(partial(load, self._folder))
        except CatalogueError as broken:
            self.problem = "\n".join(str(finding) for finding in broken.findings)
            log.error("faq: the edit is not live", extra={"findings": len(broken.findings), "first": str(broken)[:300]})
        except Exception as broken:  # the edge of the editors' work: whatever a half-written file raises, we serve on
            self.problem = f"{type(broken).__name__}: {broken}"
            log.error("faq: the edit is not live", extra={"cause": self.problem[:300]})
        else:
            self._swap(knowledge)
            self._serving = knowledge
            self.problem = None
            self.loaded += 1
            log.info("faq: edition live", extra={"entries": len(knowledge.catalogue.entries)})
