"""The product beside other ways to find a topic: the same phrases, the same messages, one run.

    python -m benchmarks.understanding.peers [MESSAGES.jsonl ...] [--phrases N] [--nlpjs DIR] [--only TEXT]

What is not installed is named and left out. Times are of one message after another, in one thread of this process.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.understanding.ablation import kept_folder
from benchmarks.understanding.figures import figures, guessed, number, percent, table
from benchmarks.understanding.messages import Part, read_parts
from benchmarks.understanding.rivals import (
    Bm25,
    ChatterBot,
    Examples,
    Fuzzy,
    LogisticRegression,
    Missing,
    Outcome,
    run,
    run_nlpjs,
)
from benchmarks.understanding.setting import ROOT, load, setting
from benchmarks.understanding.switches import Workbench, limited, stand_ins
from faq.phrase_rows import Phrase

OURS = "ours"
HEAD = ("", "top-1", "top-3", "AUROC", "c@1", "c@2", "ms p50", "learning s")

Peer = Callable[[Examples, Sequence[str]], Outcome]


def peers(nlpjs: Path | None) -> dict[str, Peer]:
    return {
        "rapidfuzz WRatio": partial(run, partial(Fuzzy, scorer="WRatio")),
        "rapidfuzz token_set_ratio": partial(run, partial(Fuzzy, scorer="token_set_ratio")),
        "bm25s": partial(run, Bm25),
        "scikit-learn TF-IDF + LR": partial(run, LogisticRegression),
        "nlp.js": partial(run_nlpjs, nlpjs),
        "ChatterBot": partial(run, ChatterBot),
    }


def ours(bench: Workbench, phrases: tuple[Phrase, ...], parts: Iterable[Part]) -> dict[str, Outcome]:
    """Learned from nothing; the time to load the encoder, a second, is left out. Both languages learn together."""
    with tempfile.TemporaryDirectory() as folder, stand_ins(frozenset()):
        began = perf_counter()
        matcher = bench.afresh(Path(folder)).matcher(frozenset(), phrases, bench.knowledge.lesson.encoder)
        learning = perf_counter() - began
        outcomes = {}
        for part in parts:
            guesses, seconds = [], []
            for message in part.messages:
                began = perf_counter()
                found = matcher.match(message.text, message.language)
                seconds.append(perf_counter() - began)
                guesses.append(guessed(found))
            outcomes[part.name] = Outcome(guesses, seconds, learning)
    return outcomes


def measured(peer: Peer, examples: dict[str, Examples], parts: Iterable[Part]) -> dict[str, Outcome]:
    outcomes = {}
    for part in parts:
        language = part.messages[0].language
        outcomes[part.name] = peer(examples[language], [message.text for message in part.messages])
    return outcomes


def figures_of(part: Part, outcome: Outcome) -> tuple[float, ...]:
    found = astuple(figures(part.messages, outcome.guesses))
    return (*found, 1000 * median(outcome.seconds), outcome.learning)


def cells(values: Sequence[float], ours: Sequence[float]) -> list[str]:
    """Each figure, and in brackets what share or multiple of ours it is."""
    shown = [percent, percent, number, percent, percent, "{:.2f}".format, "{:.1f}".format]
    return [
        f"{show(value)} ({value / our:.2f})" if our else show(value)
        for show, value, our in zip(shown, values, ours, strict=True)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding.peers")
    parser.add_argument("messages", nargs="*", type=Path, help="instead of the held-out ones")
    parser.add_argument("--phrases", type=int, metavar="N", help="of each topic and language at most")
    parser.add_argument("--seed", type=int, default=7, help="of the draw of phrases")
    parser.add_argument("--nlpjs", type=Path, metavar="DIR", help="where `npm install node-nlp` was done")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="peers whose name contains it")
    options = parser.parse_args()
    parts = read_parts(options.messages)
    print(setting(), flush=True)
    bench = Workbench.open(ROOT / "faq", kept_folder())
    phrases = limited(bench.knowledge.lesson.phrases, bench.topics, options.phrases, options.seed)
    examples = {
        language: Examples(
            [phrase.text for phrase in phrases if phrase.language == language],
            [bench.topics[phrase.entry] for phrase in phrases if phrase.language == language],
            language,
        )
        for language in {phrase.language for phrase in phrases}
    }
    found, missing = {OURS: ours(bench, phrases, parts)}, {}
    for name, peer in peers(options.nlpjs).items():
        if options.only and not any(text in name for text in options.only):
            continue
        try:
            found[name] = measured(peer, examples, parts)
        except Missing as error:
            missing[name] = str(error)
        print(f"{name}: {missing.get(name, 'done')}, load {load()}", file=sys.stderr, flush=True)
    print(f"phrases: {len(phrases)}", f"ended: load {load()}", sep="\n")
    for part in parts:
        base = figures_of(part, found[OURS][part.name])
        lines = {name: cells(figures_of(part, outcomes[part.name]), base) for name, outcomes in found.items()}
        print(f"\n{part.name}: {len(part.messages)} messages\n", table(HEAD, lines), sep="\n")
    for name, reason in missing.items():
        print(f"\nnot measured: {name}: {reason}")


if __name__ == "__main__":
    main()
