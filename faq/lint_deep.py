"""The rules that take seconds: spelling, cut texts, phrases one by one, phrases nearer to another entry, the proof.

`python -m faq check` and the operations page ask them; a start does not wait for them. All their findings are warnings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from faq.entry import Catalogue, Finding
from faq.lint_phrases import phrases
from faq.lint_texts import all_lines
from faq.proof import sentences
from faq.rulebook import rules_file
from faq.russian import is_known
from faq.saying import say
from faq.strict_yaml import Table, YamlError, expect, read_yaml, texts

_WORD = re.compile(r"(?<![a-zа-яё])[а-яё]+(?:-[а-яё]+)*(?![a-zа-яё])", re.I)
# In a plain text ` #` begins a comment. Ours have a space behind the #; a code or a number has none.
_CUT = re.compile(r"""^\s*(?:- |[\w.]+:\s)[^'"#\n]*\s#(?![ #]|$)""")


def check_deeply(catalogue: Catalogue, folder: Path) -> Iterator[Finding]:
    """Every finding of every rule here."""
    yield from phrases(catalogue)
    yield from spelling(catalogue, folder)
    yield from cut(folder)
    yield from tests(catalogue, folder)


def spelling(catalogue: Catalogue, folder: Path) -> Iterator[Finding]:
    """Every Russian word is in the dictionary, in spelling.yaml, or a name of the operator's."""
    try:
        known = _Known(catalogue, rules_file(folder, "spelling.yaml"))
    except YamlError as error:
        yield Finding(error.file, error.line, "spelling", error.message, warning=True)
        return
    for line in all_lines(catalogue):
        if line.language != "ru":
            continue
        for word in _WORD.findall(line.read):
            if word not in known:
                message = say("“{word}” is not in the dictionary; correct it, or add it to spelling.yaml", word=word)
                yield line.finding("spelling", message)


class _Known:
    def __init__(self, catalogue: Catalogue, file: Path) -> None:
        operator = catalogue.operator
        names = [*operator.brand.name.values(), *operator.brand.app.values()]
        for kind in (operator.tariffs, operator.services, operator.countries):
            names += [name for one in kind.values() for name in one.name.values()]
        own = [word.lower() for name in names for word in _WORD.findall(name)]
        try:
            own += [word.lower() for word in texts(expect(read_yaml(file), Table)["words"])]
        except YamlError as error:
            raise YamlError(str(file), error.line, error.message) from None
        except KeyError:
            raise YamlError(str(file), 1, "`words:` with a list below it is expected") from None
        self._words = {word for word in own if not word.endswith("*")}
        self._stems = tuple(word[:-1] for word in own if word.endswith("*"))

    def __contains__(self, word: str) -> bool:
        word = word.lower()
        if word in self._words or word.startswith(self._stems):
            return True
        return is_known(word) or ("-" in word and all(part in self for part in word.split("-")))


def cut(folder: Path) -> Iterator[Finding]:
    """No text is cut where an unquoted ` #` begins a comment: `ru: Наберите #31# и номер`."""
    for path in sorted(folder.glob("areas/*.yaml")) + sorted(folder.glob("operator/*.yaml")):
        try:
            lines = path.read_text(encoding="utf-8-sig").split("\n")
        except (OSError, UnicodeDecodeError):
            continue  # the reader has said so
        block = -1  # the indentation of the key whose `|-` text we are in: there # is a sign like any other
        for number, line in enumerate(lines, 1):
            indent = len(line) - len(line.lstrip())
            if block >= 0 and (not line.strip() or indent > block):
                continue
            block = indent if re.search(r":\s+[|>][-+]?\s*$", line) else -1
            if _CUT.search(line):
                message = "what stands behind ` #` is lost, it begins a comment; put the text in quotes"
                yield Finding(str(path), number, "cut", message, warning=True)


def tests(catalogue: Catalogue, folder: Path) -> Iterator[Finding]:
    """The sentences of tests/*.yaml can be read, and expect topics that exist."""
    if not catalogue.whole:
        return
    known = {entry.topic for entry in catalogue.entries.values()} | {"out_of_scope"}
    try:
        for one in sentences(folder / "tests"):
            if one.topic not in known:
                message = say("there is no topic `{topic}`; correct it or delete the sentence", topic=one.topic)
                yield Finding(one.file, one.line, "tests", message, warning=True)
    except YamlError as error:
        yield Finding(error.file, error.line, "tests", error.message, warning=True)
