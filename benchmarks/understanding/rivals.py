"""Other ways to find the topic of a message, each as its makers mean it to be used, on the FAQ's phrases as typed.

Each is made from the phrases and topics of one language and told the language of every message, which the product is
not. out_of_scope is a topic like any other to them.

Missing    the library is not installed here; the message says which
"""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.understanding.figures import Guess

_WORD = r"[a-zа-яё0-9]+|[\u3400-\u9fff]"  # each hanzi counts as a word
_DRIVER = Path(__file__).with_name("nlpjs.cjs")


class Missing(Exception):
    pass


@dataclass(frozen=True)
class Examples:
    texts: Sequence[str]
    topics: Sequence[str]
    language: str


class Rival(Protocol):
    def guess(self, text: str) -> Guess: ...


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Missing(f"{name.partition('.')[0]} is not installed: {error}") from None


class _Nearest:
    """A topic is as likely as the most similar of its phrases."""

    def __init__(self, examples: Examples) -> None:
        self._topics = sorted(set(examples.topics))
        self._labels = np.array([self._topics.index(topic) for topic in examples.topics])

    def _ranked(self, scores: NDArray[Any]) -> Guess:
        best = np.full(len(self._topics), -np.inf)
        np.maximum.at(best, self._labels, scores)
        order = np.argsort(-best, kind="stable")
        return Guess(tuple(self._topics[place] for place in order), float(best[order[0]]))


class Fuzzy(_Nearest):
    def __init__(self, examples: Examples, scorer: str) -> None:
        super().__init__(examples)
        self._fuzz, self._process, utils = map(_library, ("rapidfuzz.fuzz", "rapidfuzz.process", "rapidfuzz.utils"))
        self._clean = utils.default_process
        self._scorer = getattr(self._fuzz, scorer)
        self._texts = [self._clean(text) for text in examples.texts]

    def guess(self, text: str) -> Guess:
        return self._ranked(self._process.cdist([self._clean(text)], self._texts, scorer=self._scorer)[0])


class Bm25(_Nearest):
    def __init__(self, examples: Examples) -> None:
        super().__init__(examples)
        self._index = _library("bm25s").BM25()
        self._index.index([self._words(text) for text in examples.texts], show_progress=False)

    @staticmethod
    def _words(text: str) -> list[str]:
        return re.findall(_WORD, text.lower())

    def guess(self, text: str) -> Guess:
        known = [word for word in self._words(text) if word in self._index.vocab_dict]
        return self._ranked(self._index.get_scores(known) if known else np.zeros(len(self._labels)))


class ChatterBot(_Nearest):
    """Its BestMatch over a plain text search, without the database between; the indexed search needs a spaCy model."""

    def __init__(self, examples: Examples) -> None:
        super().__init__(examples)
        self._alike = _library("chatterbot.comparisons").LevenshteinDistance(language=None)
        self._texts = examples.texts

    def guess(self, text: str) -> Guess:
        return self._ranked(np.array([self._alike.compare_text(text, phrase) for phrase in self._texts]))


class LogisticRegression:
    """scikit-learn: TF-IDF of one to four characters, then logistic regression."""

    def __init__(self, examples: Examples) -> None:
        words = _library("sklearn.feature_extraction.text")
        model = _library("sklearn.linear_model").LogisticRegression(C=10, max_iter=300)
        features = words.TfidfVectorizer(analyzer="char", ngram_range=(1, 4), sublinear_tf=True)
        self._model = _library("sklearn.pipeline").make_pipeline(features, model)
        self._model.fit(examples.texts, examples.topics)

    def guess(self, text: str) -> Guess:
        chances = self._model.predict_proba([text])[0]
        order = np.argsort(-chances)
        return Guess(tuple(self._model.classes_[order]), float(chances[order[0]]))


@dataclass(frozen=True)
class Outcome:
    """What one rival did with the messages of one language."""

    guesses: Sequence[Guess]
    seconds: Sequence[float]  # of each message
    learning: float  # seconds


def run(make: Callable[[Examples], Rival], examples: Examples, messages: Sequence[str]) -> Outcome:
    began = perf_counter()
    rival = make(examples)
    learning = perf_counter() - began
    guesses, seconds = [], []
    for text in messages:
        began = perf_counter()
        guesses.append(rival.guess(text))
        seconds.append(perf_counter() - began)
    return Outcome(guesses, seconds, learning)


def run_nlpjs(folder: Path | None, examples: Examples, messages: Sequence[str]) -> Outcome:
    """nlp.js in a Node process of its own; `folder` is where `npm install node-nlp` was done."""
    node = shutil.which("node")
    if node is None or folder is None or not (folder / "node_modules" / "node-nlp").is_dir():
        raise Missing("node-nlp is not installed: see --nlpjs")
    with tempfile.TemporaryDirectory() as desk:
        job = Path(desk, "job.json")
        phrases = list(zip(examples.texts, examples.topics, strict=True))
        job.write_text(json.dumps({"language": examples.language, "phrases": phrases, "messages": list(messages)}))
        environment = {**os.environ, "NODE_PATH": str(folder / "node_modules")}
        done = subprocess.run((node, _DRIVER, job), env=environment, capture_output=True, cwd=desk, check=False)
    if done.returncode:
        raise Missing(f"node-nlp failed: {done.stderr.decode(errors='replace')[-300:]}")
    found = json.loads(done.stdout.splitlines()[-1])
    guesses = [Guess(tuple(name for name, _ in one), one[0][1] if one else 0.0) for one in found["ranked"]]
    return Outcome(guesses, found["seconds"], found["learning"])
