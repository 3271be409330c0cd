"""Is a service ordered or cancelled in these words? Told apart from asking about it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal

from faq.strict_yaml import Rows, Table, read_yaml

Order = Literal["connect", "disconnect"]
_WORD = re.compile(r"[а-я]+")
_REFUSED = ("不想", "不要开", "没有", "没", "别")


@cache
def _said(kind: Order, language: str) -> tuple[str, ...]:
    table = read_yaml(Path(__file__).with_name("orders.yaml"))
    by_language = table[kind] if isinstance(table, Table) else None
    rows = by_language.get(language) if isinstance(by_language, Table) else None
    if not isinstance(rows, Rows):
        raise TypeError(f"orders.yaml: a list is expected at {kind}, {language}")
    return tuple(str(word) for word in rows)


def order(text: str) -> Order | None:
    """What is to be done with the service that the message names; None when it only asks, or says it did not."""
    simple = text.lower().replace("ё", "е")
    words = _WORD.findall(simple)
    orders: tuple[Order, ...] = ("disconnect", "connect")
    for kind in orders:
        if any(word in _said(kind, "ru") and (at == 0 or words[at - 1] != "не") for at, word in enumerate(words)):
            return kind
        for said in _said(kind, "zh"):
            before, found, _ = simple.partition(said)
            if found and not before.endswith(_REFUSED):
                return kind
    return None
