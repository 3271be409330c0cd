"""Reads the FAQ's folder into a Catalogue, or tells everything that is wrong with it at once.

CatalogueError    the folder cannot be used; `findings` holds every error with file, line and remedy
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from faq import lint
from faq.entry import LANGUAGES, Catalogue, Entry, Finding, Next, Words
from faq.entry_rows import EntryReader
from faq.operator_data import OperatorError, load_operator
from faq.rulebook import Rulebook, RulebookError

__all__ = ["Catalogue", "CatalogueError", "Entry", "Finding", "Next", "Words", "load_catalogue"]


class CatalogueError(Exception):
    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


def load_catalogue(folder: Path) -> Catalogue:
    """The folder's entries, checked; style findings that block nothing are in `warnings`. Raises CatalogueError."""
    catalogue, findings = read_catalogue(folder)
    errors = tuple(finding for finding in findings if not finding.warning)
    if errors or catalogue is None:
        raise CatalogueError(errors)
    return replace(catalogue, warnings=tuple(finding for finding in findings if finding.warning))


def read_catalogue(folder: Path) -> tuple[Catalogue | None, tuple[Finding, ...]]:
    """What could be read, and every finding; the catalogue is whole only if no finding is an error."""
    reader = EntryReader()
    entries = list(reader.areas(folder / "areas"))
    more = reader.phrases(folder / "phrases", {entry.id for entry in entries})
    unique: dict[str, Entry] = {}
    for entry in entries:
        if entry.id in unique:
            first = unique[entry.id]
            reader.find(entry.file, entry.line, "id", f"`{entry.id}` is also in {first.file}:{first.line}; rename one")
        else:
            unique[entry.id] = _with_phrases(entry, more.get(entry.id, {}))
    try:
        Rulebook.load(folder)
    except RulebookError as error:
        reader.find(error.file, error.line, "rulebook", error.message)
    try:
        operator = load_operator(folder / "operator")
    except OperatorError as error:
        for problem in error.problems:
            reader.find(str(folder / "operator" / problem.file), problem.line, "operator", problem.message)
        return None, tuple(sorted(reader.findings, key=_place))
    catalogue = Catalogue(unique, operator)
    findings = [*reader.findings, *lint.check(catalogue, folder)]
    return catalogue, tuple(sorted(findings, key=_place))


def _place(finding: Finding) -> tuple[str, int, str]:
    return finding.file, finding.line, finding.rule


def _with_phrases(entry: Entry, more: Mapping[str, tuple[str, ...]]) -> Entry:
    ask = {
        language: tuple(dict.fromkeys((*entry.ask.get(language, ()), *more.get(language, ()))))
        for language in LANGUAGES
    }
    return replace(entry, ask=ask)
