"""What happened in a chat since a topic was written to last -> as few messages as can be.

Several events share a message; one that is corrected later is corrected in it. What an agent wrote in the topic
itself stands there already.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot import i18n, transcript
from bot.database import Tx
from bot.forum import STAFF
from bot.forum.topics import Topic
from bot.i18n import PhraseMissing
from bot.messages import Attachment, Entity, Reply
from bot.transcript import Event

FULL = 3500  # characters of a message that is joined from several
LONGEST_BOT_LINE = 240  # what the bot says is for the person; agents need its beginning
EVENTS = 60  # looked at at once


@dataclass(frozen=True)
class Line:
    """`who` stands in bold before the text."""

    who: str
    text: str
    event_n: int = 0


@dataclass(frozen=True)
class Message:
    """What to write next into a topic: new, or in place of message `edits`. Up to event `upto` all is then there."""

    reply: Reply | None  # None: nothing worth a message happened
    upto: int
    shows: tuple[int, ...] = ()
    edits: int | None = None


def joined(lines: Iterable[Line]) -> Reply:
    text, bold = "", []
    for line in lines:
        text += "\n" if text else ""
        if line.who:
            bold.append(Entity("bold", _units(text), _units(line.who)))
        text += f"{line.who}: {line.text}" if line.who and line.text else line.who or line.text
    return Reply(text, tuple(bold))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


async def tail(tx: Tx, topic: Topic, name: str, count: int) -> tuple[list[Line], int]:
    """The last things said, for the first message, and the number of the last event they reach to."""
    events = await transcript.since_all(tx, topic.conversation_id, max(0, topic.until - EVENTS), EVENTS)
    events = [event for event in events if event.n <= topic.until]
    said = [line for event in events if event.kind in ("msg", "note") and (line := _line(event, name))]
    return said[-count:], topic.until


async def next_message(tx: Tx, topic: Topic) -> Message:
    """What the topic lacks next; a file goes in a message of its own, a correction into the message it corrects."""
    name = topic.name or i18n.text(STAFF, "forum.nameless")
    events = await transcript.since_all(tx, topic.conversation_id, topic.mirrored_n, EVENTS)
    events = [event for event in events if event.n <= topic.until]
    here = await _written_here(tx, topic, [event.n for event in events])
    lines: list[Line] = []
    upto, length, holder = topic.mirrored_n, 0, await _holder(tx, topic)
    for event in events:
        alone = event.n not in here and (bool(event.body.get("files")) or event.kind == "edit")
        if alone and lines:
            break
        if alone and (message := await _alone(tx, topic, event, name)):
            return message
        line = None if event.n in here else _state(event, holder) or _line(event, name)
        if line and lines and length + len(line.text) > FULL:
            break
        if line:
            lines.append(line)
            length += len(line.text)
        if event.kind == "state":
            holder = _held(event.body)
        upto = event.n
    upto = max(upto, topic.until) if not events else upto
    return Message(joined(lines) if lines else None, upto, tuple(line.event_n for line in lines if line.event_n))


async def _written_here(tx: Tx, topic: Topic, numbers: Sequence[int]) -> set[int]:
    rows = await tx.fetch(
        """SELECT event_n FROM forum_message
            WHERE conversation_id = $1 AND chat_id = $2 AND NOT ours AND event_n = ANY($3)""",
        topic.conversation_id,
        topic.chat_id,
        list(numbers),
    )
    return {row["event_n"] for row in rows}


async def _alone(tx: Tx, topic: Topic, event: Event, name: str) -> Message | None:
    """A file with its words, or a correction in its place; None for a correction of what is not there."""
    if event.kind != "edit":
        words = "" if event.body.get("unnamed") else str(event.body.get("text") or "").strip()
        if not (given := files_of(event)):
            words = f"{words} {i18n.text(STAFF, 'forum.file_at_desk')}".strip()
        return Message(replace(joined([Line(_who(event, name), words)]), files=given), event.n)
    meant = await transcript.load(tx, topic.conversation_id, str(event.body.get("id")))
    if meant is None or meant.n > topic.mirrored_n:
        return None
    message_id = await tx.fetchval(
        "SELECT message_id FROM forum_message WHERE conversation_id = $1 AND chat_id = $2 AND event_n = $3 AND ours",
        topic.conversation_id,
        topic.chat_id,
        meant.n,
    )
    if message_id is None:
        return None
    numbers = [row["event_n"] for row in await tx.fetch(_SHOWN_IN, topic.chat_id, message_id)]
    lines = [line for n in numbers if (line := await _as_now(tx, topic, n, event.n, name))]
    return Message(joined(lines), event.n, (), edits=int(message_id)) if lines else None


_SHOWN_IN = "SELECT event_n FROM forum_message WHERE chat_id = $1 AND message_id = $2 AND ours ORDER BY event_n"
_NEWEST = """
    SELECT e.body->>'text' FROM event m JOIN event e ON e.conversation_id = m.conversation_id AND e.kind = 'edit'
           AND e.body->>'id' = m.id::text AND e.n <= $3
     WHERE m.conversation_id = $1 AND m.n = $2 ORDER BY e.n DESC LIMIT 1
