"""The editors' own proof: sentences in tests/*.yaml that must find a topic, must find nothing, or are known to miss.

find:                  # answered with this topic, or offered among the buttons; human and emergency: handed over
  balance_money: {ru: [сколько денег], zh: [话费还剩多少]}
nothing: {ru: [...], zh: [...]}       # never answered: a human or buttons
after:                 # short questions that only make sense after an answer
  coverage_place: {ru: [а в хужире], zh: [...]}
misses:                # not understood yet; when one is, delete its line here and put it under find
  balance_money: {ru: [...]}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from faq.entry import LANGUAGES
from faq.head import BEYOND
from faq.knowledge import Knowledge
from faq.match import Match
from faq.paste import scalar
from faq.saying import say
from faq.strict_yaml import Rows, Table, Text, Value, YamlError, parse_yaml, read_yaml

_KINDS = ("find", "nothing", "after", "misses")


@dataclass(frozen=True)
class Sentence:
    text: str
    language: str
    kind: str
    topic: str  # BEYOND: must find nothing
    file: str
    line: int


@dataclass(frozen=True)
class Failure:
    sentence: Sentence
    found: Match

    def __str__(self) -> str:
        one, found = self.sentence, self.found
        got = found.topic or " | ".join(found.options)
        wanted = {
            "misses": f"is understood now as {one.topic}; delete this line and put it under find",
            "nothing": f"must find nothing, is answered with {got}",
        }.get(one.kind, f"must find {one.topic}, got {found.decision} {got} ({found.confidence:.2f})")
        return f"{one.file}:{one.line}: “{one.text}” {wanted}"


def sentences(folder: Path) -> Iterator[Sentence]:
    """Every sentence of every file. Raises YamlError."""
    for path in sorted(folder.glob("*.yaml")):
        yield from _of_file(str(path), read_yaml(path))


def sentences_of(file: str, content: bytes) -> list[Sentence]:
    """Those of one file in hand; an empty one has none. Raises YamlError."""
    return list(_of_file(file, parse_yaml(content, file))) if content.strip() else []


def as_yaml(some: Iterable[Sentence]) -> str:
    """A file of them, in the order of kinds, topics and languages."""
    lines = []
    for kind, of_kind in groupby(sorted(some, key=_shelf), lambda one: one.kind):
        lines.append(f"{kind}:")
        for (_, topic, _), of_topic in groupby(of_kind, lambda one: (*_shelf(one)[:2], "")):
            indent = "    " if topic else "  "
            lines += [f"  {topic}:"] if topic else []
            for language, same in groupby(of_topic, lambda one: one.language):
                lines += [f"{indent}{language}:", *(f"{indent}  - {scalar(one.text)}" for one in same)]
    return "\n".join(lines) + "\n"


def _shelf(one: Sentence) -> tuple[int, str, str]:
    """Where it stands in a file."""
    return _KINDS.index(one.kind), "" if one.kind == "nothing" else one.topic, one.language


def _of_file(path: str, table: Value) -> Iterator[Sentence]:
    if not isinstance(table, Table) or set(table) - set(_KINDS):
        odd = [table.lines[key] for key in table if key not in _KINDS] if isinstance(table, Table) else [table.line]
        raise YamlError(path, odd[0], say("the file has {kinds} at its left margin", kinds=", ".join(_KINDS)))
    for kind, value in table.items():
        topics = {BEYOND: value} if kind == "nothing" else value
        if not isinstance(topics, dict):
            raise YamlError(path, table.lines[kind], "topics, each with ru and zh lists, are expected")
        for topic, lists in topics.items():
            yield from _sentences(path, kind, str(topic), lists)


def _sentences(path: str, kind: str, topic: str, lists: Value) -> Iterator[Sentence]:
    if not isinstance(lists, Table) or set(lists) - set(LANGUAGES):
        raise YamlError(path, lists.line, say("`{topic}` needs ru and zh lists", topic=topic))
    for language, rows in lists.items():
        for row in rows if isinstance(rows, Rows) else ():
            if isinstance(row, Text):
                yield Sentence(str(row), language, kind, topic, path, row.line)


def prove(knowledge: Knowledge, sentence: Sentence) -> Failure | None:
    """The failure, if the sentence is not decided as it must be; its language is not told, but found out."""
    found = knowledge.match(sentence.text, None, sentence.topic if sentence.kind == "after" else None)
    return None if holds(sentence, found) else Failure(sentence, found)


def holds(sentence: Sentence, found: Match) -> bool:
    """Is the sentence decided as it must be?"""
    if sentence.kind == "nothing":
        return found.decision != "answer"
    right = found.topic == sentence.topic or sentence.topic in found.options
    return right != (sentence.kind == "misses")


def summary(proved: list[Sentence], failures: list[Failure]) -> Iterator[str]:
    """Per language how many held, then the pairs that are taken for one another."""
    for language in LANGUAGES:
        count = sum(one.language == language for one in proved)
        failed = sum(one.sentence.language == language for one in failures)
        yield f"{language}: {count - failed} of {count} hold"
    pairs = Counter(
        (one.sentence.topic, one.found.topic or one.found.options[0])
        for one in failures
        if one.sentence.kind != "misses"
    )
    for (wanted, got), times in pairs.most_common():
        yield f"{times} x {wanted} taken for {got}"
