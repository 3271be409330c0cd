"""Takes parts of the matcher away from outside: the product's own classes, with stand-ins where it has no switch.

A stand-in replaces a name of the product's modules while `stand_ins` lasts. If the product gives up a name, entering
`stand_ins` raises AttributeError; tests/test_understanding_benchmark.py tells if a switch has stopped to switch.
"""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

from faq.encoder import Encoder, Vectors
from faq.features import Bagger
from faq.fold import make_fold
from faq.head import BEYOND
from faq.knowledge import Knowledge
from faq.learn import Lesson, learn
from faq.lexicon import Lexicon, Slang
from faq.match import Matcher
from faq.names import Named, Names
from faq.phrase_rows import Phrase, digest
from faq.pinyin import Pinyin
from faq.places import Gazetteer
from faq.reading import Reader
from faq.rulebook import Rulebook
from faq.sanitise import plain
from faq.store import Store
from faq.train import train

Off = frozenset[str]

# In the order of the ladder: what each part adds to all before it.
SWITCHES: Mapping[str, str] = {
    "pieces": "pieces of words, hanzi",
    "beyond": "out_of_scope as a class",
    "vectors": "sentence vectors",
    "nearest": "likeness to the nearest phrases",
    "repeats": "repeated letters calmed",
    "traditional": "Traditional to Simplified",
    "layout": "keyboard layout, Russian in Latin letters",
    "pinyin": "pinyin to hanzi",
    "slang": "slang",
    "typos": "typo repair",
    "sounds": "pinyin syllables as features",
    "lemmas": "dictionary forms as features",
    "names": "names as features",
    "exact": "phrases word for word",
}
# The noise that a part is there for, where messages tell theirs.
AIMED_AT: Mapping[str, str] = {
    "traditional": "traditional",
    "layout": "translit",
    "pinyin": "pinyin",
    "slang": "slang",
    "typos": "typo",
    "sounds": "typo",
}
MANY_IN_ONE = 5  # out_of_scope is many topics in one: so many times the phrases of a topic
_KINDS = {"sounds": "p", "lemmas": "l", "names": "m", "pieces": "cwlmhp"}  # how the bagger marks its pieces


class _LeavingOut(Bagger):
    def __init__(self, kinds: frozenset[str], lemma: Callable[[str], str], sounds: Callable[[str], list[str]]) -> None:
        super().__init__(lemma, sounds)
        self._left_out = kinds

    def _pieces(self, text: str, marks: Sequence[str]) -> Iterator[tuple[str, float]]:
        return (piece for piece in super()._pieces(text, marks) if piece[0][0] not in self._left_out)


class _UnmendingLexicon(Lexicon):
    def __init__(self, phrases: Iterable[str], names: Iterable[str] = ()) -> None:
        super().__init__(phrases, names)
        self.repaired = cache(_as_is)


class _UnwritablePinyin(Pinyin):
    def hanzi(self, text: str, keep: frozenset[str]) -> str | None:
        return None


class _NoConverter:
    def __init__(self, direction: str) -> None:
        self.direction = direction

    def convert(self, text: str) -> str:
        return text


def _as_is(text: str, *_: object) -> str:
    return text


# What stands in for a name wherever the product's modules have it.
_REPLACED: Mapping[str, Mapping[str, Any]] = {
    "nearest": {"NEARNESS": 0.0},
    "repeats": {"calm": _as_is},
    "traditional": {"opencc": SimpleNamespace(OpenCC=_NoConverter)},
    "layout": {"other_layout": _as_is, "by_ear": _as_is},
    "pinyin": {"Pinyin": _UnwritablePinyin},
    "typos": {"Lexicon": _UnmendingLexicon},
}


@contextmanager
def stand_ins(off: Off) -> Iterator[None]:
    """Whatever is built, learned and asked meanwhile does without these parts; heads are trained in this process."""
    kinds = frozenset("".join(_KINDS.get(switch, "") for switch in off))
    replaced: dict[str, Any] = {"_run": lambda job, folder: train(job), "Bagger": partial(_LeavingOut, kinds)}
    for switch in off:
        replaced |= _REPLACED.get(switch, {})
    with ExitStack() as stack:
        for name, stand_in in replaced.items():
            for module in _homes(name):
                stack.enter_context(patch.object(module, name, stand_in))
        yield


def _homes(name: str) -> list[ModuleType]:
    """The product's modules that have the name. Raises AttributeError if none does any more."""
    homes = [module for path, module in sys.modules.items() if path.startswith("faq.") and name in vars(module)]
    if not homes:
        raise AttributeError(f"no module of faq has {name} any more: switches.py must be told")
    return homes


