"""`python -m bot faq versions | publish | rollback | export`: editions of the FAQ from the command line.

`python -m faq` hands these four over to here: the FAQ itself opens no database.
"""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from bot.config import Settings
from bot.database import CHANNEL, Database, Tx
from bot.knowledge import published, saved
from bot.knowledge.published import Edition, NoEdition
from bot.staff import audit
from bot.staff.audit import Outsider
from faq.catalogue import CatalogueError, load_catalogue
from faq.snapshot import Snapshot, bring_back, put_back, snapshot_of

WithDatabase = Callable[[Settings, Callable[[str], Awaitable[int | None]]], int]


def add_commands(parser: argparse.ArgumentParser, with_database: WithDatabase) -> None:
    actions = parser.add_subparsers(dest="what", required=True)
    versions = actions.add_parser("versions", help="what served when, by whom, why; the newest first")
    versions.add_argument("--most", type=int, default=20, metavar="N")
    versions.set_defaults(run=partial(_run, with_database, _versions))
    publish = actions.add_parser("publish", help="make a folder the edition that serves, everywhere")
    publish.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="default: FAQ_DIR")
    back = actions.add_parser("rollback", help="let an earlier edition serve again, byte for byte")
    back.add_argument("edition", type=int, metavar="ID")
    for command, run in ((publish, _publish), (back, _roll_back)):
        command.add_argument("--author", default=_somebody(), help="default: who is logged in here")
        command.add_argument("--note", default="", help="why, for those who read the versions")
        command.set_defaults(run=partial(_run, with_database, run))
    export = actions.add_parser("export", help="write an edition's files into a folder, with tests/saved.yaml")
    export.add_argument("edition", type=int, metavar="ID")
    export.add_argument("folder", type=Path, metavar="DIR")
    export.set_defaults(run=partial(_run, with_database, _export))


def _somebody() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return "shell"


def _run(with_database: WithDatabase, command: Any, settings: Settings, arguments: argparse.Namespace) -> int:
    async def connected(dsn: str) -> int:
        db = Database(dsn, pool_size=2)
        await db.open()
        try:
            return int(await command(db, settings, arguments) or 0)
        except NoEdition as none:
            print(f"There is no edition {none}; `faq versions` lists them.", file=sys.stderr)
            return 1
        finally:
            await db.close()

    return with_database(settings, connected)


async def _versions(db: Database, settings: Settings, arguments: argparse.Namespace) -> None:
    async with db.transaction() as tx:
        editions = await published.newest(tx, arguments.most)
    for number, one in enumerate(editions):
        at = one.at.astimezone(settings.timezone).strftime("%Y-%m-%d %H:%M")
        back = f"back to {one.restored_id} " if one.restored_id else ""
        live = "live" if number == 0 else ""
        print(f"{one.id:5} {live:4} {at}  {one.author:12} {back}{one.note or '-'}  {' '.join(one.changes)}")


async def _publish(db: Database, settings: Settings, arguments: argparse.Namespace) -> int:
    folder = arguments.folder or settings.faq_dir
    snapshot = snapshot_of(folder)
    try:
        load_catalogue(folder)
    except CatalogueError as broken:
        print("Not published:", *(f"  {one}" for one in broken.findings), sep="\n", file=sys.stderr)
        return 1
    async with db.transaction() as tx:
        edition, fresh = await published.publish(tx, snapshot, author=arguments.author, note=arguments.note)
        await _keep(tx, "faq_published", arguments, edition)
    print(f"Edition {edition.id} serves{'.' if fresh else ' already; nothing has changed.'}")
    return 0


async def _roll_back(db: Database, settings: Settings, arguments: argparse.Namespace) -> None:
    async with db.transaction() as tx:
        before = await published.live(tx)
        edition = await published.roll_back(tx, arguments.edition, author=arguments.author, note=arguments.note)
        content = await published.content(tx, edition)
        await _keep(tx, "faq_rolled_back", arguments, edition)
    print(f"Edition {edition.id} serves: the files of {arguments.edition}.")
    changed = bring_back(content, settings.faq_dir, held=before.digest if before else "")
    if changed is None:
        print(f"{settings.faq_dir} has edits that never served and was left alone.")
    elif changed:
        print(f"{len(changed)} files of {settings.faq_dir} are as they were then.")


async def _export(db: Database, _settings: Settings, arguments: argparse.Namespace) -> None:
    async with db.transaction() as tx:
        content = await published.content(tx, await published.one(tx, arguments.edition))
        kept = saved.as_file(content, await saved.every(tx))
    content = Snapshot({**content.files, **kept})
    arguments.folder.mkdir(parents=True, exist_ok=True)
    print(f"{len(put_back(content, arguments.folder))} files written to {arguments.folder}.")


async def _keep(tx: Tx, deed: str, arguments: argparse.Namespace, edition: Edition) -> None:
    """Who did it; and with the commit every replica hears that there is a newer edition."""
    await audit.keep(tx, Outsider(arguments.author, "shell"), deed, about=str(edition.id), note=edition.note)
    await tx.execute("SELECT pg_notify($1, $2)", CHANNEL, json.dumps(["command", [published.BELL]]))
