"""Reads the FAQ's folder into a Catalogue, or tells everything that is wrong with it at once.

CatalogueError    the folder cannot be used; `findings` holds every error with file, line and remedy
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

from faq import lint
from faq.entry import LANGUAGES, Catalogue, DataClass, Entry, Finding, Next, Words
from faq.operator_data import OperatorError, load_operator
from faq.rulebook import Rulebook, RulebookError
from faq.strict_yaml import Rows, Table, Text, Value, YamlError, read_yaml

__all__ = ["Catalogue", "CatalogueError", "Entry", "Finding", "Next", "Words", "load_catalogue"]

_KEYS = {"id", "topic", "title", "button", "data", "action", "answer", "cases", "next", "human", "ask"}
_ID_SIGNS = set("abcdefghijklmnopqrstuvwxyz0123456789_")


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
    reader = _Reader()
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


class _Reader:
    """Turns tables into entries and notes what does not fit; never stops at the first mistake."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.file = ""

    def find(self, file: str, line: int, rule: str, message: str) -> None:
        self.findings.append(Finding(file, line, rule, message))

    def note(self, line: int, message: str) -> None:
        self.find(self.file, line, "shape", message)

    def areas(self, folder: Path) -> Iterator[Entry]:
        files = sorted(folder.glob("*.yaml"))
        if not files:
            self.find(str(folder), 1, "shape", "no *.yaml file here; the FAQ has no entries")
        for path in files:
            rows = self._read(path)
            if rows is not None and not isinstance(rows, Rows):
                self.note(rows.line, "a list of entries is expected; each begins with `- id: `")
            elif rows is not None:
                for row in rows:
                    entry = self._entry(row, path.stem)
                    if entry is not None:
                        yield entry

    def phrases(self, folder: Path, known: set[str]) -> dict[str, dict[str, tuple[str, ...]]]:
        """Entry id -> language -> phrases, from every file of the folder."""
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for path in sorted(folder.glob("*.yaml")):
            table = self._read(path)
            if table is None or table == "":
                continue
            if not isinstance(table, Table):
                self.note(table.line, "`entry id:` with `ru:` and `zh:` lists is expected")
                continue
            for name, value in table.items():
                if name not in known:
                    self.note(table.lines[name], f"there is no entry `{name}`; correct the id or add the entry")
                own = found.setdefault(name, {})
                for language, asks in self._asks(value, table.lines[name]).items():
                    own[language] = (*own.get(language, ()), *asks)
        return found

    def _read(self, path: Path) -> Value | None:
        self.file = str(path)
        try:
            return read_yaml(path)
        except YamlError as error:
            self.find(error.file, error.line, "yaml", error.message)
        except OSError as error:
            self.find(self.file, 1, "yaml", f"the file cannot be read ({error.strerror})")
        return None

    def _entry(self, row: Value, area: str) -> Entry | None:
        if not isinstance(row, Table):
            self.note(row.line, "an entry is expected: `- id: ...` and the other keys below it")
            return None
        for key in row.keys() - _KEYS:
            self.note(row.lines[key], f"unknown key `{key}`; known are {', '.join(sorted(_KEYS))}")
        name = self._text(row, "id")
        if not name or not set(name) <= _ID_SIGNS:
            self.note(row.line, "`id` must be there and use only a-z, 0-9 and _")
            return None
        title = self._words(row, "title")
        return Entry(
            id=name,
            topic=self._text(row, "topic") or name,
            area=area,
            title=title,
            button=self._words(row, "button") if "button" in row else title,
            data=cast(DataClass, self._one_of(row, "data", ("public", "personal", "money"))),
            action=self._text(row, "action") or None,
            answer=self._words(row, "answer"),
            cases=self._cases(row),
            next=self._next(row),
            human="human" in row and self._one_of(row, "human", ("true", "false")) == "true",
            ask=self._asks(row.get("ask", Table(row.line)), row.lines.get("ask", row.line)),
            file=self.file,
            line=row.line,
        )

    def _text(self, row: Table, key: str) -> str:
        value = row.get(key, Text("", row.line))
        if isinstance(value, Text):
            return value
        self.note(row.lines[key], f"`{key}` must be one short text")
        return ""

    def _one_of(self, row: Table, key: str, allowed: tuple[str, ...]) -> str:
        value = self._text(row, key)
        if value not in allowed:
            self.note(row.lines.get(key, row.line), f"`{key}` must be one of {', '.join(allowed)}")
            return allowed[0]
        return value

    def _words(self, row: Table, key: str) -> Words:
        return self._both(row.get(key), row.lines.get(key, row.line), f"`{key}`")

    def _both(self, value: Value | None, line: int, what: str) -> Words:
        if not isinstance(value, Table):
            self.note(line, f"{what} must have `ru:` and `zh:`")
            return dict.fromkeys(LANGUAGES, "")
        self._languages_only(value, what)
        words: dict[str, str] = {}
        for language in LANGUAGES:
            text = value.get(language)
            words[language] = text if isinstance(text, Text) else ""
            if not words[language].strip():
                self.note(value.lines.get(language, line), f"{what} has no text in `{language}`; add it")
        return words

    def _languages_only(self, table: Table, what: str) -> None:
        for language in table.keys() - set(LANGUAGES):
            self.note(table.lines[language], f"{what} has `{language}:`; the languages are {', '.join(LANGUAGES)}")

    def _cases(self, row: Table) -> dict[str, Words]:
        cases = row.get("cases")
        if cases is None:
            return {}
        if not isinstance(cases, Table):
            self.note(row.lines["cases"], "`cases` must name outcomes, each with `ru:` and `zh:`")
            return {}
        return {name: self._both(words, cases.lines[name], f"case `{name}`") for name, words in cases.items()}

    def _next(self, row: Table) -> tuple[Next, ...]:
        rows = row.get("next")
        if rows is None or rows == "":
            return ()
        if not isinstance(rows, Rows):
            self.note(row.lines["next"], "`next` must be a list of entries: [topup, human]")
            return ()
        if len(rows) > 3:
            self.note(row.lines["next"], "at most 3 buttons fit under an answer; remove some")
        return tuple(button for item in rows if (button := self._button(item)) is not None)

    def _button(self, item: Value) -> Next | None:
        label: Words | None = None
        target: Value | None = item
        if isinstance(item, Table):
            target = item.get("go")
            label = self._both(_without(item, "go"), item.line, "the button")
        if not isinstance(target, Text) or not target:
            self.note(item.line, "a button is an entry's id, or {go: id, ru: label, zh: label}")
            return None
        entry, _, argument = target.partition(":")
        return Next(entry, argument, label, target.line)

    def _asks(self, value: Value, line: int) -> dict[str, tuple[str, ...]]:
        if not isinstance(value, Table):
            self.note(line, "phrases stand under `ru:` and `zh:`")
            return {}
        self._languages_only(value, "the list of phrases")
        asks: dict[str, tuple[str, ...]] = {}
        for language in LANGUAGES:
            rows = value.get(language)
            if isinstance(rows, Rows):
                asks[language] = tuple(self._phrases(rows))
            elif rows:
                self.note(value.lines[language], "a list is expected: each phrase on its own line after `- `")
        return asks

    def _phrases(self, rows: Rows) -> Iterator[str]:
        for row in rows:
            if isinstance(row, Text) and row.strip():
                yield row
            elif isinstance(row, Table):
                self.note(row.line, "a phrase with `: ` in it must stand in quotes")
            else:
                self.note(row.line, "a phrase is empty; delete the line")


def _without(table: Table, key: str) -> Table:
    rest = Table(table.line)
    for name, value in table.items():
        if name != key:
            rest[name] = value
            rest.lines[name] = table.lines[name]
    return rest