def make_reader(texts: Iterable[str], slang: Slang, names: Names, gazetteer: Gazetteer, off: Off) -> Reader:
    """To be called, and used, inside of `stand_ins`."""
    slang = replace(slang, ru={}, zh={}) if "slang" in off else slang
    return Reader(make_fold(texts, (), slang), names, gazetteer)


def limited(phrases: Sequence[Phrase], topics: Mapping[str, str], most: int | None, seed: int) -> tuple[Phrase, ...]:
    """At most so many of each topic and language, drawn by lot; a bigger draw holds the smaller ones."""
    if most is None:
        return tuple(phrases)
    groups: defaultdict[tuple[str, str], list[Phrase]] = defaultdict(list)
    for phrase in phrases:
        groups[topics[phrase.entry], phrase.language].append(phrase)
    drawn: set[Phrase] = set()
    for (topic, _), group in groups.items():
        random.Random(seed).shuffle(group)
        drawn.update(group[: most * (MANY_IN_ONE if topic == BEYOND else 1)])
    return tuple(phrase for phrase in phrases if phrase in drawn)


class _RememberedNames(Names):
    """Names do not depend on any switch and cost half of the reading."""

    def __init__(self, knowledge: Knowledge) -> None:
        super().__init__(knowledge.catalogue.operator, knowledge.gazetteer)
        self._found: dict[tuple[str, str | None], tuple[Named, ...]] = {}

    def find(self, text: str, language: str | None = None) -> tuple[Named, ...]:
        if (text, language) not in self._found:
            self._found[text, language] = super().find(text, language)
        return self._found[text, language]


class _SharedVectors(Store):
    """A store of its own for heads and rows; texts are encoded once for all."""

    def __init__(self, folder: Path, shared: Store) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder)
        self._shared = shared

    def vectors(self, encoder: Encoder, texts: Sequence[str]) -> Vectors:
        return self._shared.vectors(encoder, texts)


@dataclass(frozen=True)
class Workbench:
    """The product as it ships, learned, and what makes it again with less."""

    knowledge: Knowledge
    rules: Rulebook
    names: Names
    folder: Path

    @classmethod
    def open(cls, faq_dir: Path, folder: Path) -> Workbench:
        knowledge = Knowledge.load(faq_dir, folder / "shipped")
        if not knowledge.settled or knowledge.lesson.encoder is None:
            raise SystemExit("the product could not be learned whole: there is nothing to compare with")
        return cls(knowledge, Rulebook.load(faq_dir), _RememberedNames(knowledge), folder)

    def afresh(self, folder: Path) -> Workbench:
        """The same, nothing of it read, encoded or learned before."""
        lesson = replace(self.knowledge.lesson, store=Store(folder))
        knowledge = replace(self.knowledge, lesson=lesson)
        return replace(self, knowledge=knowledge, names=_RememberedNames(knowledge), folder=folder)

    @property
    def topics(self) -> Mapping[str, str]:
        return self.knowledge.matcher.topics

    def matcher(self, off: Off, phrases: tuple[Phrase, ...], encoder: Encoder | None) -> Matcher:
        """The shipped matcher made anew without some parts; to be called, and asked, inside of `stand_ins`."""
        folder = self._folder(off, phrases)
        if "beyond" in off:
            phrases = tuple(phrase for phrase in phrases if self.topics[phrase.entry] != BEYOND)
        if "vectors" in off:
            encoder = None
        shipped, gazetteer = self.knowledge.lesson, self.knowledge.gazetteer
        reader = make_reader((phrase.text for phrase in phrases), self.rules.slang, self.names, gazetteer, off)
        lesson = Lesson(
            phrases=phrases,
            reader=reader,
            encoder=encoder,
            store=_SharedVectors(folder, shipped.store),
            tables=shipped.tables,
            spelled=shipped.spelled,
        )
        exact = {} if "exact" in off else {plain(phrase.text): phrase.entry for phrase in phrases}
        return replace(self.knowledge.matcher, reader=reader, encoder=encoder, head=learn(lesson), exact=exact)

    def _folder(self, off: Off, phrases: tuple[Phrase, ...]) -> Path:
        """Of its own for each row: what one lexicon has read must not be taken for what another one would."""
        if not off and phrases == self.knowledge.lesson.phrases:
            return self.folder / "shipped"
        return self.folder / "-".join([*sorted(off), digest(phrases)])
