"""YAML read strictly: what an editor sees in the file is what the program gets.

Every scalar is text: `9:30`, `no` and `007` stay as written; an empty one, `~` and `null` are "". Refused with
file and line: anchors, aliases, tags, duplicate keys, several documents, other encodings than UTF-8, files over
1 MB, deep nesting. Values know where they stand: `.line` of a Text, Table or Rows, `Table.lines[key]`,
`Rows.lines[index]`, all counted from 1.

YamlError    the file cannot be read; `file`, `line` and `message` say where and why, in plain words
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, TypeAlias, TypeVar

import yaml

from faq.saying import say

SIZE_LIMIT = 1_000_000  # bytes
DEPTH_LIMIT = 20

# libyaml's parser is about ten times faster; wheels for every usual platform have it.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = re.compile(
    "[^\t\n\x20-\x7e\xa0-\xac\xae-\u200a\u2010-\u2027\u202f-\u205f\u2070-\ud7ff"
    "\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_MERGE = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: |$)", re.M)
_EMPTY = {"~", "null", "Null", "NULL"}


class YamlError(Exception):
    def __init__(self, file: str, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")
        self.file = file
        self.line = line
        self.message = message


class Text(str):
    """`line` is where the words begin: of a block (`|-`) its first line, not the sign's."""

    line: int
    file: str

    def __new__(cls, value: str, line: int, file: str = "") -> Text:
        text = super().__new__(cls, value)
        text.line = line
        text.file = file
        return text

    def __getnewargs__(self) -> tuple[str, int, str]:  # type: ignore[override]
        return str(self), self.line, self.file


class Rows(list["Value"]):
    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []


class Table(dict[str, "Value"]):
    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


Value: TypeAlias = Text | Rows | Table


Shape = TypeVar("Shape", Text, Rows, Table)
_EXPECTED: dict[type, str] = {
    Text: "a text must stand here",
    Rows: "a list must stand here",
    Table: "names with a `:` behind them must stand here",
}


def expect(value: Value, shape: type[Shape]) -> Shape:
    """The value, if it is of this shape. Raises YamlError, its file name empty, for whoever knows the file."""
    if isinstance(value, shape):
        return value
    raise YamlError("", value.line, _EXPECTED[shape])


def texts(value: Value) -> list[str]:
    """The texts of a list. Raises YamlError like expect."""
    return [str(expect(one, Text)) for one in expect(value, Rows)]


def read_yaml(path: Path) -> Value:
    """The one document in the file. Raises YamlError, OSError."""
    with path.open("rb") as file:
        content = file.read(SIZE_LIMIT + 1)
    return parse_yaml(content, str(path))


def parse_yaml(content: bytes, file: str) -> Value:
    """The same for bytes in hand; `file` is only for messages. An empty file is an empty Text."""
    text = _decode(content, file)
    reader = _Reader(file, yaml.parse(text, Loader=_Loader))
    try:
        return reader.document()
    except yaml.YAMLError as error:
        raise _refused(error, text, file) from None


def _refused(error: yaml.YAMLError, text: str, file: str) -> YamlError:
    """The parser's complaint at the line where an editor finds the cause."""
    problem = str(getattr(error, "problem", error))
    mark, opened = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if opened is not None and re.search("expected ',' or|quoted scalar|end of stream", problem):
        mark = opened  # the bracket or quote that was never closed, not where that came out
    line = mark.line + 1 if mark else 1
    lines = text.split("\n")[:line]
    for number in range(len(lines), max(0, len(lines) - 2), -1):  # the parser may see it a line later
        if re.match(r"[ -]*[a-z_]+：", lines[number - 1]):
            return YamlError(file, number, "a Chinese colon `：` stands behind the name; type `:` and a space")
    typed = lines[-1]
    for pattern, words in _TYPED:
        if re.search(pattern, typed):
            return YamlError(file, line, words)
    return YamlError(file, line, _plain_words(problem))


def _decode(content: bytes, file: str) -> str:
    if len(content) > SIZE_LIMIT:
        raise YamlError(file, 1, "the file is larger than 1 MB; split it into several files")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise YamlError(file, 1, "the file is saved as UTF-16 (“Unicode” in Notepad); save it as UTF-8")
    for begins, message in _OTHER_KINDS:
        if re.match(begins, content):
            raise YamlError(file, 1, message)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        cut = error.end == len(content) and error.reason == "unexpected end of data"
        raise YamlError(file, line, _CUT if cut else _NOT_UTF8) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if odd := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, odd.start()) + 1
        raise YamlError(file, line, say("an invisible sign U+{code} stands here; delete it", code=f"{ord(odd[0]):04X}"))
    if merge := _MERGE.search(text):
        line = text.count("\n", 0, merge.start()) + 1
        raise YamlError(file, line, "a merge of two edits was left half done here; keep one side, delete the marks")
    return text


