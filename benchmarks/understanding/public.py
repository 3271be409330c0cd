"""The matcher's learning on public English sets: same encoder, same features, same training; nothing of ru and zh.

    python -m benchmarks.understanding.public --hwu DIR --banking DIR --clinc FILE [--draws 3]

--hwu holds hwu_small_train.csv and hwu_small_test.csv, --banking train.csv and test.csv, --clinc is data_full.json. Of
BANKING77 and CLINC150 ten examples of each intent are drawn by lot, as the published figures do; all of the test part
is asked. CLINC150's out-of-scope messages are only asked, none is learned.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from time import perf_counter

from benchmarks.understanding.figures import Guess, auroc, number, percent, share, table
from benchmarks.understanding.setting import load, setting
from faq.encoder import Encoder, load_encoder
from faq.features import Bagger
from faq.head import Head
from faq.learn import Lesson, learn
from faq.phrase_rows import Phrase
from faq.reading import Reader, Reading
from faq.sanitise import calm, sanitise
from faq.store import Store

SHOTS = 10
BEYOND = "oos"  # CLINC150's own name for it
Pairs = Sequence[tuple[str, str]]  # text, intent

# Accuracy in %, as published, with ten examples of each intent. HWU64 small: README of AutoFAQ/NLU-Evaluation-Scripts,
# the same files, the services' own runs of 2020 and 2021. The others: README of jianguoz/Few-Shot-Intent-Detection,
# where sources are named; same test parts, other draws; models in brackets need a GPU to be trained.
PUBLISHED: Mapping[str, Mapping[str, float]] = {
    "HWU64 small": {"AutoFAQ": 80.8, "Cognigy": 75.1, "Watson": 69.0, "Dialogflow": 65.6, "LUIS": 65.5},
    "BANKING77": {"USE": 84.23, "ConveRT": 83.32, "USE+ConveRT": 85.19, "(RoBERTa)": 84.27, "(CPFT)": 87.20},
    "CLINC150": {"USE": 90.85, "ConveRT": 92.62, "USE+ConveRT": 93.26, "(RoBERTa)": 91.55, "(CPFT)": 94.18},
}


@dataclass(frozen=True)
class DataSet:
    name: str
    learned: Pairs
    asked: Pairs
    drawn: bool  # whether ten of each are drawn


class PlainReader(Reader):
    """The steps that do not depend on a language, and the product's features."""

    def __init__(self) -> None:
        self._bag = Bagger(str, lambda text: [])

    def read(self, text: str, language: str | None = None) -> Reading:
        folded = calm(sanitise(text))
        return Reading(folded, folded, None, (), self._bag(folded))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding.public")
    parser.add_argument("--hwu", type=Path, metavar="DIR")
    parser.add_argument("--banking", type=Path, metavar="DIR")
    parser.add_argument("--clinc", type=Path, metavar="FILE")
    parser.add_argument("--draws", type=int, default=3, help="of ten examples each; figures are their mean")
    options = parser.parse_args()
    sets = list(_sets(options.hwu, options.banking, options.clinc))
    if not sets:
        parser.error("name at least one set; README.md tells where they come from")
    print(setting())
    encoder = load_encoder()
    for one in sets:
        began = perf_counter()
        runs = [_run(one, encoder, seed) for seed in range(options.draws if one.drawn else 1)]
        spent = (perf_counter() - began) / len(runs)
        print(f"\n{one.name}: {len(one.asked)} asked, {len(runs)} draws, {spent:.0f} s each, load {load()}\n")
        accuracy, spread, f1, beyond = _summary(runs)
        ours = f"**{percent(accuracy)}**" + (f" ± {100 * spread:.1f}" if one.drawn else "")
        lines = {"ours": [ours, percent(f1), number(beyond)]}
        lines |= {name: [f"{value:.1f}", "", ""] for name, value in PUBLISHED[one.name].items()}
        print(table(("", "accuracy", "F1 (macro)", "AUROC oos"), lines))


def _sets(hwu: Path | None, banking: Path | None, clinc: Path | None) -> Iterator[DataSet]:
    try:
        if hwu:
            rows = [_rows(hwu / f"hwu_small_{part}.csv") for part in ("train", "test")]
            learned, asked = ([(",".join(text), intent) for intent, _, *text in part] for part in rows)
            yield DataSet("HWU64 small", learned, asked, drawn=False)
        if banking:
            rows = [_rows(banking / f"{part}.csv")[1:] for part in ("train", "test")]
            learned, asked = ([(text, intent) for text, intent in part] for part in rows)
            yield DataSet("BANKING77", learned, asked, drawn=True)
        if clinc:
            parts = json.loads(clinc.read_text(encoding="utf-8"))
            asked = [(text, intent) for text, intent in (*parts["test"], *parts["oos_test"])]
            yield DataSet("CLINC150", [(text, intent) for text, intent in parts["train"]], asked, drawn=True)
    except (OSError, ValueError, KeyError) as error:
        raise SystemExit(f"a set cannot be read: {error!r}") from None


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@dataclass(frozen=True)
class Answered:
    intent: str
    guess: Guess


def _run(one: DataSet, encoder: Encoder, seed: int) -> list[Answered]:
    reader = PlainReader()
    learned = list(_drawn(one.learned, seed)) if one.drawn else one.learned
    phrases = tuple(Phrase(text, "en", intent) for text, intent in learned)
    with tempfile.TemporaryDirectory() as folder:
        lesson = Lesson(phrases, reader, encoder, Store(Path(folder)), (), one.name)
        head = learn(lesson)
    return [Answered(intent, _guess(head, encoder, reader.read(text))) for text, intent in one.asked]


def _guess(head: Head, encoder: Encoder, reading: Reading) -> Guess:
    chances = head.probabilities(encoder.encode([reading.folded])[0], reading.bag)
    order = chances.argsort()[::-1]
    ranked = tuple(head.classes[place] for place in order[:3])
    return Guess(ranked, float(chances[order[0]]))


def _drawn(pairs: Pairs, seed: int) -> Iterator[tuple[str, str]]:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for text, intent in pairs:
        groups[intent].append(text)
    lot = random.Random(seed)
    for intent, texts in sorted(groups.items()):
        yield from ((text, intent) for text in lot.sample(texts, SHOTS))


def _summary(runs: Sequence[Sequence[Answered]]) -> tuple[float, float, float, float]:
    """Means over runs: accuracy in scope, half its range, macro F1, AUROC."""
    accuracies, scores, beyond = [], [], []
    for run in runs:
        inside = [one for one in run if one.intent != BEYOND]
        accuracies.append(share(one.guess.ranked[0] == one.intent for one in inside))
        scores.append(_f1(inside))
        sure = [one.guess.sure for one in run if one.intent == BEYOND]
        beyond.append(auroc([one.guess.sure for one in inside], sure))
    return mean(accuracies), (max(accuracies) - min(accuracies)) / 2, mean(scores), mean(beyond)


def _f1(answers: Iterable[Answered]) -> float:
    right: defaultdict[str, int] = defaultdict(int)
    seen: defaultdict[str, int] = defaultdict(int)  # times asked plus times answered
    for one in answers:
        right[one.intent] += one.guess.ranked[0] == one.intent
        seen[one.intent] += 1
        seen[one.guess.ranked[0]] += 1
    return mean(2 * right[intent] / seen[intent] for intent in seen)


if __name__ == "__main__":
    main()
