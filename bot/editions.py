"""The FAQ that serves: watched, reloaded when a file changes, swapped at once; a broken edit changes nothing.

`problem` tells editors what keeps the newest edit from being live.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from faq.catalogue import CatalogueError
from faq.knowledge import Knowledge

log = logging.getLogger(__name__)

EVERY = 0.5  # seconds; an edit is to be live within 2
SUFFIXES = (".yaml", ".csv")


class Editions:
    def __init__(self, folder: Path, swap: Callable[[Knowledge], None]) -> None:
        self._folder = folder
        self._swap = swap
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
            await asyncio.sleep(EVERY)
            try:
                now = await asyncio.to_thread(self.stamp)
            except OSError:  # a file vanished between listing and looking; look again
                continue
            if now != seen:
                seen = now
                await self.reload()

    async def reload(self) -> None:
        try:
            knowledge = await asyncio.to_thread(Knowledge.load, self._folder)
        except CatalogueError as broken:
            self.problem = "\n".join(str(finding) for finding in broken.findings)
            log.error("faq: the edit is not live", extra={"findings": len(broken.findings), "first": str(broken)[:300]})
        except (OSError, ValueError) as broken:
            self.problem = str(broken)
            log.error("faq: the edit is not live", extra={"cause": str(broken)[:300]})
        else:
            self._swap(knowledge)
            self.problem = None
            self.loaded += 1
            log.info("faq: edition live", extra={"entries": len(knowledge.catalogue.entries)})
