"""What a channel may carry: every answer is public, personal or money, and CHANNEL_POLICY names what goes where."""

from __future__ import annotations

from bot.config import Settings
from bot.conversation import Conversation
from faq.entry import Entry


def classes_of(settings: Settings, channel: str) -> frozenset[str]:
    """The classes of data that this channel may carry; one that nobody named carries nothing."""
    return settings.channel_policy.get(channel, frozenset())


def allowed(settings: Settings, conversation: Conversation) -> frozenset[str]:
    """The classes of data that may be said in this conversation."""
    return classes_of(settings, conversation.channel)


def knows_people(classes: frozenset[str]) -> bool:
    """Has it any use to know whose number this is? Where only public data goes, no number is asked for or kept."""
    return bool(classes & {"personal", "money"})


def owner_for(entry: Entry, conversation: Conversation, classes: frozenset[str]) -> str | None:
    """Whose facts this answer may quote; None: it is to be the same for everybody.

    Some public answers add a line of the person's own when the number is known; that line is personal.
    """
    own = entry.data if entry.data != "public" else "personal"
    return conversation.phone if own in classes else None
