"""The life of the embedded server: it dies with us (kill -9 included), and returns when it dies alone.

It listens on a socket that only its user may open, and on no network. Role `bot` owns database `bot` and is no
superuser; nobody can log in as one. Raises what programs.py draws.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGQUIT
from urllib.parse import quote

from bot.postgres.folder import Folder
from bot.postgres.programs import CACHE, PostgresError, Programs, StartFailed, account_for, find_programs

log = logging.getLogger(__name__)

# The server's words for "the one before me is not quite gone", seen after kill -9, and how long that may last.
TRANSIENT = ("lock file", "shared memory block")
TRANSIENT_PATIENCE = 15.0  # s
STEADY = 60.0  # s of life after which a restart counts as a success
LONGEST_PAUSE = 5.0  # s between restarts; a disk that was full serves again within 10 s

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "maintenance_work_mem": "32MB",
    "min_wal_size": "32MB",
    "max_wal_size": "256MB",
    "huge_pages": "off",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Neither statements nor the values in them: they are what subscribers wrote. Errors reach us anyway.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


def running_dsn(data_dir: Path) -> str | None:
    """The address of the server that another process keeps in this folder now, for a command beside it."""
    folder = Folder(data_dir)
    if not folder.busy() or folder.ready_pid() is None:
        return None
    folder.find_socket_dir()
    return _dsn(folder)


class EmbeddedPostgres:
    """Start, watch and stop it on the main thread; `patience`: seconds to wait for another process to leave."""

    def __init__(self, data_dir: Path, *, patience: float = 10.0, cache: Path = CACHE) -> None:
        self.restarts = 0
        self._folder = Folder(data_dir)
        self._patience = patience
        self._cache = cache
        self._programs: Programs | None = None
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def dsn(self) -> str:
        """For asyncpg; known after start(), the same after restarts."""
        return _dsn(self._folder)

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Block until the server takes connections: about 1.5 s the first time, 0.1 s later. Raises PostgresError."""
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("the server would end with this thread: start it from the main one")
        begun = time.monotonic()
        try:
            self._folder.lock(self._patience)
            account = account_for(self._folder.cluster)
            self._programs = find_programs(account, major=self._folder.major(), cache=self._cache)
            self._folder.prepare(self._programs)
            for pause in self._launch(self._programs):
                time.sleep(pause)
        except BaseException:
            self.stop()
            raise
        log.info("postgres: ready", extra={"seconds": round(time.monotonic() - begun, 2), "pid": self.pid})

    async def watch(self) -> None:
        """Supervised for ever: start the server again when it ends. Cancel it before stop()."""
        failures = 0
        while self._programs is not None:
            since = time.monotonic()
            while self.alive():
                await asyncio.sleep(0.2)
                self._folder.rotate_log()
            if time.monotonic() - since > STEADY:
                failures = 0
            pause = min(LONGEST_PAUSE, 2.0 ** (failures - 1)) if failures else 0.0
            code = self._child.returncode if self._child else None
            log.error("postgres: ended, starting it again", extra={"code": code, "pause": pause})
            await asyncio.sleep(pause)
            failures += 1
            self.restarts += 1
            try:
                for pause in self._launch(self._programs):
                    await asyncio.sleep(pause)
                log.info("postgres: ready again", extra={"pid": self.pid})
            except (PostgresError, OSError) as problem:
                log.error("postgres: does not start", extra={"cause": str(problem)})

    def stop(self) -> None:
        """Fast shutdown: what was committed is on disk, what was open is rolled back. Harmless to repeat."""
        if self._child is not None:
            for order, patience in ((SIGINT, 10), (SIGQUIT, 5), (SIGKILL, 5)):
                if self.alive():
                    self._child.send_signal(order)
                    with suppress(subprocess.TimeoutExpired):
                        self._child.wait(patience)
        self._child = self._programs = None
        self._folder.unlock()

    def _launch(self, programs: Programs) -> Iterator[float]:
        """One start, as the pauses its caller has to make, so that start() blocks and watch() awaits.

        A live server is given all the time it wants: recovery after a crash may be long.
        """
        deadline = time.monotonic() + TRANSIENT_PATIENCE
        while True:
            self._folder.drop_useless_locks()
            self._folder.rotate_log()
            with self._folder.appended_log() as output:
                said_before = self._folder.log.stat().st_size
                self._child = programs.start(
                    "postgres",
                    "-D",
                    "{here}",
                    *self._options(programs),
                    inside=self._folder.cluster,
                    output=output,
                    death=SIGINT,
                )
            while self.alive():
                if self._folder.ready_pid() == self.pid:
                    return
                yield 0.01
            said = self._folder.log.read_bytes()[said_before:][-1500:].decode(errors="replace").strip()
            if time.monotonic() > deadline or not any(words in said for words in TRANSIENT):
                raise StartFailed(f"the server in {self._folder.path} ended: {said or 'without a word'}")
            yield 0.2

    def _options(self, programs: Programs) -> list[str]:
        here = self._folder.socket_dir == self._folder.cluster
        settings = {**SETTINGS, "unix_socket_directories": "." if here else str(self._folder.socket_dir)}
        if programs.major >= 18:
            settings["io_method"] = "sync"  # three processes fewer, for a load that does not need them
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _dsn(folder: Folder) -> str:
    # The port is the default one, but without it PGPORT would be believed.
    return f"postgresql://bot@/bot?host={quote(str(folder.socket_dir), safe='/')}&port=5432"
