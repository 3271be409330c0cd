"""Entries and phrases as they stand in areas/*.yaml and phrases/*.yaml; notes what does not fit, with file and line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import cast

from faq.entry import CONDITIONS, LANGUAGES, DataClass, Entry, Finding, Next, Period, Variant, Words
from faq.saying import say
from faq.schema import KEYS, VARIANT_KEYS
from faq.strict_yaml import Rows, Table, Text, Value, YamlError, read_yaml
from faq.tips import TIP_KEYS, Tip

_ID_SIGNS = set("abcdefghijklmnopqrstuvwxyz0123456789_")


class EntryReader:
    """Turns tables into entries and notes what does not fit; never stops at the first mistake."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.file = ""
        self.whole = True  # every entry could be read

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
            self.whole = self.whole and isinstance(rows, Rows)
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
                if name not in known and self.whole:
                    self.note(
                        table.lines[name], say("there is no entry `{name}`; correct the id or add the entry", name=name)
                    )
                own = found.setdefault(name, {})
                for language, asks in self._asks(value, table.lines[name]).items():
                    own[language] = (*own.get(language, ()), *asks)
        return found

    def tips(self, path: Path) -> Iterator[Tip]:
        """From beyond.yaml; a folder may do without."""
        rows = self._read(path) if path.exists() else None
        if rows is not None and rows != "" and not isinstance(rows, Rows):
            self.note(rows.line, "a list is expected; each tip begins with `- id: `")
        for row in rows if isinstance(rows, Rows) else ():
            if not isinstance(row, Table) or not set(self._text(row, "id")) <= _ID_SIGNS or not row.get("id"):
                self.note(row.line, "a tip is expected: `- id: name` in a-z, 0-9 and _, the other keys below it")
            else:
                yield self._tip(row)

    def _tip(self, row: Table) -> Tip:
        self._known_keys(row, TIP_KEYS)
        name, title = self._text(row, "id"), self._words(row, "title")
        entry = Entry(
            id=name,
            topic=name,
            area="beyond",
            title=title,
            button=title,
            data="public",
            action=None,
            answer=self._words(row, "answer"),
            cases={},
            next=(),
            human=True,
            ask=self._asks(row.get("ask", Table(row.line)), row.lines.get("ask", row.line)),
            file=self.file,
            line=row.line,
            valid=self._period(row),
            owner=self._text(row, "owner"),
            note=self._text(row, "note"),
        )
        words, unless = (
            self._asks(row.get(key, Table(row.line)), row.lines.get(key, row.line)) for key in ("words", "unless")
        )
        return Tip(entry, words, unless)

    def _read(self, path: Path) -> Value | None:
        self.file = str(path)
        try:
            return read_yaml(path)
        except YamlError as error:
            self.find(error.file, error.line, "yaml", error.message)
        except OSError as error:
            self.find(self.file, 1, "yaml", say("the file cannot be read ({reason})", reason=error.strerror))
        return None

    def _entry(self, row: Value, area: str) -> Entry | None:
        if not isinstance(row, Table):
            self.note(row.line, "an entry is expected: `- id: ...` and the other keys below it")
            return None
        self._known_keys(row, KEYS)
        name = self._text(row, "id")
        if not name or not set(name) <= _ID_SIGNS:
            self.note(row.line, "`id` must be there and use only a-z, 0-9 and _")
            self.whole = False
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
            variants=self._variants(row),
            valid=self._period(row),
            fallback=self._text(row, "fallback"),
            owner=self._text(row, "owner"),
            note=self._text(row, "note"),
            care=self._care(row),
        )

    def _known_keys(self, row: Table, known: frozenset[str]) -> None:
        for key in row.keys() - known:
            near = get_close_matches(key, known, 1)
            hint = (
                say("perhaps `{near}`", near=near[0])
                if near
                else say("known are {known}", known=", ".join(sorted(known)))
            )
            self.note(row.lines[key], say("unknown key `{key}`; {hint}", key=key, hint=hint))

    def _variants(self, row: Table) -> tuple[Variant, ...]:
        rows = row.get("variants", Rows(row.line))
        if not isinstance(rows, Rows):
            self.note(row.lines["variants"], "`variants` must be a list; each begins with `- when: `")
            return ()
        return tuple(variant for one in rows if (variant := self._variant(one)) is not None)

    def _variant(self, row: Value) -> Variant | None:
        if not isinstance(row, Table):
            self.note(row.line, "a variant is expected: `- when: {channel: telegram}` and `answer:` below it")
            return None
        self._known_keys(row, VARIANT_KEYS)
        when = row.get("when", Table(row.line))
        if not isinstance(when, Table):
            self.note(row.lines["when"], "`when` must name conditions: {channel: telegram}")
            return None
        for name in when:
            if name in CONDITIONS:
                self._one_of(when, name, CONDITIONS[name])
            else:
                self.note(
                    when.lines[name],
                    say("unknown condition `{name}`; known are {known}", name=name, known=", ".join(CONDITIONS)),
                )
        period = self._period(row)
        if not when and period == Period():
            self.note(row.line, "a variant needs `when`, `valid_from` or `valid_until`; else it is the answer itself")
        told = {name: str(value) for name, value in when.items() if isinstance(value, Text)}
        return Variant(told, self._words(row, "answer"), period, row.line)

    def _period(self, row: Table) -> Period:
        return Period(self._day(row, "valid_from"), self._day(row, "valid_until"))

    def _day(self, row: Table, key: str) -> date | None:
        text = self._text(row, key)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            self.note(
                row.lines[key], say("`{key}` must be a day such as 2026-12-31, `{text}` is none", key=key, text=text)
            )
            return date.min if key == "valid_from" else date.max

    def _care(self, row: Table) -> Words:
        care = row.get("care", Table(row.line))
        if not isinstance(care, Table):
            self.note(row.lines["care"], "`care` must have `ru:`, and `zh:` if you like")
            return {}
        self._languages_only(care, "`care`")
        if care and not care.get("ru"):
            self.note(row.lines["care"], "`care` has no text in `ru`; add it")
        return {language: str(text) for language, text in care.items() if isinstance(text, Text) and text}

    def _text(self, row: Table, key: str) -> str:
        value = row.get(key, Text("", row.line))
        if isinstance(value, Text):
            return value
        self.note(row.lines[key], say("`{key}` must be one short text", key=key))
        return ""

    def _one_of(self, row: Table, key: str, allowed: tuple[str, ...]) -> str:
        value = self._text(row, key)
        if value not in allowed:
            self.note(
                row.lines.get(key, row.line),
                say("`{key}` must be one of {allowed}", key=key, allowed=", ".join(allowed)),
            )
            return allowed[-1]
        return value

    def _words(self, row: Table, key: str) -> Words:
        return self._both(row.get(key), row.lines.get(key, row.line), f"`{key}`")

    def _both(self, value: Value | None, line: int, what: str) -> Words:
        if not isinstance(value, Table):
            self.note(line, say("{what} must have `ru:` and `zh:`", what=what))
            return dict.fromkeys(LANGUAGES, "")
        self._languages_only(value, what)
        words: dict[str, str] = {}
        for language in LANGUAGES:
            text = value.get(language)
            words[language] = text if isinstance(text, Text) else ""
            if not words[language].strip():
                self.note(
                    value.lines.get(language, line),
                    say("{what} has no text in `{language}`; add it", what=what, language=language),
                )
        return words

    def _languages_only(self, table: Table, what: str) -> None:
        for language in table.keys() - set(LANGUAGES):
            self.note(
                table.lines[language],
                say(
                    "{what} has `{language}:`; the languages are {languages}",
                    what=what,
                    language=language,
                    languages=", ".join(LANGUAGES),
                ),
            )

    def _cases(self, row: Table) -> dict[str, Words]:
        cases = row.get("cases")
        if cases is None:
            return {}
        if not isinstance(cases, Table):
            self.note(row.lines["cases"], "`cases` must name outcomes, each with `ru:` and `zh:`")
            return {}
        return {
            name: self._both(words, cases.lines[name], say("case `{name}`", name=name)) for name, words in cases.items()
        }

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
            label = self._both(_without(item, "go"), item.line, say("the button"))
        if not isinstance(target, Text) or not target:
            self.note(item.line, "a button is an entry's id, or {go: id, ru: label, zh: label}")
            return None
        entry, _, argument = target.partition(":")
        return Next(entry, argument, label, target.line)

    def _asks(self, value: Value, line: int) -> dict[str, tuple[str, ...]]:
        if not isinstance(value, Table):
            self.note(line, "phrases stand under `ru:` and `zh:`")
            return {}
        self._languages_only(value, say("the list of phrases"))
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
