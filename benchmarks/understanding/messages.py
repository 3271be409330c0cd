"""Labelled messages: JSON lines with text, lang and topic, and, if known, what makes them hard (noise)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from faq.sanitise import plain

# Written by people who had not seen the FAQ's phrases; no line of it may ever become a phrase.
HELD_OUT = tuple(Path(__file__).with_name(f"heldout.{language}.jsonl") for language in ("ru", "zh"))


@dataclass(frozen=True)
class Message:
    text: str
    language: str
    topic: str
    noise: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Part:
    """Messages that are counted together: one language of one file."""

    name: str
    messages: tuple[Message, ...]

    def without(self, texts: frozenset[str]) -> Part:
        """The same without messages that are among these texts, of which only letters and digits count."""
        kept = tuple(message for message in self.messages if plain(message.text) not in texts)
        return replace(self, messages=kept)


def read_parts(paths: Sequence[Path]) -> list[Part]:
    """Raises SystemExit with a sentence if a file is missing or is no such file."""
    parts = []
    for path in paths or HELD_OUT:
        try:
            messages = sorted(map(_message, _lines(path)), key=lambda message: message.language)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SystemExit(f"{path} cannot be read as messages: {error!r}") from None
        stem = path.name.removesuffix(".jsonl")
        for language, group in groupby(messages, key=lambda message: message.language):
            name = stem if language in stem.split(".") else f"{stem} {language}"
            parts.append(Part(name, tuple(group)))
    return parts


def _lines(path: Path) -> Iterable[str]:
    return filter(str.strip, path.read_text(encoding="utf-8").splitlines())


def _message(line: str) -> Message:
    row = json.loads(line)
    return Message(row["text"], row["lang"], row["topic"], frozenset(row.get("noise", ())))
