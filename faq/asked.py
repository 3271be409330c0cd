"""What subscribers asked, as `python -m bot lessons` prints it: a JSON object a line, masked.

{"at": "2026-11-22T10:00:00+00:00", "person": 7, "lang": "ru", "channel": "inapp", "text": "..", "decision": "clarify",
 "topic": null, "offered": ["topup", ..], "ranked": [["topup", 0.4], ..], "confidence": 0.3, "chosen": "none",
 "agent": "topup", "outcome": "solved", "doubt": false, "candidate": true, "handoff": 31, "minutes": 4.5, "rating": 2}

LessonsError    they cannot be had; the message says why, and in which line
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from faq.entry import LANGUAGES
from faq.sanitise import plain

HIDDEN = "•"  # stands where a number, an address or a name was
NONE = "none"  # picked: none of the topics offered
_ROOT = Path(__file__).resolve().parent.parent
_HANZI, _CYRILLIC = re.compile(r"[\u3400-\u9fff]"), re.compile(r"[а-яё]", re.I)


class LessonsError(Exception):
    pass


@dataclass(frozen=True)
class Asked:
    """One message. `topic` is what it was answered with, or why a human was called; `chosen` may be NONE."""

    text: str
    language: str
    person: str
    decision: str
    topic: str | None
    offered: tuple[str, ...]
    ranked: tuple[tuple[str, float], ...]
    chosen: str | None
    agent: str | None  # the entry that an agent answered it with
    outcome: str | None  # of the agent's chat
    doubt: bool  # a call for a human, or “not that”, came right after the answer
    at: datetime
    candidate: bool = False  # the agent says that it belongs into the FAQ
    handoff: str | None = None  # the agent's chat that it led to
    minutes: float = 0.0  # of an agent's time in that chat
    rating: int | None = None  # of that chat, 1 to 5

    @property
    def key(self) -> str:
        """The same for messages that say the same."""
        return f"{self.language} {plain(self.text) or self.text}"


def lessons_of_the_bot(span: timedelta) -> list[Asked]:
    """From the configured database, by the bot's own command: the FAQ opens no database itself. Raises LessonsError."""
    command = [sys.executable, "-m", "bot", "lessons", "--since", f"{max(1, span // timedelta(minutes=1))}m"]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "LOG_LEVEL": "ERROR"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    if done.returncode:
        why = done.stderr.decode("utf-8", "replace").strip()[-1000:]
        raise LessonsError(f"the bot's lessons cannot be read: {why or f'exit code {done.returncode}'}")
    return list(read_lessons(done.stdout.splitlines(), span))


def lessons_of_a_file(name: str, span: timedelta | None) -> list[Asked]:
    """From lines kept before; `-` is standard input. Without a span all of them. Raises LessonsError."""
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise LessonsError(f"{name}: the file cannot be read ({error.strerror})") from None
    return list(read_lessons(content.splitlines(), span, name))


def read_lessons(lines: Iterable[bytes], span: timedelta | None = None, file: str = "lessons") -> Iterator[Asked]:
    """Raises LessonsError, naming the line."""
    oldest = datetime.now(UTC) - span if span else datetime.min.replace(tzinfo=UTC)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            asked = asked_of(json.loads(line.decode("utf-8-sig")))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise LessonsError(f"{file}: line {number}: {_why(error)}; see `python -m bot lessons`") from None
        if asked.at >= oldest and asked.text:
            yield asked


def _why(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"`{error.args[0]}` is missing"
    return f"not a JSON object of a lesson ({error})"


def asked_of(row: Mapping[str, Any]) -> Asked:
    """One lesson of the bot's. Raises ValueError, KeyError, TypeError, AttributeError where it is out of shape."""
    text = _shown(row["text"])
    at = datetime.fromisoformat(row["at"])
    return Asked(
        text=text,
        language=_language(text, row["lang"]),
        person=str(row["person"]),
        decision=str(row["decision"]),
        topic=_name(row, "topic"),
        offered=tuple(map(str, row.get("offered") or ())),
        ranked=tuple((str(topic), float(chance)) for topic, chance in row.get("ranked") or ()),
        chosen=_name(row, "chosen"),
        agent=_name(row, "agent"),
        outcome=_name(row, "outcome"),
        doubt=bool(row.get("doubt")),
        at=at if at.tzinfo else at.replace(tzinfo=UTC),
        candidate=bool(row.get("candidate")),
        handoff=None if row.get("handoff") is None else str(row["handoff"]),
        minutes=float(row.get("minutes") or 0.0),
        rating=None if row.get("rating") is None else int(row["rating"]),
    )


def _name(row: Mapping[str, Any], key: str) -> str | None:
    value = row.get(key)
    if value is not None and not isinstance(value, str):
        raise TypeError(f"`{key}` must be a text or null")
    return value


def _shown(text: str) -> str:
    """One line of signs that a YAML file may hold."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _language(text: str, told: str) -> str:
    """That of the words; what the bot spoke may be the person's choice of another."""
    hanzi, cyrillic = len(_HANZI.findall(text)), len(_CYRILLIC.findall(text))
    if hanzi or cyrillic:
        return "zh" if 2 * hanzi >= cyrillic else "ru"
    if told not in LANGUAGES:
        raise ValueError(f"`lang` must be one of {', '.join(LANGUAGES)}")
    return told
