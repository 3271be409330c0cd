"""An addition that an editor makes on the page: checked, rehearsed and published without touching the folder by hand.

It is made for the edition its editor saw. Who changed the same file since is named, so that nobody writes over anybody;
another file's change is taken along. Once it serves, the folder gets the same addition, so that its next edit keeps it.

Refused       it cannot be used; `findings` says why, lines counted within the addition
Overtaken     the same file was changed since; `author` did, in `edition`
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from bot.database import Tx
from bot.knowledge import decisions, published, saved
from bot.knowledge.decisions import Decided, State
from bot.knowledge.editions import Editions, Unpublishable
from bot.knowledge.missing import MissingAnswers
from bot.knowledge.published import Edition, Newer, NoEdition
from bot.parts import Bot
from bot.staff import audit
from bot.staff.audit import Actor
from faq import additions
from faq.check import check_all
from faq.entry import Finding
from faq.snapshot import Snapshot, line_changes, put_file, unpack
from faq.strict_yaml import YamlError

log = logging.getLogger(__name__)

LONGEST = 20_000  # signs of an addition
_TRIES = 3  # as often as somebody else may publish another file meanwhile


@dataclass(frozen=True)
class Addition:
    """To one file of the edition `base`."""

    base: int
    file: str
    text: str


@dataclass(frozen=True)
class Checked:
    findings: tuple[Finding, ...]
    lines: tuple[str, ...]  # what it changes


@dataclass(frozen=True)
class About:
    """The question that it answers, as it was asked in these days."""

    fingerprint: str
    days: int


class Refused(Exception):
    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


class Overtaken(Exception):
    def __init__(self, by: Edition) -> None:
        super().__init__(f"{by.author} published edition {by.id}")
        self.author, self.edition = by.author, by.id


async def applied(tx: Tx, login: str, addition: Addition) -> tuple[Edition, Snapshot, Snapshot]:
    """What serves, its files, and the files with the addition. Raises Refused, Overtaken, NoEdition."""
    if not additions.FILES.fullmatch(addition.file) or len(addition.text) > LONGEST:
        raise Refused((Finding(addition.file, 1, "shape", "phrases/*.yaml and areas/*.yaml take additions"),))
    live = await published.live(tx)
    if live is None:
        raise NoEdition("0")
    if addition.base != live.id:
        await published.one(tx, addition.base)
        if by := await published.changed_by_others(tx, addition.file, addition.base, login):
            raise Overtaken(by)
    before = await published.content(tx, live)
    try:
        new = additions.added(before.files.get(addition.file, b""), addition.file, addition.text)
    except YamlError as odd:
        raise Refused((Finding(addition.file, odd.line, "yaml", odd.message),)) from None
    return live, before, Snapshot({**before.files, addition.file: new})


async def check(bot: Bot, who: Actor, addition: Addition) -> Checked:
    """What speaks against it, by the rules of `faq check`, and its lines. Raises Refused, Overtaken, NoEdition."""
    async with bot.db.transaction() as tx:
        _, before, after = await applied(tx, who.login, addition)
    found = await asyncio.to_thread(_findings, addition, before, after)
    return Checked(found, tuple(await asyncio.to_thread(line_changes, before, after)))


def _findings(addition: Addition, before: Snapshot, after: Snapshot) -> tuple[Finding, ...]:
    """Those of the addition, and errors anywhere; lines as the editor of the addition counts them."""
    with tempfile.TemporaryDirectory(prefix="faq-check-") as desk:
        folder = unpack(after, Path(desk) / "faq")
        found = [one.within(folder) for one in check_all(folder, compare=False)]
    first = additions.first_new_line(before.files.get(addition.file, b""))
    own = [one for one in found if not one.warning or one.file == addition.file]
    if not addition.file.startswith("areas/"):
        return tuple(_in_phrases(one, addition, after) for one in own)
    told = [replace(one, line=one.line - first + 1) if one.file == addition.file else one for one in own]
    return tuple(one for one in told if not one.warning or one.line >= 1)


def _in_phrases(finding: Finding, addition: Addition, after: Snapshot) -> Finding:
    """The line of the addition that reads like the one that was found in the file; the first if none does."""
    if finding.file != addition.file:
        return finding
    lines = after.files[addition.file].decode("utf-8-sig").splitlines()
    wanted = lines[finding.line - 1].strip() if finding.line <= len(lines) else ""
    typed = [line.strip() for line in addition.text.splitlines()]
    return replace(finding, line=typed.index(wanted) + 1 if wanted in typed else 1)


async def rehearse(bot: Bot, who: Actor, addition: Addition, about: str) -> bool:
    """False: a rehearsal is under way already. Raises Refused, Overtaken, NoEdition."""
    if bot.rehearsals is None:
        raise RuntimeError("nobody rehearses yet")
    async with bot.db.transaction() as tx:
        _, _, after = await applied(tx, who.login, addition)
    return bot.rehearsals.want(who.login, about, after)


async def publish(bot: Bot, who: Actor, addition: Addition, note: str, about: About | None) -> Edition:
    """It goes live everywhere, and with it what it answers is decided.

    Raises Refused, Overtaken, NoEdition, Unpublishable; NoSuchGap and Decided about the question.
    """
    editions, state, entry = _editions(bot), _state(addition), _entry(addition)
    missing = await _missing(bot).one(bot.knowledge, about.fingerprint, about.days) if about else None
    if missing is not None and missing.decision is not None:
        raise Decided(missing.decision.author)

    async def also(tx: Tx, edition: Edition) -> None:
        await audit.keep(tx, who, "faq_published", about=str(edition.id), note=note)
        if missing is not None:
            await decisions.decide(tx, who.login, missing.subject, state, (entry, edition.id))

    for _ in range(_TRIES):
        async with bot.db.transaction() as tx:
            live, _, after = await applied(tx, who.login, addition)
        try:
            edition = await editions.publish_made(after, live, (who.login, note), also)
        except Newer:
            continue
        await asyncio.to_thread(_into_folder, editions.folder, addition)
        await saved.found_now(bot.db, bot.knowledge)
        return edition
    raise Unpublishable("others publish all the time; try again")


def _state(addition: Addition) -> State:
    return "accepted" if addition.file.startswith("areas/") else "merged"


def _entry(addition: Addition) -> str:
    """The first that it adds, or adds to. Raises Refused."""
    try:
        found = additions.ids(addition.text)
    except YamlError as odd:
        raise Refused((Finding(addition.file, odd.line, "yaml", odd.message),)) from None
    return found[0] if found else ""


def _into_folder(folder: Path, addition: Addition) -> None:
    """Whatever else has been edited there stays; a folder that cannot be written to is left alone."""
    try:
        before = folder / addition.file
        content = before.read_bytes() if before.is_file() else b""
        put_file(folder, addition.file, additions.added(content, addition.file, addition.text))
    except (OSError, YamlError, ValueError) as problem:
        log.warning("faq: the folder does not have what was published", extra={"cause": str(problem)[:300]})


def _editions(bot: Bot) -> Editions:
    if bot.editions is None:
        raise RuntimeError("the editions have not begun")
    return bot.editions


def _missing(bot: Bot) -> MissingAnswers:
    if bot.missing is None:
        raise RuntimeError("nobody looks for missing answers yet")
    return bot.missing
