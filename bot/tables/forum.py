"""The desk in a Telegram group: a topic for each case, what stands in it, what must go from it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger as Big
from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, SmallInteger, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from bot.tables.columns import counter, moment, to_table, words


def _number(*, null: bool = False, key: bool = False) -> Column[int]:
    return Column(Big, nullable=null, primary_key=key, autoincrement=False)


class ForumGroup(SQLModel, table=True):
    """Where the group of FORUM_CHAT is now: Telegram gives a group that grows a new id."""

    __tablename__ = "forum_group"

    configured: int = Field(sa_column=_number(key=True))
    chat_id: int = Field(sa_column=_number())


class ForumTopic(SQLModel, table=True):
    """The topic of one case. `mirrored_n`: up to this event of the transcript it shows everything."""

    __tablename__ = "forum_topic"
    __table_args__ = (
        UniqueConstraint("chat_id", "thread_id"),
        CheckConstraint("made BETWEEN 0 AND 2", name="forum_topic_made_again_once"),
        CheckConstraint("thread_id IS NULL OR made > 0", name="forum_topic_was_made"),
        CheckConstraint("pack_id IS NULL OR thread_id IS NOT NULL", name="forum_topic_pack_in_topic"),
        Index("forum_topic_conversation", "conversation_id"),
        Index("forum_topic_open", "handoff_id", postgresql_where=sql("closed_at IS NULL")),
    )

    handoff_id: int = Field(sa_column=Column(Big, ForeignKey("handoff.id"), primary_key=True, autoincrement=False))
    conversation_id: int = to_table("conversation")
    chat_id: int = Field(sa_column=_number())
    thread_id: int | None = Field(default=None, sa_column=_number(null=True))  # null: not there yet, or deleted
    pack_id: int | None = Field(default=None, sa_column=_number(null=True))  # the message that carries the buttons
    title: str = words(default="")
    shown: str = words(default="")  # the state its buttons are for
    offered: list[str] = Field(
        sa_column=Column(ARRAY(Text), nullable=False, server_default=sql("'{}'"))
    )  # entries whose answers stand in the pack, as its buttons number them
    mirrored_n: int = counter()
    made: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False, server_default=sql("0")))
    told: list[int] = Field(
        sa_column=Column(ARRAY(Big), nullable=False, server_default=sql("'{}'"))
    )  # Telegram ids of those who know that their words are not sent
    written_at: datetime | None = moment(null=True)
    closed_at: datetime | None = moment(null=True)


class ForumMessage(SQLModel, table=True):
    """Which event stands in which message of a topic; several can share one. `ours`: we wrote it, not an agent."""

    __tablename__ = "forum_message"
    __table_args__ = (Index("forum_message_event", "conversation_id", "event_n"),)

    chat_id: int = Field(sa_column=_number(key=True))
    message_id: int = Field(sa_column=_number(key=True))
    event_n: int = Field(sa_column=_number(key=True))
    conversation_id: int = to_table("conversation")
    ours: bool = Field(sa_column=Column(Boolean, nullable=False))


class ForumErased(SQLModel, table=True):
    """A topic of somebody who is forgotten: it must go from the group, and nothing else is known of it."""

    __tablename__ = "forum_erased"

    chat_id: int = Field(sa_column=_number(key=True))
    thread_id: int = Field(sa_column=_number(key=True))
