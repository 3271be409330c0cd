"""What lies in the folder of the embedded PostgreSQL, and who may work in it. Raises what programs.py draws.

lock            locked by the process that works here, and its number
cluster/        the data; made in .init-* and renamed, so that it is whole or absent
postgres.log    the server's own words; .1 is the older half
socket          link to the socket's folder, when the path of cluster/ is too long for a socket
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIGKILL

from bot.postgres.programs import Account, AlreadyRunning, Programs, StartFailed, Unusable

SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET = 100  # bytes; Linux takes 107, others 103
LOG_LIMIT = 5_000_000  # bytes
SWEEP_WITHIN = 5.0  # seconds
WHO_MAY = """\
# Written by bot/postgres: the application's role over its private socket, and nobody else.
local all bot trust
"""
FIRST_WORDS = b"""\
CREATE ROLE bot LOGIN CREATEDB
ALTER DATABASE postgres OWNER TO bot
ALTER DATABASE postgres RENAME TO bot
"""


class Folder:
    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.cluster = self.path / "cluster"
        self.log = self.path / "postgres.log"
        self.socket_dir = self.cluster
        self._lock: int | None = None

    def lock(self, patience: float) -> None:
        """The kernel frees it when this process ends, however it ends. Waits `patience` seconds for another one."""
        with self._blamed():
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            self._give("lock")
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    holder = os.pread(handle, 20, 0).decode(errors="replace").strip()
                    os.close(handle)
                    raise AlreadyRunning(
                        f"process {holder or '?'} already works in {self.path}: stop it, or set another DATA_DIR"
                    ) from None
                time.sleep(0.1)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._lock = handle

    def busy(self) -> bool:
        """Whether a process works here now."""
        try:
            handle = os.open(self.path / "lock", os.O_RDWR)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def unlock(self) -> None:
        if self._lock is not None:
            self._forget_socket_dir()
            os.close(self._lock)
            self._lock = None

    def major(self) -> int | None:
        """The version that made the cluster; no other can open it. None: there is no cluster yet."""
        with self._blamed():
            if not self.cluster.exists():
                return None
            if os.geteuid() not in (0, owner := self.cluster.stat().st_uid):
                raise Unusable(self._advice(f"the database in it belongs to user id {owner}"))
            written = (self.cluster / "PG_VERSION").read_text().strip()
        if not written.isdigit():
            raise Unusable(self._advice("cluster/PG_VERSION is damaged, restore a backup"))
        return int(written)

    def prepare(self, programs: Programs) -> None:
        """Make the cluster if there is none, and a place for the socket; sweep up after a kill."""
        with self._blamed():
            for half_made in self.path.glob(".init-*"):
                _sweep(half_made)
            if not self.cluster.exists():
                self._make_cluster(programs)
            self._forget_socket_dir()
            self.socket_dir = self.cluster
            if len(os.fsencode(self.cluster / SOCKET)) > LONGEST_SOCKET:
                self.socket_dir = Path(tempfile.mkdtemp(prefix="bot-postgres-"))
                _hand_over(self.socket_dir, programs.account)
                # After kill -9 the next start finds it by this link and removes it.
                (self.path / "socket").symlink_to(self.socket_dir)

    def find_socket_dir(self) -> None:
        """Where the process that works here has put it."""
        link = self.path / "socket"
        self.socket_dir = link.readlink() if link.is_symlink() else self.cluster

    def ready_pid(self) -> int | None:
        """The process that says it takes connections."""
        lines = _lines(self.cluster / "postmaster.pid")
        return int(lines[0]) if len(lines) > 7 and lines[7].strip() == "ready" else None

    def drop_useless_locks(self) -> None:
        """Remove lock files that would stop the server for ever: torn ones, and those whose process is no server.

        One of a live server here stays and is waited for; one of a dead process the server judges itself.
        """
        for file in (self.cluster / "postmaster.pid", self.socket_dir / f"{SOCKET}.lock"):
            if file.exists() and _is_useless(_lines(file), self.cluster):
                file.unlink(missing_ok=True)

    @contextmanager
    def appended_log(self) -> Iterator[int]:
        """A handle for the server's output."""
        handle = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            self._give(self.log.name)
            yield handle
        finally:
            os.close(handle)

    def rotate_log(self) -> None:
        """Cut in place: the server appends to the open file, so nobody has to tell it. On a full disk all is cut."""
        with suppress(FileNotFoundError):
            if self.log.stat().st_size > LOG_LIMIT:
                with suppress(OSError):
                    shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
                os.truncate(self.log, 0)

    def _make_cluster(self, programs: Programs) -> None:
        fresh = Path(tempfile.mkdtemp(prefix=".init-", dir=self.path))
        try:
            _hand_over(fresh, programs.account)
            # Ours whatever the machine's locale is: under C lower('ПРИВЕТ') would stay as it is.
            locale = ["--locale=C.UTF-8", *(["--locale-provider=builtin"] if programs.major >= 17 else [])]
            words = ["-D", "{here}", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--wal-segsize=4", *locale]
            _run(programs, fresh, "initdb", *words)
            _run(programs, fresh, "postgres", "--single", "-D", "{here}", "template1", said=FIRST_WORDS)
            (fresh / "pg_hba.conf").write_text(WHO_MAY)
            fresh.rename(self.cluster)
            _sync(self.path)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _forget_socket_dir(self) -> None:
        link = self.path / "socket"
        if link.is_symlink():
            shutil.rmtree(link.readlink(), ignore_errors=True)
            link.unlink()

    def _give(self, name: str) -> None:
        """As root, leave what we make to the folder's owner, so that the next start may be as that user."""
        if os.geteuid() == 0:
            owner = self.path.stat()
            os.chown(self.path / name, owner.st_uid, owner.st_gid)

    @contextmanager
    def _blamed(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            raise Unusable(self._advice(str(problem))) from problem

    def _advice(self, problem: str) -> str:
        return f"cannot keep a database in {self.path}: {problem}. Run as its owner, or set another DATA_DIR"


def _sweep(half_made: Path) -> None:
    """An initdb whose starter was killed may still be writing there; it ends once its files are gone."""
    until = time.monotonic() + SWEEP_WITHIN
    while half_made.exists() and time.monotonic() < until:
        shutil.rmtree(half_made, ignore_errors=True)
        if half_made.exists():
            time.sleep(0.05)


def _run(programs: Programs, inside: Path, program: str, *arguments: str, said: bytes = b"") -> None:
    pipe = subprocess.PIPE
    child = programs.start(program, *arguments, inside=inside, output=pipe, death=SIGKILL, stdin=pipe)
    try:
        answer = child.communicate(said)[0].decode(errors="replace")
    finally:
        child.kill()
    if child.returncode or "ERROR:" in answer:
        raise StartFailed(f"{program} failed: {answer[-1500:]}")


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(errors="replace").split("\n")
    except FileNotFoundError:
        return []


def _is_useless(lines: list[str], cluster: Path) -> bool:
    if not lines or not lines[0].strip().isdigit():
        return True
    process = Path("/proc") / lines[0].strip()
    try:
        name, state = process.joinpath("stat").read_text().partition("(")[2].rpartition(")")[::2]
        if name != "postgres" or state.split()[0] in "ZX":
            return True  # the number is another program's now, or a zombie that nobody reaps
        return not process.joinpath("cwd").samefile(cluster)
    except OSError:
        return False  # it has ended, or we may not look; also systems without /proc


def _hand_over(folder: Path, account: Account) -> None:
    if account.uid is not None and account.gid is not None:
        os.chown(folder, account.uid, account.gid)


def _sync(folder: Path) -> None:
    """Make a rename inside the folder outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
