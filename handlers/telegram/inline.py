"""Answers offered while somebody types our name in any chat: articles whose text is the answer, nothing personal."""

from __future__ import annotations

from typing import Any

from bot.desk.suggestions import Suggestion
from handlers.splitting import LIMIT, units
from handlers.telegram.bot_api import AnswerInline
from handlers.telegram.incoming import Inline

CACHED_FOR = 300  # seconds, by Telegram, for whoever types the same
_ENTITY_NAMES = {"bold": "bold", "code": "code", "link": "text_link"}
DESCRIBED = 120  # characters


def inline_answer(asked: Inline, found: tuple[Suggestion, ...]) -> AnswerInline:
    """Words typed decide the language by themselves; what is shown before any depends on the person's own."""
    results = [_article(one) for one in found if units(one.reply.text) <= LIMIT]
    return AnswerInline(
        inline_query_id=asked.id, results=results, cache_time=CACHED_FOR, is_personal=not asked.query.strip()
    )


def _article(one: Suggestion) -> dict[str, Any]:
    entities = [
        {"type": _ENTITY_NAMES[entity.type], "offset": entity.offset, "length": entity.length}
        | ({"url": entity.url} if entity.url else {})
        for entity in one.reply.entities
    ]
    content: dict[str, Any] = {"message_text": one.reply.text, "link_preview_options": {"is_disabled": True}}
    if entities:
        content["entities"] = entities
    return {
        "type": "article",
        "id": one.entry[:64],
        "title": one.title,
        "description": one.reply.text.replace("\n", " ")[:DESCRIBED],
        "input_message_content": content,
    }
