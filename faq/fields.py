"""Reads one table of an operator's file field by field and remembers everything that is wrong with it.

FieldsError    the files cannot be used; `problems` lists all that is wrong, each with file and line
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal, TypeVar

from faq.saying import say
from faq.strict_yaml import Rows, Table, Text, Value, YamlError, read_yaml

LANGUAGES = ("ru", "zh")
Words = Mapping[str, str]

T = TypeVar("T")
C = TypeVar("C", bound=str)
Shape = TypeVar("Shape", Text, Rows, Table)

_EXPECTED: Mapping[type, str] = {
    Text: "a text must stand here",
    Rows: "a list must stand here",
    Table: "named fields must stand here",
}


@dataclass(frozen=True, order=True)
class Problem:
    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class FieldsError(YamlError):
    """`file`, `line` and `message` are those of the first problem."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        first = self.problems[0]
        super().__init__(first.file, first.line, first.message)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class Sheet:
    """One YAML file being read; `problems` is shared by all files of a folder."""

    def __init__(self, path: Path, problems: list[Problem]) -> None:
        self.file = str(path)
        self.problems = problems
        try:
            self.value: Value = read_yaml(path)
        except YamlError as error:
            self.value = Text("", 0)
            self.problems.append(Problem(self.file, error.line, error.message))
        except OSError:
            self.value = Text("", 0)
            self.problems.append(Problem(self.file, 1, "the file is missing"))

    def wrong(self, line: int, message: str) -> None:
        if line:  # 0: the file itself could not be read, which has been said
            self.problems.append(Problem(self.file, line, message))

    def table(self) -> Fields:
        return Fields(self, self._expect(self.value, Table))

    def rows(self, value: Value | None = None) -> Iterator[Fields]:
        for row in self._expect(self.value if value is None else value, Rows):
            yield Fields(self, self._expect(row, Table))

    def _expect(self, value: Value, shape: type[Shape]) -> Shape:
        if isinstance(value, shape):
            return value
        self.wrong(value.line, _EXPECTED[shape])
        return shape("", value.line) if shape is Text else shape(value.line)  # type: ignore[call-arg, arg-type]


class Fields:
    """The fields of one table. A wrong field is noted and a harmless value returned, so all mistakes show at once."""

    def __init__(self, sheet: Sheet, table: Table) -> None:
        self.sheet = sheet
        self.row = table
        self.line = table.line
        self.used: set[str] = set()

    def end(self) -> None:
        """To be called when all known fields were read: notes those that nobody knows."""
        for key in self.row:
            if key not in self.used:
                self.sheet.wrong(
                    self.row.lines[key],
                    say("there is no field `{key}`; known: {known}", key=key, known=", ".join(sorted(self.used))),
                )

    def has(self, key: str) -> bool:
        self.used.add(key)
        return key in self.row

    def line_of(self, key: str) -> int:
        return self.row.lines.get(key, self.line)

    def wrong(self, key: str, message: str) -> None:
        self.sheet.wrong(self.line_of(key), say("`{key}`: {message}", key=key, message=message))

    def text(self, key: str, default: str | None = None) -> str:
        value = self._take(key, Text, default is not None)
        if value:
            return str(value)
        if default is None and value is not None:
            self.wrong(key, say("is empty"))
        return default or ""

    def words(self, key: str) -> Words:
        """The same thing in every language of the bot."""
        fields = self.fields(key)
        words = {language: fields.text(language) for language in LANGUAGES}
        fields.end()
        return words

    def fields(self, key: str) -> Fields:
        return Fields(self.sheet, self._take(key, Table) or Table(0))

    def rows(self, key: str) -> Iterator[Fields]:
        return self.sheet.rows(self._take(key, Rows) or Rows(0))

    def texts(self, key: str) -> tuple[str, ...]:
        rows = self._take(key, Rows) or Rows(0)
        return tuple(str(self.sheet._expect(row, Text)) for row in rows)

    def parsed(self, key: str, parse: Callable[[str], T], default: T, words: str) -> T:
        """`parse` refuses by ValueError."""
        text = self.text(key)
        try:
            return parse(text) if text else default
        except ValueError:
            self.wrong(key, say("`{text}` is not {words}", text=text, words=words))
            return default

    def money(self, key: str, default: str | None = None) -> Decimal:
        if default is not None and not self.has(key):
            return Decimal(default)
        return self.parsed(key, _amount, Decimal(0), say("a number such as 60 or 12.50"))

    def count(self, key: str, default: int | None = None) -> int:
        if default is not None and not self.has(key):
            return default
        return self.parsed(key, _count, 0, say("a whole number"))

    def choice(self, key: str, options: tuple[C, ...], default: C | None = None) -> C:
        text = self.text(key, default)
        if text in options:
            return text
        if text:
            self.wrong(key, say("`{text}` is none of {options}", text=text, options=", ".join(options)))
        return options[0]

    def flag(self, key: str, default: Literal["yes", "no"]) -> bool:
        return self.choice(key, ("yes", "no"), default) == "yes"

    def aliases(self, key: str = "aliases") -> Mapping[str, tuple[str, ...]]:
        fields = self.fields(key)
        aliases = {language: fields.texts(language) for language in LANGUAGES}
        fields.end()
        return aliases

    def _take(self, key: str, shape: type[Shape], optional: bool = False) -> Shape | None:
        self.used.add(key)
        if key in self.row:
            return self.sheet._expect(self.row[key], shape)
        if not optional:
            self.sheet.wrong(self.line, say("the field `{key}` is missing", key=key))
        return None


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not amount.is_finite() or amount < 0:
        raise ValueError(text)
    return amount


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError(text)
    return int(text)
