"""How buttons stand under a message of a messenger."""

from __future__ import annotations

import unicodedata

from bot.messages import Choice

SIDE_BY_SIDE = 16  # columns of a label that leaves room for a second one on a small phone


def rows_of(choices: tuple[Choice, ...]) -> list[list[Choice]]:
    """Two short labels share a row, a long one has its own."""
    rows: list[list[Choice]] = []
    for choice in choices:
        short = _columns(choice.label) <= SIDE_BY_SIDE
        if short and rows and len(rows[-1]) == 1 and _columns(rows[-1][0].label) <= SIDE_BY_SIDE:
            rows[-1].append(choice)
        else:
            rows.append([choice])
    return rows


def _columns(label: str) -> int:
    """Width on the screen: a hanzi takes two columns."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in label)
