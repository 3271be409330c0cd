"""The life of the embedded PostgreSQL: starts, kills, leftovers, refusals."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from bot.postgres import AlreadyRunning, EmbeddedPostgres, StartFailed, running_dsn
from tests.postgres_app import (
    APP,
    NOBODY_REAPS,
    ROOT,
    app,
    app_arguments,
    ask,
    new_folder,
    python,
    rows,
    running,
    servers_in,
    stranger,
    told,
    until,
)


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A folder with a stopped database of one table, shared because making one takes a second."""
    with new_folder() as folder:
        with running(folder / "data") as server:
            rows(server.dsn, "CREATE TABLE kept (n int PRIMARY KEY, word text UNIQUE)")
        yield folder / "data"


def test_the_first_start_makes_a_database_and_the_second_finds_its_rows(open_folder: Path) -> None:
    with running(open_folder / "new" / "data") as server:
        rows(server.dsn, "CREATE TABLE kept AS SELECT 7 AS n")
        assert server.alive()
    assert not server.alive()
    begun = time.monotonic()
    with running(open_folder / "new" / "data") as server:
        assert time.monotonic() - begun < 1
        assert rows(server.dsn, "SELECT n FROM kept") == [7]
    assert not servers_in(open_folder)


def test_kill_9_of_the_application_leaves_no_server_and_every_row(data: Path) -> None:
    with app(data) as child:
        dsn = told(child)
        rows(dsn, "TRUNCATE kept")
        rows(dsn, "INSERT INTO kept SELECT generate_series(1, 100)")
        assert servers_in(data)
        child.kill()
        until(lambda: not servers_in(data), 5)
    with running(data) as server:
        assert rows(server.dsn, "SELECT count(*) FROM kept") == [100]


def test_a_restart_right_after_kill_9_waits_for_the_dying_server(data: Path) -> None:
    with app(data) as child:
        dsn = told(child)
        rows(dsn, "TRUNCATE kept")
        rows(dsn, "INSERT INTO kept VALUES (1)")
        child.kill()
        child.wait()
        with running(data) as server:
            assert rows(server.dsn, "SELECT n FROM kept") == [1]


async def test_kill_9_of_the_server_is_followed_by_a_restart(data: Path) -> None:
    with running(data) as server:
        watching = asyncio.create_task(server.watch())
        await ask(server.dsn, "TRUNCATE kept")
        await ask(server.dsn, "INSERT INTO kept VALUES (1)")
        assert server.pid
        os.kill(server.pid, signal.SIGKILL)
        async with asyncio.timeout(10):
            while True:
                await asyncio.sleep(0.05)
                with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    assert await ask(server.dsn, "SELECT n FROM kept") == [1]
                    break
        assert server.restarts == 1
        watching.cancel()


def test_a_command_beside_a_running_application_joins_its_server(data: Path) -> None:
    assert running_dsn(data) is None
    with app(data) as child:
        dsn = told(child)
        assert running_dsn(data) == dsn
        assert rows(dsn, "SELECT 1") == [1]
    assert running_dsn(data) is None
    assert running_dsn(data / "nowhere") is None


def test_kill_9_of_both_with_nobody_to_reap_them_does_not_stop_the_next_start(data: Path) -> None:
    reaper = python(NOBODY_REAPS, APP, *app_arguments(data))
    try:
        assert reaper.stdout
        assert reaper.stdout.readline() == "dead\n"
        left = (data / "cluster" / "postmaster.pid").read_text().split()[0]
        until(lambda: ") Z " in Path(f"/proc/{left}/stat").read_text(), 5)
        with running(data) as server:
            assert rows(server.dsn, "SELECT 1") == [1]
    finally:
        reaper.kill()
        reaper.wait()


def test_a_second_instance_is_refused_until_the_first_has_ended(data: Path) -> None:
    with app(data) as child:
        told(child)
        with pytest.raises(AlreadyRunning, match=rf"process {child.pid} already works in {data}.*DATA_DIR"):
            EmbeddedPostgres(data, patience=0.3).start()
        assert servers_in(data)
    with running(data, patience=0.3) as server:
        assert server.alive()


@pytest.mark.parametrize(
    "left", ["", "12", "\0\0\0", "{gone}\n/old\n1\n", "{other}\n/old\n1\n5432\n.\n\n 1 2\nready   \n"]
)
def test_no_lock_file_left_behind_stops_a_start(data: Path, left: str) -> None:
    other = subprocess.Popen(["sleep", "60"])
    gone = subprocess.Popen(["true"])
    gone.wait()
    try:
        for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (data / "cluster" / name).write_text(left.format(other=other.pid, gone=gone.pid))
        with running(data) as server:
            assert rows(server.dsn, "SELECT 1") == [1]
    finally:
        other.kill()
        other.wait()


