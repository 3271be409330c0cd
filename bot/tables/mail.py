"""What arrived and is not answered yet, what is decided and not delivered yet, the keys of what we sign."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger as Big
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import UUID
from sqlmodel import Field, SQLModel

from bot.tables.columns import counter, json_object, moment, row_id, to_table, words


class Inbox(SQLModel, table=True):
    """What arrived and is not answered yet. `lane` is answered one at a time, in order of id."""

    __table_args__ = (
        UniqueConstraint("channel", "source", "key"),
        Index("inbox_waiting", "lane", "id", postgresql_where=sql("done_at IS NULL")),
    )

    id: int | None = row_id()
    channel: str = words()
    source: str = words()  # the bot's id, or the app
    key: str = words()
    lane: str = words()
    payload: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    heard_n: int | None = Field(default=None, sa_column=Column(Big, nullable=True))  # its event in the transcript
    received_at: datetime = moment(default=True)
    attempts: int = counter()
    next_at: datetime = moment(default=True)
    owner: str | None = words(null=True)
    lease_until: datetime | None = moment(null=True)
    done_at: datetime | None = moment(null=True)
    error: str | None = words(null=True)  # with done_at: a dead letter


class Outbox(SQLModel, table=True):
    """What was decided and is not delivered yet; one address is written to in order of id."""

    __table_args__ = (
        CheckConstraint("state IN ('new', 'sending', 'sent', 'failed', 'dead')", name="outbox_state"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="outbox_sent"),
        Index("outbox_waiting", "address", "id", postgresql_where=sql("state IN ('new', 'sending')")),
        Index("outbox_due", "next_at", "id", postgresql_where=sql("state = 'new'")),
        Index("outbox_leased", "lease_until", postgresql_where=sql("state = 'sending'")),
        Index("outbox_delivered", "conversation_id", "event_n", postgresql_where=sql("reference IS NOT NULL")),
    )

    id: int | None = row_id()
    conversation_id: int = to_table("conversation")
    event_n: int | None = Field(default=None, sa_column=Column(Big, nullable=True))
    channel: str = words()
    address: str = words()
    payload: dict[str, Any] = json_object()
    state: str = words(default="new")
    attempts: int = counter()
    in_doubt: int = counter()  # sends whose outcome we never learned; each may be a duplicate
    next_at: datetime = moment(default=True)
    owner: str | None = words(null=True)
    lease_until: datetime | None = moment(null=True)
    created_at: datetime = moment(default=True)
    sent_at: datetime | None = moment(null=True)
    reference: str | None = words(null=True)  # the channel's message id
    error: str | None = words(null=True)


class UnreadNotice(SQLModel, table=True):
    """What the operator's backend is told: this person has not read up to this number. One at a time, each once.

    gone: answered with 410; read: the person was faster; dead: given up.
    """

    __tablename__ = "unread_notice"
    __table_args__ = (
        UniqueConstraint("conversation_id", "upto"),
        CheckConstraint("state IN ('new', 'told', 'read', 'gone', 'dead')", name="unread_notice_state"),
        CheckConstraint("(state = 'new') = (ended_at IS NULL)", name="unread_notice_ended"),
        Index("unread_notice_one_under_way", "conversation_id", unique=True, postgresql_where=sql("state = 'new'")),
        Index("unread_notice_ended_at", "ended_at"),
    )

    id: str = Field(sa_column=Column(UUID, primary_key=True, server_default=sql("gen_random_uuid()")))
    conversation_id: int = Field(
        sa_column=Column(Big, ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False)
    )
    upto: int = Field(sa_column=Column(Big, nullable=False))
    state: str = words(default="new")
    attempts: int = counter()
    next_at: datetime = moment(default=True)  # a claim moves it on, so that of two processes one sends
    created_at: datetime = moment(default=True)
    ended_at: datetime | None = moment(null=True)
    error: str | None = words(null=True)


class SigningKey(SQLModel, table=True):
    """What we sign links and visitors' tokens with; made once, shared by all processes over this database."""

    __tablename__ = "signing_key"
    __table_args__ = (CheckConstraint("octet_length(key) >= 32", name="signing_key_of_256_bits"),)

    name: str = Field(sa_column=Column(Text, primary_key=True))
    key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = moment(default=True)


class Tombstone(SQLModel, table=True):
    """Somebody was erased: who, as a hash under a key of ours, so that an older backup does not bring them back.

    everywhere: the contact too; said: all but the bare address. Never forgotten: copies of backups may lie anywhere.
    """

    __table_args__ = (
        CheckConstraint("octet_length(who) = 32", name="tombstone_hashed"),
        CheckConstraint("what IN ('everywhere', 'said')", name="tombstone_what"),
    )

    who: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    what: str = Field(sa_column=Column(Text, primary_key=True))
    at: datetime = moment(default=True)
