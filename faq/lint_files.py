"""The rule about files themselves: none too large to be kept with its edition, and none that nobody reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from faq.entry import Finding
from faq.saying import say
from faq.snapshot import paths_of

LARGEST = 4_000_000  # bytes; the table of editions takes no more
_HERE = Path(__file__).resolve().parent
_SHELVES = ("areas", "phrases", "tests")  # every file in these is read


def files(folder: Path) -> Iterator[Finding]:
    for path in sorted(paths_of(folder)):
        if path.stat().st_size > LARGEST:
            message = say("the file is larger than {most} MB; split it, or delete it", most=LARGEST // 10**6)
            yield Finding(str(path), 1, "files", message)
        elif not _read(path.relative_to(folder)):
            shelves = ", ".join(f"{name}/" for name in _SHELVES)
            message = say("nobody reads a file of this name here; move it into {shelves} or delete it", shelves=shelves)
            yield Finding(str(path), 1, "files", message, warning=True)


def _read(path: Path) -> bool:
    return (path.parent.as_posix() in _SHELVES and path.suffix == ".yaml") or (_HERE / path).is_file()