class _Reader:
    """Builds values from parser events; lazily, so a refused file is never read to its end."""

    def __init__(self, file: str, events: Iterator[Any]) -> None:
        self.file = file
        self.events = events

    def document(self) -> Value:
        value: Value = Text("", 1)
        seen = False
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if seen:
                    self._refuse(event, "a second document begins here (---); keep one per file")
                if event.tags:
                    self._refuse(event, "a %TAG directive is not allowed; delete the line")
                seen = True
                value = self._value(next(self.events), 1)
        return value

    def _value(self, event: Any, depth: int) -> Value:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, "`*` begins a YAML alias, which is not allowed; put the text in quotes")
        if event.anchor is not None:
            self._refuse(event, "`&` begins a YAML anchor, which is not allowed; put the text in quotes")
        if event.tag is not None:
            self._refuse(event, "`!` begins a YAML tag, which is not allowed; put the text in quotes")
        if depth > DEPTH_LIMIT:
            self._refuse(event, say("nested deeper than {most} levels", most=DEPTH_LIMIT))
        if isinstance(event, yaml.ScalarEvent):
            empty = event.style in (None, "") and event.value in _EMPTY
            return Text("" if empty else event.value, line + (event.style in ("|", ">")), self.file)
        return self._rows(line, depth) if isinstance(event, yaml.SequenceStartEvent) else self._table(line, depth)

    def _rows(self, line: int, depth: int) -> Rows:
        rows = Rows(line)
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            rows.append(self._value(event, depth + 1))
            rows.lines.append(event.start_mark.line + 1)
        return rows

    def _table(self, line: int, depth: int) -> Table:
        table = Table(line)
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._value(event, depth + 1)
            if not isinstance(key, Text):
                self._refuse(event, "a list or a table cannot be a key; put the text in quotes")
            if key in table:
                self._refuse(
                    event, say("`{key}` is here twice, first in line {line}; keep one", key=key, line=table.lines[key])
                )
            table.lines[key] = event.start_mark.line + 1
            table[key] = self._value(next(self.events), depth + 1)
        return table

    def _refuse(self, event: Any, message: str) -> NoReturn:
        raise YamlError(self.file, event.start_mark.line + 1, message)


_NOT_UTF8 = "the file is not UTF-8, perhaps Windows-1251 or GBK; save it as UTF-8"
_CUT = "the file breaks off here in the middle of a letter; copy or save it once more"

# How a file begins that is no text with answers -> what an editor should do.
_OTHER_KINDS = (
    (rb"PK\x03\x04|\xd0\xcf\x11\xe0", "this is a document of an office program; save it as plain text in UTF-8"),
    (
        rb"(?i)(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|\?xml)",
        "this is a web page, not the file it shows; take the file itself",
    ),
)

# What stands in the line that the parser refused -> what an editor should do.
_TYPED = (
    (r":\s+\{[\w.]+\}\s*\S|-\s+\{[\w.]+\}\s*\S", "the text begins with `{`; put it in quotes, or below `|-`"),
    (r'""', "quotes inside quotes, as a spreadsheet writes them; leave «» inside and one pair outside"),
    (r"^[ -]*[\u00a0\u2007\u202f\u3000]", "a no-break or wide space indents this line; type ordinary spaces"),
    (r":\s+[|>][-+]?\s+\S", "a text after `|-` begins on the next line"),
)

# What the parser says -> what an editor should do. Both PyYAML's own wording and libyaml's.
_PLAIN_WORDS = (
    (r"\\t|tab", "a tab stands here; indent with spaces"),
    (
        r"mapping values are not allowed",
        "a `:` where none fits; put a text with `: ` in quotes, or mend the indentation",
    ),
    (r"simple key|expected ':'", "this line has no `:` after its name, or a quote was never closed"),
    (r"expected alphabetic or numeric", "`*` or `&` begins the text; put the whole text in quotes"),
    (r"quoted scalar|end of stream", "a quote was opened and never closed"),
    (r"cannot start any token", "the text begins with a special sign; put the whole text in quotes"),
    (r"expected ',' or", "a `,` or a closing bracket is missing in a list like [a, b]"),
    (r"escape|hexdecimal", "a backslash inside double quotes; use single quotes"),
    (
        r"block end|expected key|'-' indicator|expected the node|node content",
        "the indentation does not fit the lines above",
    ),
)


def _plain_words(problem: str) -> str:
    for pattern, words in _PLAIN_WORDS:
        if re.search(pattern, problem):
            return words
    return say("not valid YAML ({problem})", problem=problem)
