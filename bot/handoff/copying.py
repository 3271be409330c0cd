"""The person's own copy of what was said, as plain text; agents' notes are not theirs and never in it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot import i18n, transcript
from bot.conversation import Conversation
from bot.database import Tx
from bot.messages import Reply
from bot.transcript import Event

MOST = 150  # events, the newest
LONGEST = 12_000  # signs: three messages of Telegram


async def copy_of(tx: Tx, conversation: Conversation, zone: ZoneInfo) -> Reply:
    """The newest of it, oldest first, a line each; copies sent before are left out."""
    language = conversation.language
    title = i18n.text(language, "bot.copy_title")
    head, _ = await transcript.heads(tx, conversation.id)
    events = await transcript.before(tx, conversation.id, head + 1, MOST)
    said = [one for one in events if one.kind in ("msg", "edit") and one.body.get("text")]
    lines = [_line(one, language, zone) for one in said if not str(one.body["text"]).startswith(title)]
    kept: list[str] = []
    room = LONGEST
    for line in reversed(lines):
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return Reply("\n".join([title, "", *reversed(kept)]))


def _line(event: Event, language: str, zone: ZoneInfo) -> str:
    at = event.at.astimezone(zone)
    who = event.author_name or i18n.text(language, f"bot.copy_{'user' if event.author_kind == 'user' else 'bot'}")
    return i18n.text(language, "bot.copy_line", at=f"{at:%d.%m %H:%M}", who=who, text=event.body["text"])
