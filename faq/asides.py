"""Short messages that are no question for an answer: a nod, "never mind", "not that", "more", "send all this"."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal

from faq.entry import LANGUAGES
from faq.strict_yaml import Rows, Table, read_yaml

Aside = Literal["nod", "leave_it", "not_that", "more", "unlink", "copy"]

_KINDS: tuple[Aside, ...] = ("nod", "leave_it", "not_that", "more", "unlink", "copy")
_NOT_WORDS = re.compile(r"[\W_]+")
_PAUSE = re.compile(r"^\s*([^,.!?;:，。！？；：—]+?)\s*[,.!?;:，。！？；：—-]+\s*(.+)$", re.DOTALL)


@cache
def _words() -> dict[str, Aside]:
    table = read_yaml(Path(__file__).with_name("asides.yaml"))
    found: dict[str, Aside] = {}
    for kind in _KINDS:
        by_language = table[kind] if isinstance(table, Table) else None
        for language in LANGUAGES:
            rows = by_language.get(language) if isinstance(by_language, Table) else None
            if not isinstance(rows, Rows):
                raise TypeError(f"asides.yaml: a list is expected at {kind}, {language}")
            found |= {str(word): kind for word in rows}
    return found


def aside(text: str) -> Aside | None:
    """What the whole message is, if it is one of these."""
    return _words().get(_NOT_WORDS.sub(" ", text.lower().replace("ё", "е")).strip())


def corrected(text: str) -> str | None:
    """What follows "not that" at the beginning: «не то, мне про роуминг» -> «мне про роуминг»; else None."""
    parts = _PAUSE.match(text)
    return parts[2] if parts and aside(parts[1]) == "not_that" else None
