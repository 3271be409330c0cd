"""How far back a command looks: 90m, 24h, 7d, 4w."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from datetime import timedelta

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONGEST = timedelta(days=3650)


def since(text: str) -> timedelta:
    """For argparse. Raises ArgumentTypeError."""
    found = re.fullmatch(r"([0-9]{1,6})([mhdw])", text.strip())
    span = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else timedelta(0)
    if not timedelta(0) < span <= _LONGEST:
        raise ArgumentTypeError(f"{text!r} is no span of time; give a number with m, h, d or w, such as 24h or 7d")
    return span