def test_a_kill_while_the_database_is_made_leaves_a_folder_that_starts(open_folder: Path) -> None:
    data = open_folder / "data"
    for moment in (".init-*", ".init-*/base/1/PG_VERSION", ".init-*/pg_ident.conf"):
        with app(data) as child:
            until(lambda: [*data.glob(moment)], 20)  # noqa: B023  called at once
            child.kill()
        assert not (data / "cluster").exists()
    with running(data) as server:
        assert rows(server.dsn, "SELECT 1") == [1]
    assert not [*data.glob(".init-*")]


def test_a_path_too_long_for_a_socket_gets_a_private_one_elsewhere_and_leaves_none(
    data: Path, open_folder: Path
) -> None:
    deep = open_folder / ("a" * 75) / ("b" * 75)
    deep.parent.mkdir()
    data.rename(deep)
    with app(deep) as child:
        told(child)
        left = (deep / "socket").readlink()
        child.kill()
    with running(deep) as server:
        place = (deep / "socket").readlink()
        assert running_dsn(deep) == server.dsn
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        assert rows(server.dsn, "SELECT 1") == [1]
        assert not left.exists()
    assert not place.exists()
    deep.rename(data)


async def test_a_full_log_is_cut_while_the_server_runs(data: Path) -> None:
    log = data / "postgres.log"
    with running(data) as server:
        os.truncate(log, 5_000_001)
        watching = asyncio.create_task(server.watch())
        await asyncio.to_thread(until, lambda: log.stat().st_size == 0, 5)
        watching.cancel()
    assert log.with_suffix(".log.1").stat().st_size > 5_000_000
    assert b"shut down" in log.read_bytes()


def test_a_server_that_cannot_start_tells_its_own_last_words(data: Path) -> None:
    settings = data / "cluster" / "postgresql.conf"
    before = settings.read_text()
    settings.write_text("nonsense\n")
    with pytest.raises(StartFailed, match="syntax error"):
        EmbeddedPostgres(data).start()
    assert not servers_in(data)
    settings.write_text(before)


def test_a_thread_may_not_start_it_because_the_server_would_end_with_the_thread(open_folder: Path) -> None:
    refused: list[BaseException] = []

    def attempt() -> None:
        try:
            EmbeddedPostgres(open_folder).start()
        except RuntimeError as error:
            refused.append(error)

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    assert refused
    assert not [*open_folder.iterdir()]


def test_only_the_application_reaches_the_server_and_only_as_an_ordinary_role(data: Path) -> None:
    data.chmod(0o755)
    with running(data) as server:
        assert server.pid
        place = data / "cluster" / ".s.PGSQL.5432"
        assert [stat.S_IMODE(path.stat().st_mode) for path in (place, place.parent)] == [0o700, 0o700]
        assert not listening(server.pid)
        if ROOT:
            assert "PermissionError" in knock(place)
        with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
            rows(server.dsn.replace("bot@", "postgres@"), "SELECT 1")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            rows(server.dsn, "COPY kept TO PROGRAM 'true'")


def listening(pid: int) -> set[str]:
    """The TCP sockets of a process."""
    own = {os.readlink(file) for file in Path(f"/proc/{pid}/fd").iterdir()}
    lines = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()]
    return own & {f"socket:[{line[9]}]" for line in lines}


def knock(place: Path) -> str:
    """What another user of the machine meets at the socket."""
    left, right = socket.socketpair()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(stranger())
        os.setuid(stranger())
        try:
            socket.socket(socket.AF_UNIX).connect(str(place))
            right.send(b"connected")
        except OSError as refused:
            right.send(type(refused).__name__.encode())
        os._exit(0)
    os.waitpid(child, 0)
    return left.recv(100).decode()


def test_what_subscribers_write_never_reaches_the_servers_log(data: Path) -> None:
    with running(data) as server:
        rows(server.dsn, "INSERT INTO kept VALUES (-1, '+79000000001')")
        with pytest.raises(asyncpg.UniqueViolationError, match="79000000001"):
            rows(server.dsn, "INSERT INTO kept VALUES (-2, '+79000000001')")
    written = (data / "postgres.log").read_text()
    assert "ready to accept connections" in written
    assert "ERROR" not in written
    assert "79000000001" not in written
