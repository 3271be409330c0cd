"""An addition to a file of the FAQ, put in where it belongs; every other byte of the file stays, comments too.

Entries go to the end of a file of areas/; phrases behind those that their topic has in a file of phrases/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from faq.entry import LANGUAGES
from faq.paste import scalar
from faq.saying import say
from faq.strict_yaml import Rows, Table, Text, YamlError, parse_yaml

FILES = re.compile(r"(areas|phrases)/[a-z0-9_]{1,60}\.yaml")


def added(content: bytes, path: str, addition: str) -> bytes:
    """The file with the addition in it. Raises YamlError: of the addition, counted from its own first line."""
    told = parse_yaml(addition.encode(), path)
    text = content.decode("utf-8-sig")
    end = "\r\n" if "\r\n" in text else "\n"
    text = text.replace("\r\n", "\n").rstrip("\n") + "\n"
    if path.startswith("areas/"):
        if not isinstance(told, Rows) or not told:
            raise YamlError(path, told.line, "an entry is expected; it begins with `- id: ` at the left margin")
        text += "\n" + addition.replace("\r\n", "\n").strip("\n") + "\n"
    else:
        for topic, language, phrases in _phrases(told, path):
            text = _with_phrases(text, path, topic, language, phrases)
    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    return mark + text.replace("\n", end).encode()


def first_new_line(content: bytes) -> int:
    """Where an entry would begin that is added to this file."""
    return content.decode("utf-8-sig").replace("\r\n", "\n").rstrip("\n").count("\n") + 3


def ids(addition: str) -> list[str]:
    """Of the entries, or the topics of the phrases, that it adds. Raises YamlError."""
    told = parse_yaml(addition.encode(), "addition")
    if isinstance(told, Table):
        return list(told)
    return [str(row.get("id", "")) for row in told if isinstance(row, Table)] if isinstance(told, Rows) else []


def _phrases(told: Rows | Table | Text, path: str) -> Iterator[tuple[str, str, list[str]]]:
    if not isinstance(told, Table) or not told:
        raise YamlError(path, told.line, "`entry id:` with `ru:` and `zh:` lists is expected")
    for topic, lists in told.items():
        if not isinstance(lists, Table) or set(lists) - set(LANGUAGES):
            raise YamlError(path, told.lines[topic], say("`{topic}` needs ru and zh lists", topic=topic))
        for language, rows in lists.items():
            if not isinstance(rows, Rows) or not all(isinstance(row, Text) for row in rows):
                raise YamlError(
                    path, lists.lines[language], say("`{language}` needs a list of phrases", language=language)
                )
            if rows:
                yield topic, language, [str(row) for row in rows]


def _with_phrases(text: str, path: str, topic: str, language: str, phrases: list[str]) -> str:
    there = parse_yaml(text.encode(), path)
    lines = text.split("\n")
    new = [f"    - {scalar(phrase)}" for phrase in phrases]
    lists = there.get(topic) if isinstance(there, Table) else None
    if not isinstance(there, Table) or not isinstance(lists, Table):
        return text + "\n".join(["", f"{topic}:", f"  {language}:", *new]) + "\n"
    rows = lists.get(language)
    if isinstance(rows, Rows) and rows:
        if not lines[rows.lines[-1] - 1].lstrip().startswith("- "):
            return _into_brackets(lines, rows.lines[-1] - 1, path, phrases)
        indent = re.match(" *", lines[rows.lines[-1] - 1])
        new = [f"{indent[0] if indent else ''}- {scalar(phrase)}" for phrase in phrases]
        at = rows.lines[-1]
    else:
        at, new = there.lines[topic], [f"  {language}:", *new]
    return "\n".join([*lines[:at], *new, *lines[at:]])


def _into_brackets(lines: list[str], number: int, path: str, phrases: list[str]) -> str:
    """A list in one line, `ru: [..]`, behind its last phrase."""
    before, bracket, after = lines[number].rpartition("]")
    if not bracket:
        raise YamlError(path, number + 1, "the list is in brackets over several lines; write one phrase a line there")
    quoted = ['"' + phrase.replace("\\", "\\\\").replace('"', '\\"') + '"' for phrase in phrases]
    lines[number] = ", ".join([before, *quoted]) + bracket + after
    return "\n".join(lines)
