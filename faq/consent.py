"""Yes and no, as whole messages, to a question the bot has asked."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from faq.strict_yaml import Rows, Table, read_yaml

_NOT_WORDS = re.compile(r"[\W_]+")


@cache
def _words() -> tuple[frozenset[str], frozenset[str]]:
    table = read_yaml(Path(__file__).with_name("consent.yaml"))
    if not isinstance(table, Table):
        raise TypeError("consent.yaml: two lists are expected, yes and no")
    said = {key: rows for key in ("yes", "no") if isinstance(rows := table.get(key), Rows)}
    return tuple(frozenset(str(word) for word in said.get(key, ())) for key in ("yes", "no"))  # type: ignore[return-value]


def consent(text: str) -> bool | None:
    """True for yes, False for no, None for anything else."""
    said = _NOT_WORDS.sub(" ", text.lower().replace("ё", "е")).strip()
    yes, no = _words()
    return True if said in yes else False if said in no else None
