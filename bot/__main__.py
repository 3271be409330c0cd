"""run | demo | agents | lessons | db | erase: start, stop on a signal, exit code."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

from bot import config, log
from bot.backups import BackupError
from bot.backups.commands import add_commands as add_backup_commands
from bot.faq_commands import add_commands as add_faq_commands
from bot.roster_commands import add_commands, shell
from faq.since import since

EX_CONFIG = 78  # sysexits.h: the configuration is wrong, restarting will not help


def main() -> int:
    arguments = _parser().parse_args()
    environ = {**config.read_dotenv(Path(".env")), **os.environ}
    try:
        settings = config.load(environ, demo=arguments.command == "demo")
    except config.SettingsError as wrong:
        print("The settings are not right:", *(f"  {line}" for line in wrong.problems), sep="\n", file=sys.stderr)
        return EX_CONFIG
    log.configure(
        "WARNING" if settings.demo and "LOG_LEVEL" not in environ else settings.log_level, settings.log_format
    )
    return int(arguments.run(settings, arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="The support bot of a mobile operator.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="production; settings from the environment").set_defaults(run=_run)
    commands.add_parser("demo", help="everything on one machine, with invented subscribers").set_defaults(run=_demo)
    add_commands(commands.add_parser("agents", help="logins of the agents' desk"), _with_database)
    asked = commands.add_parser("lessons", help="what was asked and how it went, masked, as JSON lines")
    asked.add_argument("--since", type=since, default=since("7d"), metavar="SPAN", help="24h, 7d (default), 4w")
    asked.set_defaults(run=_lessons)
    gone = commands.add_parser("erase", help="remove a person's data everywhere")
    who = gone.add_mutually_exclusive_group(required=True)
    who.add_argument("--phone", help="as in +79000000001")
    who.add_argument("--subscriber", help="the subscriber's id, or the address in a channel")
    gone.set_defaults(run=_erase)
    add_faq_commands(commands.add_parser("faq", help="editions of the FAQ"), _with_database)
    database = commands.add_parser("db", help="the schema, backups").add_subparsers(dest="what", required=True)
    database.add_parser("check", help="is the schema the code's?").set_defaults(run=_db_check)
    add_backup_commands(database, _with_database)
    return parser


# running


def _start_postgres(settings: config.Settings) -> Any:
    """The embedded server, started here because it dies with the thread that started it: the main one."""
    if settings.database_url:
        return None
    from bot.postgres import EmbeddedPostgres

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    postgres = EmbeddedPostgres(settings.data_dir)
    postgres.start()
    return postgres


def _run(settings: config.Settings, _arguments: argparse.Namespace) -> int:
    return _serve(settings)


def _demo(settings: config.Settings, _arguments: argparse.Namespace) -> int:
    return _serve(
        replace(settings, demo_password=settings.demo_password or secrets.token_urlsafe(9), demo_history=True)
    )


class _Loading(Thread):
    """Reads the FAQ while the database starts; together they take as long as the slower of the two."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self._folder = folder
        self.knowledge: Any = None

    def run(self) -> None:
        from bot.knowledge.editions import load

        with suppress(Exception):  # read once more and told there, unless an edition of the database can serve
            self.knowledge = load(self._folder)

    def result(self) -> Any:
        while self.is_alive():
            self.join(0.2)  # Ctrl+C is heard between two looks
        return self.knowledge  # None: the folder is broken; what served last may do, and the database has it


def _serve(settings: config.Settings) -> int:
    from bot.postgres import PostgresError
    from faq.catalogue import CatalogueError

    loading = _Loading(settings.faq_dir)
    loading.start()
    postgres = None
    try:
        postgres = _start_postgres(settings)
        return asyncio.run(_live(settings, postgres, loading.result()))
    except KeyboardInterrupt:
        return 130
    except CatalogueError as broken:
        print("The FAQ cannot be used:", *(f"  {one}" for one in broken.findings), sep="\n", file=sys.stderr)
        return EX_CONFIG
    except PostgresError as problem:
        print(problem, file=sys.stderr)
        return 1
    finally:
        if postgres is not None:
            postgres.stop()


