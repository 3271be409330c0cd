"""Applications around an embedded PostgreSQL, to be killed, refused and started again by its tests."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from bot.postgres import EmbeddedPostgres
from bot.postgres.programs import Account, find_programs

PROJECT = Path(__file__).parent.parent
ROOT = os.geteuid() == 0
# Starts the server as the given user, tells where it is, and waits to be stopped or killed.
APP = """
import os, signal, sys
from pathlib import Path
from bot.postgres import EmbeddedPostgres, PostgresError
folder, cache, user = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
if user != os.geteuid():
    os.setgroups([]); os.setgid(user); os.setuid(user)
server = EmbeddedPostgres(folder, patience=0.2, cache=cache)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
try:
    server.start()
except PostgresError as refused:
    print(type(refused).__name__, refused, flush=True)
    sys.exit(3)
print(server.pid, server.dsn, flush=True)
signal.sigwait([signal.SIGTERM])
server.stop()
"""
# Kills the server and the application and lets nobody notice, as in a container without an init process.
NOBODY_REAPS = """
import ctypes, os, signal, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
app = subprocess.Popen([sys.executable, "-c", *sys.argv[1:]], stdout=subprocess.PIPE)
os.kill(int(app.stdout.readline().split()[0]), signal.SIGKILL)
app.kill()
app.wait()
print("dead", flush=True)
signal.pause()
"""


@contextmanager
def new_folder() -> Iterator[Path]:
    """A folder outside of the project that every user may enter; in memory where there is room, to spare the disk."""
    memory = Path("/dev/shm")
    roomy = False
    if os.access(memory, os.W_OK):
        about = os.statvfs(memory)
        roomy = about.f_bavail * about.f_frsize > 2**30 and not about.f_flag & os.ST_NOEXEC
    folder = Path(tempfile.mkdtemp(prefix="bot-test-", dir=memory if roomy else None))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(path: Path, *, patience: float = 10) -> Iterator[EmbeddedPostgres]:
    """A server in this process."""
    server = EmbeddedPostgres(path, patience=patience)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def app(
    path: Path, *, cache: Path | None = None, user: int | None = None, **environment: str
) -> Iterator[subprocess.Popen[str]]:
    """A server in an application of its own."""
    child = python(APP, *app_arguments(path, cache, user), **environment)
    try:
        yield child
    finally:
        child.terminate()
        child.wait(20)


def app_arguments(path: Path, cache: Path | None = None, user: int | None = None) -> list[str]:
    return [str(path), str(cache or path.parent / "cache"), str(os.geteuid() if user is None else user)]


def python(program: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=PROJECT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )


def told(child: subprocess.Popen[str]) -> str:
    """The server's address, as the application printed it."""
    assert child.stdout
    line = child.stdout.readline()
    assert line[:1].isdigit(), line
    return line.split()[1]


def rows(dsn: str, statement: str) -> list[Any]:
    return asyncio.run(ask(dsn, statement))


async def ask(dsn: str, statement: str) -> list[Any]:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        return [row[0] for row in await connection.fetch(statement)]
    finally:
        await connection.close()


def until(claim: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.01)


def servers_in(path: Path) -> list[int]:
    """Processes, zombies apart, that work inside the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(path):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def stranger() -> int:
    """Somebody else when we are root; ourselves otherwise."""
    return pwd.getpwnam("nobody").pw_uid if ROOT else os.geteuid()


def open_programs(cache: Path) -> str:
    """PostgreSQL's programs where a stranger can start them, whatever folder the project lies in."""
    account = Account(stranger(), stranger(), ()) if ROOT else Account()
    return str(find_programs(account, major=None, cache=cache).folder)
