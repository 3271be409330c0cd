"""A text longer than a messenger takes -> parts cut where a reader would pause, styles moved along.

Messengers count UTF-16 units: an emoji is two, a family of emoji eleven.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from bot.messages import Entity, Reply

LIMIT = 4096  # UTF-16 units
# Where to cut, best first. Paragraphs, lines, sentences, words.
PAUSES = (("\n\n",), ("\n",), (". ", "! ", "? ", "。", "！", "？"), (" ", "，", "、"))
_JOINERS = frozenset("\u200d\ufe0e\ufe0f")
_SKIN_TONES = range(0x1F3FB, 0x1F400)


def units(text: str) -> int:
    """The length as Telegram counts it."""
    return len(text) + sum(sign > "\uffff" for sign in text)


def split(reply: Reply, limit: int = LIMIT) -> tuple[Reply, ...]:
    """The reply in parts that fit; buttons and the share-number key stay under the last one."""
    if units(reply.text) <= limit:
        return (reply,)
    spans = list(_spans(reply.text, limit))
    parts = []
    counted, offset = 0, 0
    for start, end in spans:
        offset += units(reply.text[counted:start])
        counted = start
        piece = reply.text[start:end]
        parts.append(Reply(piece, _within(reply.entities, offset, units(piece))))
    parts[-1] = replace(parts[-1], choices=reply.choices, ask_phone=reply.ask_phone)
    parts[0] = replace(parts[0], reply_to=reply.reply_to)
    return tuple(parts)


def _spans(text: str, limit: int) -> Iterator[tuple[int, int]]:
    """Where each part begins and ends, blanks around the cuts left out."""
    start = 0
    while start < len(text):
        end = _furthest(text, start, limit)
        if end < len(text):
            end = _pause_before(text, start, end)
        piece = text[start:end]
        if piece.strip():
            yield start + len(piece) - len(piece.lstrip()) if start else 0, start + len(piece.rstrip())
        start = end


def _furthest(text: str, start: int, limit: int) -> int:
    end = min(len(text), start + limit)
    while (over := units(text[start:end]) - limit) > 0:
        end -= (over + 1) // 2
    return end


def _pause_before(text: str, start: int, end: int) -> int:
    """The last good place to cut in the second half; between two signs if there is none."""
    middle = start + (end - start) // 2
    for marks in PAUSES:
        cuts = [at + len(mark) for mark in marks if (at := text.rfind(mark, middle, end)) >= 0]
        if cuts:
            return max(cuts)
    for cut in range(end, max(middle, end - 40), -1):
        if not _inside_a_sign(text, cut):
            return cut
    return end


def _inside_a_sign(text: str, cut: int) -> bool:
    """Is the cut between the parts of one visible sign: a letter and its accent, the members of a joined emoji?"""
    after, before = text[cut], text[cut - 1]
    joined = after in _JOINERS or before == "\u200d" or ord(after) in _SKIN_TONES
    return joined or unicodedata.category(after).startswith("M")


def _within(entities: tuple[Entity, ...], start: int, length: int) -> tuple[Entity, ...]:
    """The entities' share of this part, counted from its beginning."""
    found = []
    for entity in entities:
        first = max(entity.offset, start)
        last = min(entity.offset + entity.length, start + length)
        if first < last:
            found.append(replace(entity, offset=first - start, length=last - first))
    return tuple(found)