async def _live(settings: config.Settings, postgres: Any, knowledge: Any) -> int:
    from bot.app import Application, CannotListen, SchemaBehind
    from bot.database import TRANSIENT, shown

    application = Application(settings, postgres, knowledge)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, application.stopping.set)
    greeting = asyncio.create_task(_greet(application)) if settings.demo else None
    try:
        return await application.run()
    except SchemaBehind as problem:
        print(problem, file=sys.stderr)
        return EX_CONFIG
    except BackupError as problem:
        print(f"The schema must change, and no backup could be made before: {problem}", file=sys.stderr)
        print("Mend it, or unset BACKUP_DIR to go on without one.", file=sys.stderr)
        return EX_CONFIG
    except CannotListen as problem:
        print(f"Cannot listen on {settings.http_host}:{settings.http_port}: {problem}.", file=sys.stderr)
        print("Is another copy running? HTTP_PORT=8090 make demo takes another port.", file=sys.stderr)
        return 1
    except TRANSIENT as problem:
        print(f"The database {shown(application.dsn)} does not answer: {problem}", file=sys.stderr)
        return 1
    finally:
        if greeting:
            greeting.cancel()


async def _greet(application: Any) -> None:
    await application.ready.wait()
    settings = application.settings
    home = f"http://{settings.http_host}:{application.port}"
    lines = (
        "",
        f"  The subscriber's app     {home}/demo",
        f"  The agents' desk         {home}/console   anna, ivan (ru), li (ru, zh), olga (supervisor)",
        f"  Operations               {home}/ops       olga, pavel (editor)",
        f"  Password of all of them  {settings.demo_password}",
        f"  Telegram                 {'on' if settings.telegram_token else 'off; TELEGRAM_TOKEN turns it on'}",
        "",
        "  Ctrl+C stops it.",
        "",
    )
    print(*lines, sep="\n", flush=True)


# administration


def _with_database(settings: config.Settings, work: Any) -> int:
    """Run `work(dsn)` on the configured database: that of a running product, else started for that long."""
    from bot.postgres import PostgresError, running_dsn
    from bot.staff.roster import RosterError

    postgres = None
    try:
        dsn = settings.database_url or running_dsn(settings.data_dir)
        if dsn is None:
            postgres = _start_postgres(settings)
            dsn = postgres.dsn
        return int(asyncio.run(work(dsn)) or 0)
    except (RosterError, PostgresError) as problem:
        print(problem, file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"The database does not answer: {problem}", file=sys.stderr)
        return 1
    finally:
        if postgres is not None:
            postgres.stop()


def _db_check(settings: config.Settings, _arguments: argparse.Namespace) -> int:
    async def work(dsn: str) -> int:
        from bot import migrate

        problems = await migrate.check(dsn)
        print("\n".join(problems) or "The schema is the code's.")
        return 1 if problems else 0

    return _with_database(settings, work)


def _erase(settings: config.Settings, arguments: argparse.Namespace) -> int:
    async def work(dsn: str) -> int:
        from bot.backups.making import copy_erasures
        from bot.database import Database
        from bot.people import erase
        from bot.staff import audit

        db = Database(dsn, pool_size=2)
        await db.open()
        try:
            async with db.transaction() as tx:
                removed = await erase.everywhere(tx, phone=arguments.phone, address=arguments.subscriber)
                if removed:
                    person = arguments.phone or arguments.subscriber
                    await audit.keep_erasure(tx, shell(), person, sum(removed.values()))
            if settings.backup_dir:
                await copy_erasures(dsn, settings.backup_dir)
        except BackupError as problem:
            print(f"Erased, but the folder of backups does not know it yet: {problem}", file=sys.stderr)
        finally:
            await db.close()
        for table, rows in sorted(removed.items()):
            print(f"{table:14}{rows}")
        if not removed:
            print("Nobody is known by that.", file=sys.stderr)
        return 0 if removed else 1

    return _with_database(settings, work)


def _lessons(settings: config.Settings, arguments: argparse.Namespace) -> int:
    async def work(dsn: str) -> int:
        from asyncpg import PostgresError, UndefinedColumnError, UndefinedTableError

        from bot.database import Database, shown
        from bot.knowledge import lessons

        db = Database(dsn, pool_size=2)
        try:
            await db.open()
            async with db.transaction() as tx:
                async for lesson in lessons.since(tx, arguments.since):
                    print(json.dumps(lesson, ensure_ascii=False))
        except (UndefinedColumnError, UndefinedTableError):
            print("The schema is not the code's; run: python -m bot db upgrade", file=sys.stderr)
            return 1
        except PostgresError as problem:
            print(f"The database {shown(dsn)} does not let us in: {problem}", file=sys.stderr)
            return 1
        finally:
            await db.close()
        return 0

    return _with_database(settings, work)


if __name__ == "__main__":
    sys.exit(main())
