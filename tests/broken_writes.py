"""What happens to files of the FAQ at the hands of people and their programs, at random but repeatable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from random import Random

BOMB = "a: &a [x, x]\n" + "".join(f"{new}: &{new} [*{old}, *{old}, *{old}]\n" for old, new in pairwise("abcdefghi"))
Mishap = Callable[[Path, Random], None]


def _cut(path: Path, random: Random) -> None:
    """A program died while it wrote, or is not done yet."""
    whole = path.read_bytes()
    path.write_bytes(whole[: random.randrange(len(whole))])


def _two_writers(path: Path, random: Random) -> None:
    """Two programs saved at once: pieces of both, one after another."""
    whole = path.read_bytes()
    at = sorted(random.randrange(len(whole)) for _ in range(3))
    path.write_bytes(whole[: at[1]] + whole[at[0] : at[2]] + whole[at[1] :])


def _garbage(path: Path, random: Random) -> None:
    path.write_bytes(random.randbytes(random.randrange(1, 5_000)))


def _huge(path: Path, random: Random) -> None:
    line = f"- id: x{random.randrange(10**6)}\n  title: {{ru: Тема, zh: 主题}}\n".encode()
    path.write_bytes(line * (5_000_000 // len(line)))


def _bomb(path: Path, _random: Random) -> None:
    path.write_text(BOMB, encoding="utf-8")


def _old_encoding(path: Path, _random: Random) -> None:
    """Notepad's «ANSI»; the Chinese half of the file does not survive it."""
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp1251", "replace"))


def _windows_lines(path: Path, _random: Random) -> None:
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))


def _tabs(path: Path, _random: Random) -> None:
    path.write_bytes(path.read_bytes().replace(b"\n  ", b"\n\t"))


def _spreadsheet(path: Path, _random: Random) -> None:
    """Excel puts every line that holds a comma into quotes and doubles those that are there."""
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("".join(f'"{line.replace(chr(34), chr(34) * 2)}"\n' for line in lines), encoding="utf-8")


def _gone(path: Path, _random: Random) -> None:
    path.unlink()


def _renamed(path: Path, _random: Random) -> None:
    path.rename(path.with_name(f"{path.stem} (1){path.suffix}.bak"))


def _copied(path: Path, _random: Random) -> None:
    path.with_name(f"{path.stem} - copy{path.suffix}").write_bytes(path.read_bytes())


def _locked(path: Path, _random: Random) -> None:
    """Nobody may read it; root may all the same."""
    path.chmod(0)


def _loop(path: Path, _random: Random) -> None:
    path.unlink()
    path.symlink_to(path.name)


def _folder_instead(path: Path, _random: Random) -> None:
    path.unlink()
    path.mkdir()


MISHAPS: Mapping[str, Mishap] = {
    "cut": _cut,
    "two writers": _two_writers,
    "garbage": _garbage,
    "huge": _huge,
    "alias bomb": _bomb,
    "old encoding": _old_encoding,
    "windows lines": _windows_lines,
    "tabs": _tabs,
    "spreadsheet": _spreadsheet,
    "gone": _gone,
    "renamed": _renamed,
    "copied": _copied,
    "locked": _locked,
    "loop": _loop,
    "folder instead": _folder_instead,
}
# Cutting is the most usual; what is huge takes a second to read.
_OFTEN = {"cut": 8, "two writers": 4, "huge": 0.5}


def a_mishap(folder: Path, random: Random) -> tuple[str, Path]:
    """Something happens to one of the files; which kind, and to which."""
    (kind,) = random.choices(list(MISHAPS), [_OFTEN.get(name, 1) for name in MISHAPS])
    path = random.choice(sorted(one for one in folder.rglob("*") if one.suffix in (".yaml", ".csv")))
    MISHAPS[kind](path, random)
    return kind, path


def mend(folder: Path, good: Mapping[str, bytes]) -> None:
    """The folder as it was, by its files' contents."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if path.relative_to(folder).as_posix() in good:
                path.rmdir()
        elif path.relative_to(folder).as_posix() not in good or path.is_symlink():
            path.unlink()
    for name, content in good.items():
        path = folder / name
        if path.exists():
            path.chmod(0o644)
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
