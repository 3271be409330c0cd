"""Who talks to us, what was said and sent, each time a human was called."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger as Big
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import UUID
from sqlmodel import Field, SQLModel

from bot.tables.columns import counter, json_object, moment, row_id, to_table, words


class Contact(SQLModel, table=True):
    """A person at one address of one channel. `phone` is proven: shared by its owner, or signed by the app."""

    __table_args__ = (
        UniqueConstraint("channel", "address"),
        Index("contact_phone", "phone"),
        CheckConstraint("detached_at IS NULL OR phone IS NULL", name="contact_detached_has_no_phone"),
    )

    id: int | None = row_id()
    channel: str = words()
    address: str = words()
    name: str | None = words(null=True)
    phone: str | None = words(null=True)
    linked_at: datetime | None = moment(null=True)
    chosen_language: str | None = words(null=True)
    unreachable_at: datetime | None = moment(null=True)
    created_at: datetime = moment(default=True)
    contract: str | None = words(null=True)  # the operator's contract behind the phone when it was looked at last
    sim: str | None = words(null=True)
    checked_at: datetime | None = moment(null=True)
    detached_at: datetime | None = moment(null=True)  # the number has another owner: this is the old one's history


class LinkToken(SQLModel, table=True):
    """An invitation from the app into a messenger; whoever follows it first is the owner of `phone`."""

    __tablename__ = "link_token"
    __table_args__ = (
        CheckConstraint("octet_length(token_sha256) = 32", name="link_token_hashed"),
        CheckConstraint("expires_at <= created_at + interval '10 minutes'", name="link_token_short_lived"),
        Index("link_token_contact", "contact_id"),
    )

    token_sha256: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    contact_id: int = Field(sa_column=Column(Big, ForeignKey("contact.id", ondelete="CASCADE"), nullable=False))
    phone: str = words()
    created_at: datetime = moment(default=True)
    expires_at: datetime = moment()
    used_at: datetime | None = moment(null=True)


class Conversation(SQLModel, table=True):
    """One per contact, for ever. head numbers public events, tail all events, revision the moves."""

    __table_args__ = (
        CheckConstraint("state IN ('bot', 'queued', 'assigned', 'closed')", name="conversation_state"),
        CheckConstraint("(state = 'assigned') = (agent_id IS NOT NULL)", name="conversation_agent_while_assigned"),
        CheckConstraint("(state IN ('queued', 'assigned')) = (handoff_id IS NOT NULL)", name="conversation_handoff"),
        CheckConstraint("head <= tail", name="conversation_numbers"),
        CheckConstraint("seen BETWEEN 0 AND head", name="conversation_seen"),
        Index("conversation_agent", "agent_id", postgresql_where=sql("agent_id IS NOT NULL")),
    )

    id: int | None = row_id()
    contact_id: int = to_table("contact", unique=True)
    language: str = words()
    state: str = words(default="bot")
    revision: int = counter()
    head: int = counter()
    tail: int = counter()
    agent_id: int | None = to_table("agent", null=True)
    handoff_id: int | None = Field(
        default=None,
        sa_column=Column(Big, ForeignKey("handoff.id", use_alter=True, name="conversation_handoff_id"), nullable=True),
    )
    memory: dict[str, Any] = json_object()
    heard_at: datetime | None = moment(null=True)  # the person's last message
    said_at: datetime | None = moment(null=True)  # the agent's last message
    seen: int = counter()  # public number up to which the person has read, where the channel tells
    seen_at: datetime | None = moment(null=True)
    created_at: datetime = moment(default=True)


class Event(SQLModel, table=True):
    """What was said and what happened. seq is gap-free over what the person may see, n over everything."""

    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("id"),
        UniqueConstraint("conversation_id", "author_kind", "cid"),
        CheckConstraint(
            "kind IN ('msg', 'edit', 'state', 'read', 'csat', 'note', 'trace', 'undelivered', 'react')",
            name="event_kind",
        ),
        CheckConstraint("author_kind IN ('user', 'bot', 'agent', 'system')", name="event_author"),
        CheckConstraint(
            "kind NOT IN ('note', 'trace', 'undelivered') OR seq IS NULL", name="event_internal_has_no_seq"
        ),
        Index(
            "event_words",
            "at",
            "conversation_id",
            "author_kind",
            postgresql_where=sql("kind = 'msg' AND author_kind IN ('user', 'bot', 'agent')"),
        ),
        Index("event_system", "at", postgresql_where=sql("kind = 'msg' AND author_kind = 'system'")),
    )

    conversation_id: int = Field(sa_column=Column(Big, ForeignKey("conversation.id"), primary_key=True))
    n: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    seq: int | None = Field(default=None, sa_column=Column(Big, nullable=True))
    id: str = Field(sa_column=Column(UUID, nullable=False, server_default=sql("gen_random_uuid()")))
    kind: str = words()
    author_kind: str = words()
    author_name: str = words(default="")
    agent_id: int | None = to_table("agent", null=True)
    body: dict[str, Any] = json_object()
    cid: str | None = words(null=True)
    at: datetime = moment(default=True)


class Handoff(SQLModel, table=True):
    """One time a human was called: waited from queued_at, held from assigned_at, over at closed_at."""

    __table_args__ = (
        CheckConstraint("rating BETWEEN 1 AND 5", name="handoff_rating"),
        CheckConstraint("outcome IN ('solved', 'unsolved', 'left', 'returned')", name="handoff_outcome"),
        CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="handoff_outcome_when_closed"),
        CheckConstraint(
            "snoozed_until IS NULL OR (agent_id IS NOT NULL AND closed_at IS NULL)", name="handoff_snoozed_while_held"
        ),
        CheckConstraint("NOT candidate OR closed_at IS NOT NULL", name="handoff_candidate_when_closed"),
        CheckConstraint("comment IS NULL OR rating IS NOT NULL", name="handoff_comment_of_rating"),
        Index(
            "handoff_waiting",
            "line",
            sql("priority DESC"),
            "queued_at",
            postgresql_where=sql("closed_at IS NULL"),
        ),
        Index("handoff_queued", "queued_at"),
        Index("handoff_of_agent", "agent_id", "assigned_at"),
        Index("handoff_claims", "line", "assigned_at"),
        Index("handoff_of_conversation", "conversation_id", "id"),
        Index("handoff_one_open", "conversation_id", unique=True, postgresql_where=sql("closed_at IS NULL")),
    )

    id: int | None = row_id()
    conversation_id: int = to_table("conversation")
    line: str = words()  # the language whose agents may take it
    topic: str = words(default="human")
    reason: str = words(default="asked")  # asked, emergency, unclear, out_of_scope, entry, complaint, system_down
    priority: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False, server_default=sql("0")))
    for_agent_id: int | None = to_table("agent", null=True)  # waits for this agent first, see cases.RESERVED
    queued_at: datetime = moment(default=True)
    assigned_at: datetime | None = moment(null=True)
    first_reply_at: datetime | None = moment(null=True)
    agent_id: int | None = to_table("agent", null=True)
    closed_at: datetime | None = moment(null=True)
    outcome: str | None = words(null=True)
    close_reason: str | None = words(null=True)
    rating: int | None = Field(default=None, sa_column=Column(SmallInteger, nullable=True))
    rated_at: datetime | None = moment(null=True)
    comment: str | None = words(null=True)  # the person's own words to the rating
    candidate: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=sql("false")))
    snoozed_until: datetime | None = moment(null=True)  # put aside by the agent who holds it
    woken_at: datetime | None = moment(null=True)  # when that was over by the clock: silence counts from then
    slipped_from_id: int | None = to_table("agent", null=True)  # the last agent who let it wait until it went back
    warned_at: datetime | None = moment(null=True)  # told that the chat closes soon; void once somebody writes
    missed_at: datetime | None = moment(null=True)  # waited past QUEUE_LIMIT, told so once; it stays in the queue
    told_place: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))  # what the person was told
    told_minutes: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))
    told_at: datetime | None = moment(null=True)
    told_n: int | None = Field(default=None, sa_column=Column(Big, nullable=True))  # the event that said it


class File(SQLModel, table=True):
    """A file somebody sent, or is about to send; its bytes are in file_part, or still with the channel it came by."""

    __table_args__ = (
        UniqueConstraint("conversation_id", "author_kind", "cid"),
        CheckConstraint("id ~ '^[A-Za-z0-9_-]{22}$'", name="file_id_of_128_bits"),
        CheckConstraint("author_kind IN ('user', 'agent')", name="file_author"),
        CheckConstraint("kind IN ('photo', 'voice', 'audio', 'video', 'document')", name="file_kind"),
        CheckConstraint("state IN ('kept', 'remote', 'lost')", name="file_state"),
        CheckConstraint("state <> 'remote' OR source IS NOT NULL", name="file_remote_has_source"),
        CheckConstraint("(state = 'lost') = (problem IS NOT NULL)", name="file_lost_says_why"),
        CheckConstraint("size >= 0 AND width >= 0 AND height >= 0", name="file_measures"),
        Index("file_conversation", "conversation_id"),
        Index("file_unsent", "created_at", postgresql_where=sql("event_n IS NULL")),
        Index("file_kept", "created_at", postgresql_where=sql("state <> 'lost'")),
    )

    id: str = Field(sa_column=Column(Text, primary_key=True))
    conversation_id: int = to_table("conversation")
    author_kind: str = words()
    cid: str | None = words(null=True)  # the sender's own id of the upload: sent again, it is the same file
    event_n: int | None = Field(default=None, sa_column=Column(Big, nullable=True))  # null: uploaded, not yet sent
    kind: str = words()
    type: str = words()  # MIME, by content; of a remote file what its channel says
    name: str = words(default="")
    size: int = counter()
    width: int = counter()
    height: int = counter()
    state: str = words(default="kept")
    source: str | None = words(null=True)  # what the channel needs to fetch it
    problem: str | None = words(null=True)  # why it cannot be had: a key under error. of the locales
    created_at: datetime = moment(default=True)


class FilePart(SQLModel, table=True):
    """256 KiB of a file at most, so that neither a request nor the database ever holds a whole one in one value."""

    __tablename__ = "file_part"
    __table_args__ = (CheckConstraint("variant IN ('whole', 'small')", name="file_part_variant"),)

    file_id: str = Field(sa_column=Column(Text, ForeignKey("file.id", ondelete="CASCADE"), primary_key=True))
    variant: str = Field(sa_column=Column(Text, primary_key=True))
    n: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
