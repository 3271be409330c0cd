"""What was asked and not plainly understood, what was offered, what the person chose; numbers masked."""

from __future__ import annotations

import re
from typing import Any

from bot.conversation import Conversation
from bot.database import Tx

_DIGITS = re.compile(r"\d{4,}")


async def learn(tx: Tx, conversation: Conversation, trace: dict[str, Any]) -> None:
    """Keep the message if the bot was unsure of it."""
    if trace["decision"] == "answer":
        return
    await tx.execute(
        "INSERT INTO lesson (conversation_id, language, text, decision, offered) VALUES ($1, $2, $3, $4, $5)",
        conversation.id,
        conversation.language,
        _DIGITS.sub(lambda found: "#" * len(found[0]), trace["text"]),
        trace["decision"],
        trace["options"] or [topic for topic, _ in trace["ranked"]],
    )


async def chose(tx: Tx, conversation: Conversation, topic: str) -> None:
    """The person said which of the offered topics was meant, or none."""
    await tx.execute(
        """UPDATE lesson SET chosen = $2 WHERE id = (
              SELECT max(id) FROM lesson WHERE conversation_id = $1 AND decision = 'clarify' AND chosen IS NULL)""",
        conversation.id,
        topic,
    )
