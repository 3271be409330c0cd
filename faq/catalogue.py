"""Reads the FAQ's folder into a Catalogue, or tells everything that is wrong with it at once.

CatalogueError    the folder cannot be used; `findings` holds every error with file, line and remedy
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from faq import lint
from faq.entry import LANGUAGES, Catalogue, Entry, Finding, Next, Words
from faq.entry_rows import EntryReader
from faq.operator_data import OperatorError, load_operator
from faq.rulebook import Rulebook
from faq.saying import say

__all__ = ["Catalogue", "CatalogueError", "Entry", "Finding", "Next", "Words", "load_catalogue"]


class CatalogueError(Exception):
    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


# An edition that breaks one of these cannot be used at all; the other rules are about what it says.
_NEEDED = frozenset({"yaml", "shape", "id", "topics", "targets", "actions", "facts", "operator", "rulebook", "places"})


def load_catalogue(folder: Path, *, served: bool = False) -> Catalogue:
    """The folder's entries, checked; style findings that block nothing are in `warnings`. Raises CatalogueError.

    `served`: it has passed the rules once, which may have become stricter since; what can be used is good enough.
    """
    catalogue, findings = read_catalogue(folder)
    errors = tuple(one for one in findings if not one.warning and (one.rule in _NEEDED or not served))
    if errors or catalogue is None:
        raise CatalogueError(errors)
    return replace(catalogue, warnings=tuple(finding for finding in findings if finding.warning))


def read_catalogue(folder: Path, today: date | None = None) -> tuple[Catalogue | None, tuple[Finding, ...]]:
    """What could be read, and every finding; the catalogue is whole only if no finding is an error.

    `today` decides which entries are out of date; usually that of the operator's time zone.
    """
    reader = EntryReader()
    entries = list(reader.areas(folder / "areas"))
    more = reader.phrases(folder / "phrases", {entry.id for entry in entries})
    unique: dict[str, Entry] = {}
    for entry in entries:
        if entry.id in unique:
            first = unique[entry.id]
            reader.find(
                entry.file,
                entry.line,
                "id",
                say("`{entry}` is also in {file}:{line}; rename one", entry=entry.id, file=first.file, line=first.line),
            )
        else:
            unique[entry.id] = _with_phrases(entry, more.get(entry.id, {}))
    tips = tuple(reader.tips(folder / "beyond.yaml"))
    for problem in Rulebook.problems(folder):
        reader.find(problem.file, problem.line, "rulebook", problem.message)
    try:
        operator = load_operator(folder / "operator")
    except OperatorError as error:
        for one in error.problems:
            reader.find(str(folder / "operator" / one.file), one.line, "operator", one.message)
        return None, in_order(reader.findings)
    catalogue = Catalogue(unique, operator, whole=reader.whole, tips=tips)
    findings = [*reader.findings, *lint.check(catalogue, folder, today or datetime.now(operator.hours.timezone).date())]
    return catalogue, in_order(findings)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By file and line."""
    return tuple(sorted(findings, key=_place))


def _place(finding: Finding) -> tuple[str, int, str]:
    return finding.file, finding.line, finding.rule


def _with_phrases(entry: Entry, more: Mapping[str, tuple[str, ...]]) -> Entry:
    ask = {
        language: tuple(dict.fromkeys((*entry.ask.get(language, ()), *more.get(language, ()))))
        for language in LANGUAGES
    }
    return replace(entry, ask=ask)
