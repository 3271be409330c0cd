"""How fast the matcher is, how big, how soon: each figure beside its goal.

    python -m benchmarks.understanding.speed [MESSAGES.jsonl ...] [--only NAME ...]

Linux only: memory is PSS, what the machine really spends; one core is taskset's.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter

from benchmarks.understanding.figures import table
from benchmarks.understanding.messages import Message, read_parts
from benchmarks.understanding.setting import ROOT, load, setting
from faq.knowledge import Knowledge

ROUNDS = 3
STARTS = 3
EDITED = 10  # phrases
CORE = "0"

# Run in a Python of its own: what it weighs before and after, and when it can answer.
_WEIGH = """
import gc, json, sys
from pathlib import Path
from time import perf_counter
def pss():
    gc.collect()
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
bare = pss()
began = perf_counter()
from faq.knowledge import Knowledge
known = Knowledge.load(Path(sys.argv[1]), Path(sys.argv[2]))
seconds = perf_counter() - began
loaded = pss()
for line in sys.stdin:
    known.match(json.loads(line))
print(json.dumps([bare, loaded, pss(), seconds]))
"""


class Place:
    """A copy of the FAQ with a cache of its own, so that nothing learned elsewhere helps and no edit stays."""

    def __init__(self, folder: Path, messages: list[Message]) -> None:
        self.faq, self.cache = folder / "faq", folder / ".cache" / "faq"
        shutil.copytree(ROOT / "faq", self.faq, ignore=shutil.ignore_patterns("__pycache__"))
        self.messages = messages


def cold(place: Place) -> dict[str, str]:
    began = perf_counter()
    known = Knowledge.load(place.faq, place.cache)
    spent = perf_counter() - began
    return {f"nothing learned yet: ready after, {len(known.lesson.phrases)} phrases": f"{spent:.0f} s | "}


def latency(place: Place) -> dict[str, str]:
    known = Knowledge.load(place.faq, place.cache)
    times = []
    for turn in range(ROUNDS + 1):
        for message in place.messages:
            began = perf_counter()
            known.match(message.text, message.language)
            times += [perf_counter() - began] if turn else []  # the first round warms up
    times.sort()
    p50, p99 = (1000 * times[int(share * len(times))] for share in (0.5, 0.99))
    return {f"one message, p50 / p99 of {len(times)}": f"{p50:.1f} / {p99:.1f} ms | 10 / 25 ms"}


def memory(place: Place) -> dict[str, str]:
    bare, loaded, served, _ = _weighed(place)
    return {
        "memory after loading, without Python's own": f"{loaded - bare:.0f} MB | 250 MB",
        f"the same after {len(place.messages)} messages": f"{served - bare:.0f} MB | ",
    }


def warm(place: Place) -> dict[str, str]:
    times = sorted(_weighed(place)[3] for _ in range(STARTS))
    return {f"what was learned is loaded, {STARTS} times": f"{times[0]:.1f} – {times[-1]:.1f} s | 5 s"}


def _weighed(place: Place) -> list[float]:
    """PSS in MB bare, loaded, after all messages; seconds to import and load."""
    command = (sys.executable, "-c", _WEIGH, str(place.faq), str(place.cache))
    lines = "".join(json.dumps(message.text) + "\n" for message in place.messages)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, cwd=ROOT, check=True)
    found: list[float] = json.loads(done.stdout.splitlines()[-1])
    return found


def pipe(place: Place) -> dict[str, str]:
    """`python -m faq match` of the copy on one core; loading is left out."""
    command = ("taskset", "-c", CORE, sys.executable, "-m", "faq", "match")
    lines = [json.dumps({"text": one.text, "lang": one.language}).encode() + b"\n" for one in place.messages] * ROUNDS
    with tempfile.TemporaryFile() as file:
        process = subprocess.Popen(command, cwd=place.faq.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(lines[0])
        process.stdin.flush()
        process.stdout.readline()
        file.write(b"".join(lines))
        file.seek(0)
        began = perf_counter()
        with ExitStack() as stack:
            feeding = stack.enter_context(subprocess.Popen(("cat",), stdin=file, stdout=process.stdin))
            process.stdin.close()
            answered = sum(1 for _ in process.stdout)
            spent = perf_counter() - began
            feeding.wait()
        process.wait()
    if answered != len(lines):
        raise SystemExit(f"{len(lines)} messages in, {answered} decisions out")
    return {"`faq match` on one core, through a pipe": f"{answered / spent:.0f} messages/s | 100"}


def edit(place: Place) -> dict[str, str]:
    """From the moment the file is written until the new phrases are found; the running bot looks every half second."""
    known = Knowledge.load(place.faq, place.cache)
    entry = next(iter(known.catalogue.entries.values()))
    phrases = [f"{text} {number}" for number, text in enumerate(entry.ask["ru"][:EDITED])]
    added = f"{entry.id}:\n  ru:\n" + "".join(f"    - {json.dumps(text, ensure_ascii=False)}\n" for text in phrases)
    began = perf_counter()
    (place.faq / "phrases" / "benchmark.yaml").write_text(added, encoding="utf-8")
    fresh = Knowledge.load(place.faq, place.cache, hasty=True)
    spent = perf_counter() - began
    found = [fresh.match(text).topic for text in phrases]
    (place.faq / "phrases" / "benchmark.yaml").unlink()
    if found != [entry.topic] * len(phrases):
        raise SystemExit(f"the edit is not live: {found}")
    return {f"an edit of {EDITED} phrases is live after": f"{spent:.1f} s | 2 s"}


MEASURES: Mapping[str, Callable[[Place], dict[str, str]]] = {
    "cold": cold,
    "warm": warm,
    "latency": latency,
    "memory": memory,
    "pipe": pipe,
    "edit": edit,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding.speed")
    parser.add_argument("messages", nargs="*", type=Path, help="instead of the held-out ones")
    parser.add_argument("--only", action="append", default=[], choices=list(MEASURES))
    options = parser.parse_args()
    parts = read_parts(options.messages)
    print(setting(), flush=True)
    lines: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder), [message for part in parts for message in part.messages])
        if options.only and "cold" not in options.only:
            Knowledge.load(place.faq, place.cache)
        for name, measure in MEASURES.items():
            if not options.only or name in options.only:
                before = load()
                lines |= {what: [*found.split(" | "), before] for what, found in measure(place).items()}
    print(f"ended: load {load()}\n")
    print(table(("", "measured", "goal", "load"), lines))


if __name__ == "__main__":
    main()
