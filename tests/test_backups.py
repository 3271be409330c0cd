"""Backups: whole or not there, equal row for row when restored, and whoever was erased stays erased."""

from __future__ import annotations

import asyncio
import re
import stat
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from bot import __main__ as commands
from bot import contacts, inbox, transcript
from bot.backups import CannotDump, CannotRestore, Unfinished, preparing
from bot.backups.folder import dumps
from bot.backups.making import copy_erasures, make
from bot.backups.restoring import restore
from bot.database import MIGRATION_LOCK, Database
from bot.people import erase
from bot.postgres import EmbeddedPostgres
from tests.conftest import database_of

KEEP = timedelta(days=30)
NIGHT = datetime(2026, 11, 23, 20, tzinfo=UTC)
PHONE, OTHER, THIRD = "+79021112233", "+79024445566", "+79027778899"
TABLES = """
    SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
     WHERE schemaname IN ('public', 'mock_operator') ORDER BY 1
"""
HASH = "SELECT count(*) || ' ' || coalesce(md5(string_agg(one::text, '|' ORDER BY one::text)), '') FROM {} one"
_numbers = count(1)


@pytest_asyncio.fixture
async def empty(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """A database without a table."""
    name = f"empty_{next(_numbers)}"
    server = await asyncpg.connect(postgres.dsn)
    try:
        await server.execute(f"CREATE DATABASE {name}")
        yield database_of(postgres, name)
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await server.close()


async def _ask(dsn: str, statement: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        return [str(row[0]) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def _hashes(dsn: str) -> dict[str, str]:
    return {table: (await _ask(dsn, HASH.format(table)))[0] for table in await _ask(dsn, TABLES)}


async def _everything(dsn: str) -> str:
    """Every row of ours but the FAQ's; the invented operator knows its subscribers, as a real one does."""
    tables = [table for table in await _ask(dsn, TABLES) if re.match(r"public\.(?!faq_)", table)]
    return "\n".join([row for table in tables for row in await _ask(dsn, f"SELECT one::text FROM {table} one")])


async def _says(db: Database, phone: str, text: str) -> int:
    """A message from the app, heard and not answered yet."""
    async with db.transaction() as tx:
        opened = await contacts.open(tx, "inapp", phone, language="ru", phone=phone)
        await transcript.append(tx, opened.id, "msg", "user", {"text": f"{text} {phone}"})
        key, lane = f"{phone} {text}", f"inapp:{phone}"
        await inbox.put(tx, channel="inapp", source="app", key=key, lane=lane, payload=text.encode())
        return opened.id


async def test_a_backup_made_while_people_write_is_restored_elsewhere_row_for_row(
    db: Database, empty: str, tmp_path: Path
) -> None:
    said = count(1)

    async def writing() -> None:
        while True:
            number = next(said)
            await _says(db, f"+7902{number % 5:07}", f"слово {number} \\ \t «кавычки» 中文")

    writers = [asyncio.create_task(writing()) for _ in range(3)]
    try:
        first = await make(db.dsn, tmp_path, keep=KEEP, now=NIGHT)
    finally:
        for writer in writers:
            writer.cancel()
        await asyncio.wait(writers)
    assert stat.S_IMODE(first.path.stat().st_mode) == 0o600
    await restore(empty, first.path)
    events = "SELECT e::text FROM event e"
    assert set(await _ask(empty, events)) < set(await _ask(db.dsn, events))
    numbers = "SELECT conversation_id FROM event GROUP BY 1 HAVING max(n) <> count(*)"
    assert await _ask(empty, numbers) == [], "one moment, in every table"

    second = await make(db.dsn, tmp_path, keep=KEEP, now=NIGHT + timedelta(hours=1))
    before = await _ask(empty, events)
    with pytest.raises(CannotRestore, match=r"not empty.*--replace"):
        await restore(empty, second.path)
    assert await _ask(empty, events) == before
    await restore(empty, second.path, replace=True)
    hashes = await _hashes(db.dsn)
    assert await _hashes(empty) == hashes
    assert len(hashes) > 30
    with pytest.raises(CannotRestore, match=r"the product works on .*stop it"):
        await restore(db.dsn, second.path, replace=True)
    assert [dump.path for dump in dumps(tmp_path)] == [first.path, second.path]


async def test_who_was_erased_stays_erased_after_an_older_backup(db: Database, empty: str, tmp_path: Path) -> None:
    for phone in (PHONE, OTHER, THIRD):
        chat = await _says(db, phone, "до копии")
    older = await make(db.dsn, tmp_path, keep=KEEP, now=NIGHT)
    async with db.transaction() as tx:
        assert await erase.everywhere(tx, phone=PHONE)
        await erase.said(tx, chat, f"inapp:{THIRD}")
    await _says(db, PHONE, "снова здесь")
    newer = await make(db.dsn, tmp_path, keep=KEEP, now=NIGHT + timedelta(days=1))
    for name in ("erased.jsonl", newer.path.name):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert not any(number in (tmp_path / "erased.jsonl").read_text() for number in (PHONE[2:], THIRD[2:]))

    done = await restore(empty, older.path)
    found = await _everything(empty)
    assert PHONE not in found
    assert f"до копии {THIRD}" not in found
    assert found.count(f"до копии {OTHER}") >= 1
    assert done.erased["contact"] == 1
    assert await _ask(empty, "SELECT lane FROM inbox") == [f"inapp:{OTHER}"], "nobody who was erased is answered"

    await restore(empty, newer.path, replace=True)
    found = await _everything(empty)
    assert f"снова здесь {PHONE}" in found, "who came back afterwards is no longer erased"
    assert f"до копии {PHONE}" not in found


async def test_an_erasure_is_known_from_any_folder_and_survives_a_restore_that_was_interrupted(
    db: Database, empty: str, tmp_path: Path
) -> None:
    await _says(db, PHONE, "до копии")
    made = await make(db.dsn, tmp_path, keep=KEEP, now=NIGHT)
    await restore(empty, made.path)
    async with db.transaction() as tx:
        await erase.everywhere(tx, phone=PHONE)
    await copy_erasures(db.dsn, tmp_path / "day")
    await preparing.catch_up(empty, tmp_path)
    assert PHONE in await _everything(empty), "nobody here knows of it"
    await preparing.catch_up(empty, tmp_path / "day")
    assert PHONE not in await _everything(empty), "a disk put back by other means brings nobody back"
    assert not (tmp_path / "erased.jsonl").exists()

    connection = await asyncpg.connect(empty)
    await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
    restoring = asyncio.create_task(restore(empty, made.path, replace=True))
    waits = """SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
                WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"""
    async with asyncio.timeout(20):
        while await connection.fetchval(waits) == 0:  # noqa: ASYNC110  a lock rings no bell
            await asyncio.sleep(0.02)
    await connection.execute(waits.replace("count(*)", "pg_terminate_backend(pid)"))
    with pytest.raises(Unfinished, match="run db upgrade"):
        await restoring
    await connection.close()
    assert PHONE in await _everything(empty)
    assert "restore was interrupted" in str(await preparing.problems(empty)), "nobody is served from it"
    with pytest.raises(CannotRestore, match="end it by db upgrade"):
        await restore(empty, made.path)
    await preparing.upgrade(empty, None, keep=KEEP, now=NIGHT)
    assert PHONE not in await _everything(empty)
    assert await preparing.problems(empty) == []


async def test_what_is_no_whole_backup_of_ours_is_refused_by_name_and_changes_nothing(
    db: Database, empty: str, tmp_path: Path
) -> None:
    await _says(db, PHONE, "до копии")
    good = (await make(db.dsn, tmp_path, keep=KEEP, now=NIGHT)).path
    content = good.read_bytes()
    alien = await asyncpg.connect(empty)
    await alien.execute("CREATE TABLE theirs (n int)")
    theirs, future = tmp_path / "theirs.dump", tmp_path / "future.dump"
    with pytest.raises(CannotDump, match="another program's"):
        await make(empty, tmp_path / "alien", keep=KEEP, now=NIGHT)
    assert not [*(tmp_path / "alien").glob("*.dump")], "a database that is not ours is not kept as one"
    await alien.execute("CREATE TABLE alembic_version AS SELECT '9999' AS version_num")
    (await make(empty, tmp_path / "alien", keep=KEEP, now=NIGHT)).path.rename(future)
    await alien.execute("DROP TABLE theirs, alembic_version")
    await alien.close()
    theirs.write_text("CREATE TABLE theirs ();")
    for file, said in (
        (tmp_path / "nothing.dump", "no file"),
        (theirs, "not a whole backup"),
        (future, "revision 9999"),
        (_written(tmp_path / "head.dump", content[:200]), "not a whole backup"),
        (_written(tmp_path / "half.dump", content[: len(content) // 2]), "not a whole backup"),
        (_written(tmp_path / "cut.dump", content[:-400]), "not a whole backup"),
        (_written(tmp_path / "torn.dump", content[:-9000] + bytes(9000)), "not a whole backup"),
    ):
        with pytest.raises(CannotRestore, match=said) as refused:
            await restore(empty, file)
        assert file.name in str(refused.value)
        assert await _ask(empty, TABLES) == [], file.name
    (tmp_path / "erased.jsonl").write_text('{"who": 7}')
    with pytest.raises(CannotRestore, match=r"erased\.jsonl cannot be read"):
        await restore(empty, good)
    assert await _ask(empty, TABLES) == []


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_the_commands_tell_where_it_went_and_what_is_wrong(
    fresh_dsns: Callable[[], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def bot(*words: str, **environment: str) -> tuple[int, str, str]:
        with monkeypatch.context() as patched:
            patched.setattr("sys.argv", ["bot", *words])
            for name, value in {"DATABASE_URL": dsn, **environment}.items():
                patched.setenv(name, value)
            code = commands.main()
        told = capsys.readouterr()
        return code, told.out, told.err

    dsn = fresh_dsns()
    code, _, err = bot("db", "backup")
    assert (code, "BACKUP_DIR" in err) == (1, True)
    code, out, _ = bot("db", "backup", BACKUP_DIR=str(tmp_path))
    assert (code, "read through" in out) == (0, True)
    file = out.split()[0]
    code, _, err = bot("db", "restore", file)
    assert (code, "not empty" in err) == (1, True)
    code, out, err = bot("db", "restore", file, "--replace")
    assert (code, "Restored" in out) == (0, True), err
    code, out, _ = bot("db", "check")
    assert code == 0
    (tmp_path / "file").touch()
    code, _, err = bot("db", "backup", str(tmp_path / "file" / "backups"))
    assert (code, "annot write backups to" in err, len(err.splitlines())) == (1, True, 1)
