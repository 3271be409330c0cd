"""The FAQ that serves: the newest edition of the database, the same in every replica, swapped at once.

The folder is watched: a good edit becomes an edition (with FAQ_PUBLISH=hand, a draft to be published), a broken one
changes nothing and `problem` tells editors why. Going back leaves the folder alone: what has served before is no edit.

Unpublishable    the folder as it is cannot serve; `findings` says why
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TypeAlias

from bot.database import TRANSIENT, Database, Tx
from bot.knowledge import published
from bot.knowledge.published import Edition
from faq.catalogue import CatalogueError
from faq.entry import Finding
from faq.knowledge import Knowledge
from faq.saying import say
from faq.snapshot import Snapshot, bring_back, snapshot_of, stamp_of, unpack

log = logging.getLogger(__name__)

AlsoKept: TypeAlias = Callable[[Tx, Edition], Awaitable[None]]

EVERY = 0.5  # seconds; an edit is to be live within 2
CALM = 0.15  # seconds without another write, after which an edit of several files is whole
ASK_EVERY = 5.0  # seconds; when no bell of another replica was heard


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


def load(folder: Path, *, served: bool = False, serving: Knowledge | None = None) -> Knowledge:
    """Ready in two seconds: new phrases count by nearness until they are learned."""
    return Knowledge.load(folder, hasty=True, served=served, serving=serving)


async def first(folder: Path, db: Database, kept: Path) -> tuple[Knowledge, bool]:
    """What to start with, and is it the folder's: if that is broken, what served last does. Raises CatalogueError."""
    try:
        return await apart(partial(load, folder)), True
    except Exception as broken:
        async with db.transaction() as tx:
            edition = await published.live(tx)
        if edition is None:
            raise
        log.error("faq: the folder is broken, the last edition serves", extra={"cause": str(broken)[:300]})
        return await _from_database(db, edition, kept), False


async def _from_database(db: Database, edition: Edition, kept: Path, serving: Knowledge | None = None) -> Knowledge:
    async with db.transaction() as tx:
        snapshot = await published.content(tx, edition)
    folder = await asyncio.to_thread(unpack, snapshot, kept / edition.digest[:16])
    return await apart(partial(load, folder, served=True, serving=serving))


