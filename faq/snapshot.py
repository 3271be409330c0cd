"""A FAQ's folder as one thing: its files by content, its name made of them, and back into a folder byte for byte."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

SUFFIXES = (".yaml", ".csv")
Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Snapshot:
    """Files by their path inside the folder, with `/` between its parts."""

    files: Mapping[str, bytes]

    @cached_property
    def hashes(self) -> Mapping[str, str]:
        return {path: sha256(content).hexdigest() for path, content in sorted(self.files.items())}

    @cached_property
    def digest(self) -> str:
        """The same for the same files with the same content, whatever folder they are in."""
        return digest_of(self.hashes)


def digest_of(hashes: Mapping[str, str]) -> str:
    listed = "\n".join(f"{found} {path}" for path, found in sorted(hashes.items()))
    return sha256(listed.encode()).hexdigest()


def stamp_of(folder: Path) -> Stamp:
    """Changes whenever a file does; quick. Raises OSError when one vanishes meanwhile."""
    return tuple(sorted((str(path), (about := path.stat()).st_mtime_ns, about.st_size) for path in paths_of(folder)))


def snapshot_of(folder: Path) -> Snapshot:
    """Raises OSError."""
    return Snapshot({path.relative_to(folder).as_posix(): path.read_bytes() for path in paths_of(folder)})


def paths_of(folder: Path) -> Iterator[Path]:
    """The files that make an edition."""
    return (path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())


def unpack(snapshot: Snapshot, folder: Path) -> Path:
    """A folder beside others that holds exactly this; it is there whole or not at all. Raises OSError."""
    if folder.is_dir() and snapshot_of(folder).digest == snapshot.digest:
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    desk = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    _write(snapshot, desk)
    if folder.is_dir():  # somebody else's, damaged: keep it out of the way
        os.replace(folder, desk.with_name(f"{desk.name}-damaged"))
    os.replace(desk, folder)
    return folder


def put_back(snapshot: Snapshot, folder: Path) -> list[str]:
    """Make the editors' own folder hold this, file by file; the paths that changed. Raises OSError."""
    here = snapshot_of(folder).hashes
    changed = sorted(
        path for path in here.keys() | snapshot.files.keys() if here.get(path) != snapshot.hashes.get(path)
    )
    for path in changed:
        if path not in snapshot.files:
            (folder / path).unlink(missing_ok=True)
    _write(Snapshot({path: snapshot.files[path] for path in changed if path in snapshot.files}), folder)
    return changed


def bring_back(snapshot: Snapshot, folder: Path, *, held: str) -> list[str] | None:
    """put_back into a folder that is what `held` says, by digest; None for one with edits of its own."""
    here = snapshot_of(folder).digest
    if here == snapshot.digest:
        return []
    return put_back(snapshot, folder) if here == held else None


def _write(snapshot: Snapshot, folder: Path) -> None:
    for path, content in snapshot.files.items():
        put_file(folder, path, content)


def put_file(folder: Path, path: str, content: bytes) -> None:
    """Whole or not at all. Raises OSError, and ValueError for a path that leads out of the folder."""
    target = folder / path
    if not target.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{path} leads out of the folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.new")
    aside.write_bytes(content)
    os.replace(aside, target)


def changed_files(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Paths, each with + (new), - (gone) or ~ (changed) before it."""
    found = []
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) != after.get(path):
            found.append(("+" if path not in before else "-" if path not in after else "~") + path)
    return found


def line_changes(before: Snapshot, after: Snapshot, most: int = 2_000) -> list[str]:
    """A unified diff of all files, cut after `most` lines."""
    lines: list[str] = []
    for path in (one[1:] for one in changed_files(before.hashes, after.hashes)):
        old, new = (one.files.get(path, b"").decode("utf-8", "replace").splitlines() for one in (before, after))
        lines += difflib.unified_diff(old, new, path, path, lineterm="", n=2)
        if len(lines) > most:
            return lines[:most]
    return lines
