"""Reading what the network sends: JSON that may be hostile, values of any type. Nothing raises here but Unusable."""

from __future__ import annotations

import json
import math
import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

Part = TypeVar("Part", bound=BaseModel)
Object = dict[str, Any]

INT64 = 2**63
TEXT_LIMIT = 4096  # characters; Telegram itself never sends more
NAME_LIMIT = 128
DEEP = 60  # levels of JSON; real updates have about ten

# A string, closed or not, so that brackets inside it do not count; or a bracket. Possessive: no memory for going back.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
# In a name also line breaks, and signs that reverse or hide text: a name must not dress up as something else.
_HIDDEN = re.compile("[\n\t\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


class Unusable(ValueError):
    """The update cannot be kept for a worker; says why in a few plain words."""


def read_json(raw: str | bytes) -> Any:
    """JSON with bad UTF-8 replaced; numbers beyond int64, infinities and what is nested too deeply become null.

    Raises Unusable.
    """
    text = raw.decode("utf-8-sig", "replace") if isinstance(raw, bytes) else raw
    try:
        try:
            return _parse(text)
        except RecursionError:
            return _parse(_shallow(text))
    except ValueError:
        raise Unusable("not JSON") from None


def whole(value: object) -> int | None:
    """The value if it is a whole number of int64 and not a boolean."""
    if isinstance(value, int) and not isinstance(value, bool) and -INT64 <= value < INT64:
        return value
    return None


def table(value: object) -> Object:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def part(model: type[Part], value: object) -> Part | None:
    """The value as aiogram types it, or None if they refuse it."""
    try:
        return model.model_validate(value)
    except (ValidationError, RecursionError):
        return None


def clean(value: object, limit: int = TEXT_LIMIT) -> str:
    """The text as PostgreSQL and JSON can carry it: no NUL or other controls, no half of a surrogate pair."""
    if not isinstance(value, str):
        return ""
    return _CONTROL.sub("", _LONE_SURROGATE.sub("\ufffd", value[:limit]))


def clean_name(value: object) -> str:
    return " ".join(_HIDDEN.sub(" ", clean(value, NAME_LIMIT)).split())


def language_tag(value: object) -> str | None:
    return value if isinstance(value, str) and _LANGUAGE.fullmatch(value) else None


def _parse(text: str) -> Any:
    return json.loads(text, strict=False, parse_int=_int64, parse_float=_finite, parse_constant=lambda _: None)


def _shallow(text: str) -> str:
    """The same JSON with null in place of every list and object nested deeper than DEEP."""
    kept, depth, since = [], 0, 0
    for token in _TOKEN.finditer(text):
        if token[0] in ("[", "{"):
            depth += 1
            if depth == DEEP + 1:
                kept += [text[since : token.start()], "null"]
        elif token[0] in ("]", "}"):
            depth -= 1
            if depth == DEEP:
                since = token.end()
    return "".join(kept) + (text[since:] if depth <= DEEP else "")


def _int64(digits: str) -> int | None:
    return whole(int(digits)) if len(digits) <= 20 else None


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None
