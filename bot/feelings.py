"""What a sign that people put on a message says about it."""

from __future__ import annotations

from typing import Literal

_LIKED = frozenset("👍❤🔥👏🎉🤩👌💯🙏🏆⚡🤝😍🥰😁🫡")
_DISLIKED = frozenset("👎💩🤬😡🤮😢💔🖕😐🥱")

Feeling = Literal["liked", "disliked"]


def feeling(emoji: str) -> Feeling | None:
    """What the sign says about an answer; most say nothing."""
    signs = set(emoji)
    if signs & _DISLIKED:
        return "disliked"
    return "liked" if signs & _LIKED else None