"""


async def _as_now(tx: Tx, topic: Topic, n: int, upto: int, name: str) -> Line | None:
    """The line of event `n` with its newest words, marked as changed."""
    (event,) = await transcript.since_all(tx, topic.conversation_id, n - 1, 1)
    line = _line(event, name)
    changed = await tx.fetchval(_NEWEST, topic.conversation_id, n, upto)
    if line is None or changed is None:
        return line
    return Line(line.who, i18n.text(STAFF, "forum.corrected", text=changed), n)


def files_of(event: Event) -> tuple[Attachment, ...]:
    """Those that can be had."""
    return tuple(
        Attachment(
            one["kind"], "", one["name"], one["size"], one["type"], one.get("width", 0), one.get("height", 0), one["id"]
        )
        for one in event.body.get("files", [])
        if "problem" not in one
    )


def _who(event: Event, name: str) -> str:
    if event.author_kind == "user":
        return name
    if event.kind == "note":
        return i18n.text(STAFF, "forum.note_by", name=event.author_name)
    return event.author_name or i18n.text(STAFF, f"forum.author.{event.author_kind}")


def _line(event: Event, name: str) -> Line | None:
    """None for what agents need not see: traces, read marks, places in the queue, what the system tells the person."""
    text = str(event.body.get("text") or "").strip()
    match event.kind, event.author_kind:
        case "msg", "system":
            return None
        case (("msg" | "note"), kind):
            if kind == "bot" and len(text) > LONGEST_BOT_LINE:
                text = text[:LONGEST_BOT_LINE].rstrip() + "…"
            return Line(_who(event, name), text, event.n) if text else None
        case "edit", _:
            return Line(_who(event, name), i18n.text(STAFF, "forum.corrected", text=text))
        case "undelivered", _:
            return Line("", _phrase(f"forum.undelivered.{event.body.get('why')}", "forum.undelivered.refused"))
        case _:
            return None


async def _holder(tx: Tx, topic: Topic) -> tuple[str, str]:
    """Who had the chat when the topic was written to last."""
    body = await tx.fetchval(
        "SELECT body FROM event WHERE conversation_id = $1 AND kind = 'state' AND n <= $2 ORDER BY n DESC LIMIT 1",
        topic.conversation_id,
        topic.mirrored_n,
    )
    return _held(body or {})


def _held(body: dict[str, Any]) -> tuple[str, str]:
    return str(body.get("state", "")), str(body.get("agent", ""))


def _state(event: Event, before: tuple[str, str]) -> Line | None:
    """A line only where the holder changes; the same told again is a new place in the queue."""
    if event.kind != "state" or _held(event.body) == before:
        return None
    state, agent = _held(event.body)
    return Line("", i18n.text(STAFF, f"forum.now.{state}", name=agent))


def _phrase(key: str, otherwise: str) -> str:
    try:
        return i18n.text(STAFF, key)
    except PhraseMissing:
        return i18n.text(STAFF, otherwise)


def topic_words(entries: Any, topic: str) -> str:
    """What agents call a topic of the FAQ, in Russian."""
    if entry := entries.get(topic):
        return str(entry.title[STAFF])
    return _phrase(f"page.desk.topic.{topic}", "page.desk.topic.human")
