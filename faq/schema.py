"""The shape of an entry as a JSON Schema, for editors' programs that check while one types.

`python -m faq schema > faq/entry.schema.json` writes it anew; what each key means stands in entry_keys.yaml.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from faq.entry import CONDITIONS, LANGUAGES
from faq.facts import ACTIONS
from faq.strict_yaml import Table, expect, read_yaml

_WORDS = {"$ref": "#/definitions/words"}
_DAY = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"}
_TEXT = {"type": "string", "minLength": 1}
_VARIANT: dict[str, dict[str, Any]] = {
    "when": {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: {"enum": list(values)} for name, values in CONDITIONS.items()},
    },
    "answer": _WORDS,
    "valid_from": _DAY,
    "valid_until": _DAY,
}
_ENTRY: dict[str, dict[str, Any]] = {
    "id": {"$ref": "#/definitions/id"},
    "topic": {"$ref": "#/definitions/id"},
    "title": _WORDS,
    "button": _WORDS,
    "data": {"enum": ["public", "personal", "money"]},
    "action": {"enum": sorted(ACTIONS)},
    "answer": _WORDS,
    "cases": {"type": "object", "additionalProperties": _WORDS},
    "variants": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["answer"],
            "additionalProperties": False,
            "properties": _VARIANT,
        },
    },
    "next": {"type": "array", "maxItems": 3, "items": {"$ref": "#/definitions/next"}},
    "human": {"enum": ["true", "false", True, False]},
    "valid_from": _DAY,
    "valid_until": _DAY,
    "fallback": {"$ref": "#/definitions/id"},
    "owner": _TEXT,
    "note": _TEXT,
    "care": {
        "type": "object",
        "required": ["ru"],
        "additionalProperties": False,
        "properties": dict.fromkeys(LANGUAGES, _TEXT),
    },
    "ask": {
        "type": "object",
        "additionalProperties": False,
        "properties": {language: {"type": "array", "items": _TEXT} for language in LANGUAGES},
    },
}

KEYS = frozenset(_ENTRY)
VARIANT_KEYS = frozenset(_VARIANT)
_REQUIRED = ["id", "title", "data", "answer", "ask"]


def schema() -> dict[str, Any]:
    """Draft 7, which the YAML language servers of all usual editors read."""
    entry = {name: {**shape, "description": _meaning(name)} for name, shape in _ENTRY.items()}
    # Beside a $ref draft 7 reads nothing: the reference goes into allOf.
    entry = {name: _beside_reference(shape) for name, shape in entry.items()}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": _meaning("title of the schema"),
        "type": "array",
        "items": {"type": "object", "required": _REQUIRED, "additionalProperties": False, "properties": entry},
        "definitions": {
            "id": {"type": "string", "pattern": "^[a-z0-9_]+$"},
            "words": {
                "type": "object",
                "required": list(LANGUAGES),
                "additionalProperties": False,
                "properties": dict.fromkeys(LANGUAGES, _TEXT),
            },
            "next": {"anyOf": [_button_name(), _button_with_label()]},
        },
    }


def _beside_reference(shape: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in shape:
        return shape
    return {"allOf": [{"$ref": shape["$ref"]}], "description": shape["description"]}


def _button_name() -> dict[str, Any]:
    return {"type": "string", "pattern": "^[a-z0-9_]+(:[A-Za-z0-9_.-]+)?$"}


def _button_with_label() -> dict[str, Any]:
    labels = dict.fromkeys(LANGUAGES, _TEXT)
    return {
        "type": "object",
        "required": ["go", *LANGUAGES],
        "additionalProperties": False,
        "properties": {"go": _button_name(), **labels},
    }


@cache
def _meanings() -> Table:
    return expect(read_yaml(Path(__file__).with_name("entry_keys.yaml")), Table)


def _meaning(name: str) -> str:
    return str(_meanings()[name])