class Unpublishable(Exception):
    def __init__(self, problem: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(problem)
        self.findings = findings


class Editions:
    def __init__(self, folder: Path, serving: Knowledge, swap: Callable[[Knowledge], None], db: Database) -> None:
        self.folder = folder
        self.by_hand = False  # edits wait as a draft until they are published
        self.kept = Path("data/faq")  # where editions out of the database lie
        self.live: Edition | None = None
        self.draft: Knowledge | None = None  # the folder's, when it is good and something else serves
        self.problem: str | None = None
        self.findings: tuple[Finding, ...] = ()  # of the folder: errors of a broken one, warnings of a good one
        self.loaded = 0
        self._db, self._serving, self._swap = db, serving, swap
        self._before: tuple[str, Knowledge] | None = None  # what served before, so that going back takes no time
        self._learning: asyncio.Task[Knowledge] | None = None
        self._learning_for = serving
        self._draft_digest = ""
        self._seen: object = None
        self._one_at_a_time = asyncio.Lock()

    async def begin(self, *, from_folder: bool) -> None:
        """Before the first message: serve what the database says; a folder it has never seen is a new edition.

        `from_folder`: that is where what serves has been read from, else it is the database's newest.
        """
        self._seen = await asyncio.to_thread(stamp_of, self.folder)
        here = await asyncio.to_thread(snapshot_of, self.folder)
        async with self._db.transaction() as tx:
            newest = await published.live(tx)
            known = await published.has_served(tx, here.digest)
        if not from_folder:
            self.live = newest
            await self.reload()
        elif newest is None or not (known or self.by_hand):
            await self._publish(self._serving, here, _owner(self.folder), "")
        elif newest.digest == here.digest:
            self.live, self.findings = newest, self._serving.catalogue.warnings
        else:
            await self._take(newest)
            await self.reload(publish=False)

    async def watch(self) -> None:
        """Supervised for ever."""
        asked = 0.0
        with self._db.bell.listen(published.BELL) as ear:
            while True:
                await self._settle()
                rung = await ear.wait(EVERY)
                try:
                    if await self._edited():
                        await self.reload()
                    asked += EVERY
                    if rung or asked >= ASK_EVERY:
                        asked = 0.0
                        await self.follow()
                except OSError:  # a file vanished between listing and looking; look again
                    self._seen = None
                except TRANSIENT as away:
                    self._seen = None  # the edit is not lost, it is looked at again when the database is back
                    log.warning("faq: the database is away", extra={"cause": type(away).__name__})

    async def _edited(self) -> bool:
        """The folder has changed, and nobody is writing to it any more."""
        now = await asyncio.to_thread(stamp_of, self.folder)
        if now == self._seen:
            return False
        while True:
            await asyncio.sleep(CALM)
            again = await asyncio.to_thread(stamp_of, self.folder)
            if again == now:
                break
            now = again
        self._seen = now
        return True

    async def follow(self) -> None:
        """Serve what another replica, or a command, has published."""
        async with self._db.transaction() as tx:
            newest = await published.live(tx)
        if newest is not None and (self.live is None or newest.id > self.live.id):
            await self._take(newest)
            await self.reload(publish=False)

    async def reload(self, *, publish: bool = True) -> None:
        """Read the folder; a good edit goes live, or waits as a draft if edits are published by hand."""
        here = await asyncio.to_thread(snapshot_of, self.folder)
        self.draft, self.problem, self.findings = None, None, ()
        if self.live is not None and here.digest == self.live.digest:
            self.findings = self._serving.catalogue.warnings
            return
        try:
            knowledge = await apart(partial(load, self.folder, serving=self._serving))
        except CatalogueError as broken:
            self.findings = tuple(one.within(self.folder) for one in broken.findings)
            self.problem = "\n".join(str(finding) for finding in self.findings)
            log.error("faq: the edit is not live", extra={"findings": len(broken.findings), "first": str(broken)[:300]})
            return
        except Exception as broken:  # the edge of the editors' work: whatever a half-written file raises, we serve on
            self.problem = f"{type(broken).__name__}: {broken}"
            if isinstance(broken, OSError) and broken.filename:  # taken away after the rules had read it
                reason = say("the file cannot be read ({reason})", reason=broken.strerror)
                self.findings = (Finding(str(broken.filename), 1, "file", reason).within(self.folder),)
            log.error("faq: the edit is not live", extra={"cause": self.problem[:300]})
            return
        self.draft, self._draft_digest, self.findings = knowledge, here.digest, knowledge.catalogue.warnings
        if publish and (self.live is None or not self.by_hand):
            if (await asyncio.to_thread(snapshot_of, self.folder)).digest != here.digest:
                self._seen = None  # written to while it was read; look again
                return
            await self._publish(knowledge, here, _owner(self.folder), "")

    async def publish(self, author: str, note: str) -> Edition:
        """The folder as it is goes live, everywhere. Raises Unpublishable."""
        here = await asyncio.to_thread(snapshot_of, self.folder)
        if self.draft is None or self._draft_digest != here.digest:
            await self.reload(publish=False)
        if self.problem is not None:
            raise Unpublishable(self.problem, self.findings)
        if self.draft is None or self._draft_digest != here.digest:  # written to meanwhile, or it serves already
            if self.live is not None and self.live.digest == here.digest:
                return self.live
            raise Unpublishable("the folder is being written to; try again")
        return await self._publish(self.draft, here, author, note)

    async def publish_made(self, made: Snapshot, of: Edition, signed: tuple[str, str], also: AlsoKept) -> Edition:
        """Files that were made of an edition instead of the folder go live, everywhere; `signed`: author and note.

        `also` writes in the same transaction. Raises Unpublishable, and published.Newer if another edition serves.
        """
        folder = await asyncio.to_thread(unpack, made, self.kept / made.digest[:16])
        try:
            knowledge = await apart(partial(load, folder))
        except CatalogueError as broken:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            told = tuple(one.within(folder) for one in broken.findings)
            raise Unpublishable("\n".join(map(str, told)), told) from None
        async with self._one_at_a_time:
            async with self._db.transaction() as tx:
                edition, _ = await published.publish(tx, made, author=signed[0], note=signed[1], of=of.id)
                await also(tx, edition)
            self._serve(knowledge, edition)
        self._db.bell.ring(published.BELL)
        return edition

    async def roll_back(self, edition_id: int, author: str, note: str) -> Edition:
        """What served once serves again, everywhere. Raises published.NoEdition."""
        async with self._db.transaction() as tx:
            edition = await published.roll_back(tx, edition_id, author=author, note=note)
        self._db.bell.ring(published.BELL)
        await self.follow()
        return edition

    async def _publish(self, knowledge: Knowledge, snapshot: Snapshot, author: str, note: str) -> Edition:
        async with self._one_at_a_time:
            async with self._db.transaction() as tx:
                edition, fresh = await published.publish(tx, snapshot, author=author, note=note)
            self._serve(knowledge, edition)
        if fresh:
            self._db.bell.ring(published.BELL)
        return edition

    async def _take(self, edition: Edition) -> None:
        """Load an edition from the database and serve it; one that is already in memory at once."""
        async with self._one_at_a_time:
            if self.live is not None and edition.digest == self.live.digest:
                self.live = edition
                return
            if self._before is not None and self._before[0] == edition.digest:
                knowledge = self._before[1]
            else:
                try:
                    knowledge = await _from_database(self._db, edition, self.kept, self._serving)
                except (ValueError, OSError, CatalogueError) as broken:  # asked for again in a few seconds
                    log.error(
                        "faq: an edition cannot be had", extra={"edition": edition.id, "cause": str(broken)[:300]}
                    )
                    return
            held = self.live.digest if self.live else ""
            self._serve(knowledge, edition)
            if edition.restored_id is not None:
                await self._folder_too(edition, held)

    async def _folder_too(self, edition: Edition, held: str) -> None:
        """Else the next edit of any file would bring back what was just taken back."""
        async with self._db.transaction() as tx:
            content = await published.content(tx, edition)
        try:
            if await asyncio.to_thread(partial(bring_back, content, self.folder, held=held)) is None:
                log.info("faq: the folder has edits that never served and was left alone")
        except (OSError, ValueError) as problem:  # a folder that cannot be written to
            log.warning("faq: the folder does not have what serves", extra={"cause": str(problem)[:300]})

    def _serve(self, knowledge: Knowledge, edition: Edition) -> None:
        if self.live is not None and self.live.digest != edition.digest:
            self._before = (self.live.digest, self._serving)
        self._swap(knowledge)
        self._serving, self.live, self.draft, self.problem = knowledge, edition, None, None
        self.findings = knowledge.catalogue.warnings
        self.loaded += 1
        log.info("faq: edition live", extra={"edition": edition.id, "entries": len(knowledge.catalogue.entries)})

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


def _owner(folder: Path) -> str:
    """Who owns the file that was written last; “folder” where the system does not tell."""
    try:
        newest = max(stamp_of(folder), key=lambda one: one[1])
        return Path(newest[0]).owner()
    except (OSError, ValueError, KeyError, NotImplementedError, AttributeError):
        return "folder"
