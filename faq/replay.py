"""What an edit changes: the same messages decided by two editions, and the differences counted.

A change of one message is one of KINDS, the worst first; what stays as it was is not kept.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from faq.asked import Asked
from faq.batch import Message, match_all
from faq.entry import Entry, Next, Variant
from faq.head import BEYOND
from faq.knowledge import Knowledge
from faq.match import Match
from faq.proof import Sentence, holds

# unsafe: an emergency or a call for a human is not one any more. lost: an answer or a choice before, a human now.
# moved: answered with another topic. asks: an answer before, a choice now. other_human: handed over for another reason.
# buttons: another choice. settled: a choice before, an answer now. gained: a human before, an answer or a choice now.
KINDS = ("unsafe", "lost", "moved", "asks", "other_human", "buttons", "settled", "gained")
Kind: TypeAlias = Literal["unsafe", "lost", "moved", "asks", "other_human", "buttons", "settled", "gained"]
_BATCH = 256
Progress: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True)
class Question:
    """A message as often as it was asked."""

    text: str
    language: str
    times: int
    people: int
    after: str | None = None


@dataclass(frozen=True)
class Change:
    question: Question
    kind: Kind
    before: Match
    after: Match


@dataclass(frozen=True)
class Proof:
    """A proof sentence that held before and does not now, or the other way round."""

    sentence: Sentence
    mended: bool
    after: Match


@dataclass(frozen=True)
class Replay:
    questions: tuple[Question, ...]
    changes: tuple[Change, ...]
    proofs: tuple[Proof, ...]
    proved: int  # sentences that hold now
    traffic: Counter[str]  # messages answered by an entry in the new edition
    entries: tuple[tuple[str, str], ...]  # entry id, what happened to it

    def counted(self) -> Counter[str]:
        """Messages by kind of change, each as often as it was asked."""
        found: Counter[str] = Counter()
        for change in self.changes:
            found[change.kind] += change.question.times
        return found

    def flows(self) -> list[tuple[str, str, int]]:
        """From which topic to which, largest first: which entry takes traffic from which."""
        found: Counter[tuple[str, str]] = Counter()
        for change in self.changes:
            found[where(change.before), where(change.after)] += change.question.times
        return [(before, after, count) for (before, after), count in found.most_common()]


def questions_of(asked: Iterable[Asked], most: int) -> tuple[Question, ...]:
    """The newest `most` messages, those that say the same together, the most frequent first."""
    newest = sorted(asked, key=lambda one: one.at, reverse=True)[:most]
    alike: defaultdict[str, list[Asked]] = defaultdict(list)
    for one in newest:
        alike[one.key].append(one)
    found = [
        Question(some[0].text, some[0].language, len(some), len({one.person for one in some}))
        for some in alike.values()
    ]
    return tuple(sorted(found, key=lambda one: -one.times))


def replay(
    before: Knowledge,
    after: Knowledge,
    questions: Sequence[Question],
    sentences: Sequence[Sentence],
    progress: Progress = lambda _done, _all: None,
) -> Replay:
    """Both editions must have learned (`settled`), else what is seen is not what will be."""
    messages: list[Message] = [(one.text, one.language, one.after) for one in questions]
    messages += [(one.text, None, one.topic if one.kind == "after" else None) for one in sentences]
    pairs = _decided(before, after, messages, progress)
    changes = [
        Change(question, kind, old, new)
        for question, (old, new) in zip(questions, pairs, strict=False)
        if (kind := kind_of(old, new)) is not None
    ]
    traffic: Counter[str] = Counter()
    for question, (_, new) in zip(questions, pairs, strict=False):
        traffic[new.entry or where(new)] += question.times
    proofs, proved = [], 0
    for sentence, (old, new) in zip(sentences, pairs[len(questions) :], strict=True):
        right = holds(sentence, new)
        proved += right
        if right != holds(sentence, old):
            proofs.append(Proof(sentence, right, new))
    changes.sort(key=lambda one: (KINDS.index(one.kind), -one.question.times))
    edited = tuple(_edited(before.catalogue.entries, after.catalogue.entries))
    return Replay(tuple(questions), tuple(changes), tuple(proofs), proved, traffic, edited)


def kind_of(before: Match, after: Match) -> Kind | None:
    """None if the person would notice no difference."""
    if (before.decision, before.topic, before.options) == (after.decision, after.topic, after.options):
        return None
    if before.topic in ("emergency", "human") and after.topic != before.topic and after.topic != "emergency":
        return "unsafe"
    if before.decision == after.decision:
        return _SAME_DECISION[before.decision]
    if after.decision == "handoff":
        return "lost"
    if before.decision == "handoff":
        return "gained"
    return "asks" if after.decision == "clarify" else "settled"


_SAME_DECISION: Mapping[str, Kind] = {"answer": "moved", "handoff": "other_human", "clarify": "buttons"}


def where(match: Match) -> str:
    """The topic that answers or is handed over; `?` for a choice."""
    return match.topic or ("?" if match.options else BEYOND)


def _edited(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> Iterable[tuple[str, str]]:
    for name in sorted(before.keys() | after.keys()):
        if name not in before or name not in after:
            yield name, "added" if name in after else "removed"
            continue
        old, new = before[name], after[name]
        fields = [field for field in _SHOWN if _seen(getattr(old, field)) != _seen(getattr(new, field))]
        if fields:
            yield name, ", ".join(fields)


def _seen(value: object) -> object:
    """Without the lines of the file, which every edit above moves."""
    if isinstance(value, tuple):
        return tuple(replace(one, line=0) if isinstance(one, Next | Variant) else one for one in value)
    return value


_SHOWN = (
    *("topic", "title", "button", "data", "action", "answer", "cases", "variants", "next", "human"),
    *("valid", "fallback", "care", "ask"),
)


# Set before the processes fork, so that they share the two editions' memory.
_editions: list[Knowledge] = []


def _decided(
    before: Knowledge, after: Knowledge, messages: Sequence[Message], progress: Progress
) -> list[tuple[Match, Match]]:
    batches = [messages[start : start + _BATCH] for start in range(0, len(messages), _BATCH)]
    found: list[tuple[Match, Match]] = []
    _editions[:] = [before, after]
    try:
        with _processes(len(batches)) as run:
            for done in run(_decide, batches):
                found += done
                progress(len(found), len(messages))
    finally:
        _editions.clear()
    return found


@contextmanager
def _processes(batches: int) -> Iterator[Callable[..., Iterable[list[tuple[Match, Match]]]]]:
    """`map` over as many processes as we may use; in this one where the system cannot fork."""
    count = min(batches, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)
    if count < 2:
        yield map
        return
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("fork")) as pool:
        yield pool.map


def _decide(messages: Sequence[Message]) -> list[tuple[Match, Match]]:
    return [(old, new) for old, new in match_all(_editions, messages)]
