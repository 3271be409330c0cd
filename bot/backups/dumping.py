"""pg_dump, pg_restore and psql: the embedded wheel brings them, of the server's own major version.

A dump of ours by COPY would need none of them, but would have to know what pg_dump knows: triggers, identity counters,
schemas of others, the order of foreign keys. -Fc is one compressed file with checksums, from one snapshot.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg

from bot.backups import CannotDump, CannotRestore
from bot.postgres import NoPrograms, client_programs

LONGEST = 3600.0  # seconds that any of them may take
_CHUNK = 256 * 1024
_KEPT = ("PATH", "HOME", "LD_LIBRARY_PATH", "TMPDIR", "PGPASSFILE")


@dataclass(frozen=True)
class Server:
    """A database and the programs that fit it. The password is not in `address`, which every user can see in ps."""

    address: str
    environment: dict[str, str]
    programs: Path


async def server_of(dsn: str) -> Server:
    """Raises CannotDump when no program can read this server's version, or nobody answers."""
    connection = await asyncpg.connect(dsn, timeout=5, command_timeout=5)
    try:
        major = connection.get_server_version().major
    finally:
        await connection.close()
    parts = urlsplit(dsn)
    user, _, host = parts.netloc.rpartition("@")
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith("PGSSL")}
    if parts.password:
        kept["PGPASSWORD"] = unquote(parts.password)
    address = parts._replace(netloc=f"{user.partition(':')[0]}@{host}" if user else host).geturl()
    return Server(address, kept | {"LC_ALL": "C.UTF-8", "PGCONNECT_TIMEOUT": "10"}, await _programs(major))


async def dump(server: Server, into: Path) -> None:
    """One snapshot of everything, while others read and write. Raises CannotDump."""
    words = ("--format=custom", "--no-owner", "--no-privileges", "--lock-wait-timeout=30s", f"--file={into}")
    async with _running(server, "pg_dump", *words, f"--dbname={server.address}") as process:
        if problem := await process.end():
            raise CannotDump(f"no backup in {into.parent}: {problem}")


async def revision_of(file: Path, server: Server) -> str:
    """Read the file to its end; the revision of our schema in it. Raises CannotRestore for any other file."""
    # --list reads the table of contents only, which stands in front: a file that was cut would pass.
    async with _running(server, "pg_restore", "--file=/dev/null", str(file)) as process:
        if problem := await process.end():
            raise CannotRestore(f"{file} is not a whole backup: {problem}")
    words = ("--data-only", "--schema=public", "--table=alembic_version", "--file=-")
    async with _running(server, "pg_restore", *words, str(file)) as process:
        said = b"".join([chunk async for chunk in process.output()])
        if problem := await process.end():
            raise CannotRestore(f"{file} cannot be read: {problem}")
    found = re.search(rb"^COPY public\.alembic_version .*\n(\w+)\n", said, re.M)
    if not found:
        raise CannotRestore(f"{file} is a dump of another program's database")
    return found[1].decode()


async def load(server: Server, file: Path, *, before: str, after: bytes) -> None:
    """`before`, the file and `after` as one transaction: all of it or, by CannotRestore, nothing."""
    words = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--dbname={server.address}")
    orders = (f"--command={before}", "--file=-", f"--command={_WAS_WHOLE}")
    script = ("--no-owner", "--no-privileges", "--file=-", str(file))
    async with (
        _running(server, "psql", *words, *orders) as psql,
        _running(server, "pg_restore", *script) as reader,
    ):
        await psql.take(reader.output())
        # Were we killed here, psql would see an end too; without this line it commits nothing.
        if not (problem := await reader.end()):
            await psql.take(_once(after + _WHOLE))
        psql.say_end()
        if problem := await psql.end() or problem:
            raise CannotRestore(f"{file} does not go in, nothing was changed: {problem}")


_WHOLE = b"SET LOCAL backup.file = 'whole';\n"
_WAS_WHOLE = """DO $$ BEGIN IF current_setting('backup.file', true) IS DISTINCT FROM 'whole'
                THEN RAISE 'the file ended early'; END IF; END $$"""


class _Program:
    """One that runs. What it complains of is read all the time, or it would stop."""

    def __init__(self, name: str, process: Process) -> None:
        self._name = name
        self._process = process
        self._complaints = asyncio.create_task(_tail(process.stderr), name="backup program's words")

    async def output(self) -> AsyncIterator[bytes]:
        assert self._process.stdout
        while chunk := await self._process.stdout.read(_CHUNK):
            yield chunk

    async def take(self, chunks: AsyncIterator[bytes]) -> None:
        """Stops taking when it has ended; end() then says why."""
        assert self._process.stdin
        with suppress(ConnectionError):
            async for chunk in chunks:
                self._process.stdin.write(chunk)
                await self._process.stdin.drain()

    def say_end(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()

    async def end(self) -> str | None:
        """Its last words when it failed."""
        said = await self._complaints
        code = await self._process.wait()
        if not code:
            return None
        end = f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        return said or f"{self._name} {end}"

    async def stop(self) -> None:
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        self._complaints.cancel()


@asynccontextmanager
async def _running(server: Server, program: str, *words: str) -> AsyncIterator[_Program]:
    """Killed at the end of the block, and after LONGEST seconds."""
    path, pipe = str(server.programs / program), asyncio.subprocess.PIPE
    quiet = asyncio.subprocess.DEVNULL
    out = pipe if "--file=-" in words and program == "pg_restore" else quiet
    try:
        process = await asyncio.create_subprocess_exec(
            path, *words, stdin=pipe, stdout=out, stderr=pipe, env=server.environment, start_new_session=True
        )
    except OSError as problem:
        raise CannotDump(f"{path} does not start: {problem.strerror}") from problem
    running = _Program(program, process)
    try:
        async with asyncio.timeout(LONGEST):
            yield running
    except TimeoutError:
        raise CannotDump(f"{program} took longer than {LONGEST:.0f} s") from None
    finally:
        await running.stop()


async def _once(chunk: bytes) -> AsyncIterator[bytes]:
    yield chunk


async def _tail(stream: asyncio.StreamReader | None) -> str:
    kept = b""
    while stream and (chunk := await stream.read(_CHUNK)):
        kept = (kept + chunk)[-600:]
    return " ".join(kept.decode(errors="replace").split())


async def _programs(major: int) -> Path:
    try:
        return await asyncio.to_thread(client_programs, major)
    except NoPrograms as problem:
        raise CannotDump(str(problem)) from problem
