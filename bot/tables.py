"""The schema. A rule about rows is a constraint here first and code second; Alembic reads this metadata.

The hot path writes these tables by hand-written SQL (2-3 times cheaper, see database.py); the administration of agents
uses the classes below as they are.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger as Big
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlmodel import Field, SQLModel

NOW = sql("now()")


def _id() -> Any:
    return Field(default=None, sa_column=Column("id", Big, Identity(always=True), primary_key=True))


def _text(*constraints: Any, null: bool = False, default: str | None = None) -> Any:
    fallback = sql(f"'{default}'") if default is not None else None
    return Field(default=default, sa_column=Column(Text, *constraints, nullable=null, server_default=fallback))


def _to(table: str, *, null: bool = False, unique: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Big, ForeignKey(f"{table}.id"), nullable=null, unique=unique))


def _at(*, null: bool = False, default: bool = False) -> Any:
    moment = DateTime(timezone=True)
    return Field(default=None, sa_column=Column(moment, nullable=null, server_default=NOW if default else None))


def _count(default: int = 0) -> Any:
    return Field(default=default, sa_column=Column(Big, nullable=False, server_default=sql(str(default))))


def _json(default: str = "{}") -> Any:
    fallback = sql(f"'{default}'::jsonb")
    return Field(default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default=fallback))


class Contact(SQLModel, table=True):
    """A person at one address of one channel. `phone` is proven: shared by its owner, or signed by the app."""

    __table_args__ = (
        UniqueConstraint("channel", "address"),
        Index("contact_phone", "phone"),
        CheckConstraint("detached_at IS NULL OR phone IS NULL", name="contact_detached_has_no_phone"),
    )

    id: int | None = _id()
    channel: str = _text()
    address: str = _text()
    name: str | None = _text(null=True)
    phone: str | None = _text(null=True)
    linked_at: datetime | None = _at(null=True)
    chosen_language: str | None = _text(null=True)
    unreachable_at: datetime | None = _at(null=True)
    created_at: datetime = _at(default=True)
    contract: str | None = _text(null=True)  # the operator's contract behind the phone when it was looked at last
    sim: str | None = _text(null=True)
    checked_at: datetime | None = _at(null=True)
    detached_at: datetime | None = _at(null=True)  # the number has another owner: this is the old one's history


class Conversation(SQLModel, table=True):
    """One per contact, for ever. head numbers public events, tail all events, revision the moves."""

    __table_args__ = (
        CheckConstraint("state IN ('bot', 'queued', 'assigned', 'closed')", name="conversation_state"),
        CheckConstraint("(state = 'assigned') = (agent_id IS NOT NULL)", name="conversation_agent_while_assigned"),
        CheckConstraint("(state IN ('queued', 'assigned')) = (handoff_id IS NOT NULL)", name="conversation_handoff"),
        CheckConstraint("head <= tail", name="conversation_numbers"),
        Index("conversation_agent", "agent_id", postgresql_where=sql("agent_id IS NOT NULL")),
    )

    id: int | None = _id()
    contact_id: int = _to("contact", unique=True)
    language: str = _text()
    state: str = _text(default="bot")
    revision: int = _count()
    head: int = _count()
    tail: int = _count()
    agent_id: int | None = _to("agent", null=True)
    handoff_id: int | None = Field(
        default=None,
        sa_column=Column(Big, ForeignKey("handoff.id", use_alter=True, name="conversation_handoff_id"), nullable=True),
    )
    memory: dict[str, Any] = _json()
    heard_at: datetime | None = _at(null=True)  # the person's last message
    said_at: datetime | None = _at(null=True)  # the agent's last message
    created_at: datetime = _at(default=True)


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
    )

    conversation_id: int = Field(sa_column=Column(Big, ForeignKey("conversation.id"), primary_key=True))
    n: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    seq: int | None = Field(default=None, sa_column=Column(Big, nullable=True))
    id: str = Field(sa_column=Column(UUID, nullable=False, server_default=sql("gen_random_uuid()")))
    kind: str = _text()
    author_kind: str = _text()
    author_name: str = _text(default="")
    agent_id: int | None = _to("agent", null=True)
    body: dict[str, Any] = _json()
    cid: str | None = _text(null=True)
    at: datetime = _at(default=True)


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
        Index("handoff_one_open", "conversation_id", unique=True, postgresql_where=sql("closed_at IS NULL")),
    )

    id: int | None = _id()
    conversation_id: int = _to("conversation")
    line: str = _text()  # the language whose agents may take it
    topic: str = _text(default="human")
    reason: str = _text(default="asked")  # asked, emergency, unclear, out_of_scope, entry, complaint, system_down
    priority: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False, server_default=sql("0")))
    for_agent_id: int | None = _to("agent", null=True)  # waits for this agent first, see cases.RESERVED
    queued_at: datetime = _at(default=True)
    assigned_at: datetime | None = _at(null=True)
    first_reply_at: datetime | None = _at(null=True)
    agent_id: int | None = _to("agent", null=True)
    closed_at: datetime | None = _at(null=True)
    outcome: str | None = _text(null=True)
    close_reason: str | None = _text(null=True)
    rating: int | None = Field(default=None, sa_column=Column(SmallInteger, nullable=True))
    rated_at: datetime | None = _at(null=True)
    comment: str | None = _text(null=True)  # the person's own words to the rating
    candidate: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=sql("false")))
    snoozed_until: datetime | None = _at(null=True)  # put aside by the agent who holds it
    woken_at: datetime | None = _at(null=True)  # when that was over by the clock: silence counts from then
    slipped_from_id: int | None = _to("agent", null=True)  # the last agent who let it wait until it went back
    warned_at: datetime | None = _at(null=True)  # told that the chat closes soon; void once somebody writes
    missed_at: datetime | None = _at(null=True)  # waited past QUEUE_LIMIT, told so once; it stays in the queue
    told_place: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))  # what the person was told
    told_minutes: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))
    told_at: datetime | None = _at(null=True)
    told_n: int | None = Field(default=None, sa_column=Column(Big, nullable=True))  # the event that said it


class Inbox(SQLModel, table=True):
    """What arrived and is not answered yet. `lane` is answered one at a time, in order of id."""

    __table_args__ = (
        UniqueConstraint("channel", "source", "key"),
        Index("inbox_waiting", "lane", "id", postgresql_where=sql("done_at IS NULL")),
    )

    id: int | None = _id()
    channel: str = _text()
    source: str = _text()  # the bot's id, or the app
    key: str = _text()
    lane: str = _text()
    payload: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    heard_n: int | None = Field(default=None, sa_column=Column(Big, nullable=True))  # its event in the transcript
    received_at: datetime = _at(default=True)
    attempts: int = _count()
    next_at: datetime = _at(default=True)
    owner: str | None = _text(null=True)
    lease_until: datetime | None = _at(null=True)
    done_at: datetime | None = _at(null=True)
    error: str | None = _text(null=True)  # with done_at: a dead letter


class Outbox(SQLModel, table=True):
    """What was decided and is not delivered yet; one address is written to in order of id."""

    __table_args__ = (
        CheckConstraint("state IN ('new', 'sending', 'sent', 'failed', 'dead')", name="outbox_state"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="outbox_sent"),
        Index("outbox_waiting", "address", "id", postgresql_where=sql("state IN ('new', 'sending')")),
        Index("outbox_delivered", "conversation_id", "event_n", postgresql_where=sql("reference IS NOT NULL")),
    )

    id: int | None = _id()
    conversation_id: int = _to("conversation")
    event_n: int | None = Field(default=None, sa_column=Column(Big, nullable=True))
    channel: str = _text()
    address: str = _text()
    payload: dict[str, Any] = _json()
    state: str = _text(default="new")
    attempts: int = _count()
    in_doubt: int = _count()  # sends whose outcome we never learned; each may be a duplicate
    next_at: datetime = _at(default=True)
    owner: str | None = _text(null=True)
    lease_until: datetime | None = _at(null=True)
    created_at: datetime = _at(default=True)
    sent_at: datetime | None = _at(null=True)
    reference: str | None = _text(null=True)  # the channel's message id
    error: str | None = _text(null=True)


class Agent(SQLModel, table=True):
    """Who works the queue. `capacity` is how many chats at once."""

    __table_args__ = (
        CheckConstraint("role IN ('agent', 'supervisor', 'admin', 'editor')", name="agent_role"),
        CheckConstraint("presence IN ('online', 'away', 'offline')", name="agent_presence"),
        CheckConstraint("capacity BETWEEN 1 AND 50", name="agent_capacity"),
    )

    id: int | None = _id()
    login: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    name: str = _text()
    password_hash: str = _text()
    languages: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    role: str = _text(default="agent")
    capacity: int = Field(default=5, sa_column=Column(SmallInteger, nullable=False, server_default=sql("5")))
    presence: str = _text(default="offline")
    presence_at: datetime | None = _at(null=True)  # since when it is this presence
    seen_at: datetime | None = _at(null=True)
    disabled_at: datetime | None = _at(null=True)
    created_at: datetime = _at(default=True)


class AgentSession(SQLModel, table=True):
    """A login. Only the hash of the cookie's token is kept."""

    __tablename__ = "agent_session"

    token_sha256: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    agent_id: int = _to("agent")
    created_at: datetime = _at(default=True)
    seen_at: datetime = _at(default=True)
    expires_at: datetime = _at()
    revoked_at: datetime | None = _at(null=True)
    peer: str = _text(default="")  # the network it was opened from
    device: str = _text(default="")


class AgentTotp(SQLModel, table=True):
    """An agent's second factor. `last_step` is the step of the code used last: none is taken twice."""

    __tablename__ = "agent_totp"

    agent_id: int = Field(sa_column=Column(Big, ForeignKey("agent.id"), primary_key=True, autoincrement=False))
    secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    last_step: int = _count()
    created_at: datetime = _at(default=True)
    confirmed_at: datetime | None = _at(null=True)  # from then on it is asked for


class RecoveryCode(SQLModel, table=True):
    """For whoever has lost the phone that makes the codes; each lets in once."""

    __tablename__ = "recovery_code"

    agent_id: int = Field(sa_column=Column(Big, ForeignKey("agent.id"), primary_key=True, autoincrement=False))
    code_sha256: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    used_at: datetime | None = _at(null=True)


class LoginFailure(SQLModel, table=True):
    """A wrong password; five in fifteen minutes by account or address make the next try wait."""

    __tablename__ = "login_failure"
    __table_args__ = (Index("login_failure_by", "login", "at"), Index("login_failure_from", "peer", "at"))

    id: int | None = _id()
    login: str = _text()
    peer: str = _text()
    at: datetime = _at(default=True)


class Lesson(SQLModel, table=True):
    """A message the bot decided on, what it did, what the person or an agent said was meant; masked, see lessons.py."""

    __table_args__ = (
        CheckConstraint("decision IN ('answer', 'clarify', 'handoff')", name="lesson_decision"),
        CheckConstraint("chosen IS NULL OR decision <> 'handoff'", name="lesson_chosen_of_offered"),
        CheckConstraint("agent_entry IS NULL OR handoff_id IS NOT NULL", name="lesson_agent_in_handoff"),
        CheckConstraint("NOT doubt OR decision <> 'handoff'", name="lesson_doubt_of_reply"),
        Index("lesson_at", "at"),
        Index("lesson_thanks", "at", "conversation_id", postgresql_where=sql("topic = 'thanks'")),
        Index("lesson_conversation", "conversation_id", "id"),
        Index("lesson_handoff", "handoff_id", postgresql_where=sql("handoff_id IS NOT NULL")),
    )

    id: int | None = _id()
    conversation_id: int = _to("conversation")
    channel: str = _text()
    language: str = _text()
    text: str = _text()
    decision: str = _text()
    topic: str | None = _text(null=True)  # of the answer, or why a human was called
    offered: list[str] = Field(
        sa_column=Column(ARRAY(Text), nullable=False, server_default=sql("'{}'"))
    )  # as buttons, at once or instead
    ranked: list[Any] = _json("[]")  # the likeliest topics with their probabilities
    confidence: float = Field(default=0.0, sa_column=Column(Double, nullable=False, server_default=sql("0")))
    chosen: str | None = _text(null=True)  # the topic of the button that was pressed, or none
    place: str | None = _text(null=True)  # the one place it named, see faq/operator/places.csv
    doubt: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=sql("false")))
    handoff_id: int | None = _to("handoff", null=True)  # the one it led to
    agent_entry: str | None = _text(null=True)  # the ready answer that the agent gave there
    at: datetime = _at(default=True)


class Audit(SQLModel, table=True):
    """Who did what; a trigger refuses to change it, see audit.py. No key to what may be erased."""

    __table_args__ = (
        CheckConstraint("action ~ '^[a-z_]{2,40}$'", name="audit_action"),
        Index("audit_at", "at"),
        Index("audit_agent", "agent_id", "at"),
        Index("audit_conversation", "conversation_id", "at", postgresql_where=sql("conversation_id IS NOT NULL")),
    )

    id: int | None = _id()
    at: datetime = _at(default=True)
    agent_id: int | None = _to("agent", null=True)
    actor: str = _text(default="")  # the login, as it was then
    action: str = _text()
    conversation_id: int | None = Field(default=None, sa_column=Column(Big, nullable=True))
    about: str = _text(default="")  # a login, an entry of the FAQ, a table
    peer: str = _text(default="")  # the network, never the whole address
    details: dict[str, Any] = _json()


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
    conversation_id: int = _to("conversation")
    author_kind: str = _text()
    cid: str | None = _text(null=True)  # the sender's own id of the upload: sent again, it is the same file
    event_n: int | None = Field(default=None, sa_column=Column(Big, nullable=True))  # null: uploaded, not yet sent
    kind: str = _text()
    type: str = _text()  # MIME, by content; of a remote file what its channel says
    name: str = _text(default="")
    size: int = _count()
    width: int = _count()
    height: int = _count()
    state: str = _text(default="kept")
    source: str | None = _text(null=True)  # what the channel needs to fetch it
    problem: str | None = _text(null=True)  # why it cannot be had: a key under error. of the locales
    created_at: datetime = _at(default=True)


class FilePart(SQLModel, table=True):
    """256 KiB of a file at most, so that neither a request nor the database ever holds a whole one in one value."""

    __tablename__ = "file_part"
    __table_args__ = (CheckConstraint("variant IN ('whole', 'small')", name="file_part_variant"),)

    file_id: str = Field(sa_column=Column(Text, ForeignKey("file.id", ondelete="CASCADE"), primary_key=True))
    variant: str = Field(sa_column=Column(Text, primary_key=True))
    n: int = Field(sa_column=Column(Big, primary_key=True, autoincrement=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class FaqFile(SQLModel, table=True):
    """A file of the FAQ by its content; editions share those that did not change."""

    __tablename__ = "faq_file"
    __table_args__ = (
        CheckConstraint("sha256 = encode(sha256(content), 'hex')", name="faq_file_is_its_content"),
        CheckConstraint("octet_length(content) <= 4000000", name="faq_file_size"),
    )

    sha256: str = Field(sa_column=Column(Text, primary_key=True))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class FaqEdition(SQLModel, table=True):
    """What the bot answered from, from `at` until the next one; the newest is live, none is ever changed."""

    __tablename__ = "faq_edition"
    __table_args__ = (
        CheckConstraint("restored_id < id", name="faq_edition_restores_an_older_one"),
        CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="faq_edition_digest"),
        Index("faq_edition_digest", "digest"),
    )

    id: int | None = _id()
    digest: str = _text()
    files: dict[str, Any] = _json()  # path -> sha256
    author: str = _text()
    note: str = _text(default="")
    changes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default=sql("'{}'")))
    restored_id: int | None = _to("faq_edition", null=True)
    at: datetime = _at(default=True)


class FaqCase(SQLModel, table=True):
    """A sentence that an editor tried and wants kept: what it must find, for faq/tests/."""

    __tablename__ = "faq_case"
    __table_args__ = (
        CheckConstraint("kind IN ('find', 'nothing', 'misses')", name="faq_case_kind"),
        CheckConstraint("language IN ('ru', 'zh')", name="faq_case_language"),
        CheckConstraint("(kind = 'nothing') = (topic IS NULL)", name="faq_case_topic"),
        UniqueConstraint("text", "language", name="faq_case_once"),
    )

    id: int | None = _id()
    text: str = _text()
    language: str = _text()
    kind: str = _text()
    topic: str | None = _text(null=True)
    author: str = _text()
    at: datetime = _at(default=True)


class SigningKey(SQLModel, table=True):
    """What we sign links and visitors' tokens with; made once, shared by all processes over this database."""

    __tablename__ = "signing_key"
    __table_args__ = (CheckConstraint("octet_length(key) >= 32", name="signing_key_of_256_bits"),)

    name: str = Field(sa_column=Column(Text, primary_key=True))
    key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = _at(default=True)


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
    phone: str = _text()
    created_at: datetime = _at(default=True)
    expires_at: datetime = _at()
    used_at: datetime | None = _at(null=True)


class Incident(SQLModel, table=True):
    """What many ask about at once, found by the clock or opened by a supervisor, and what people are told about it."""

    __table_args__ = (
        CheckConstraint("topic IS NOT NULL OR place IS NOT NULL", name="incident_concerns_somebody"),
        CheckConstraint("topic <> '' AND place <> ''", name="incident_about_is_named"),
        CheckConstraint(
            "(announced_at IS NULL) = (text_ru IS NULL) AND (announced_at IS NULL) = (text_zh IS NULL)",
            name="incident_told_in_both_languages",
        ),
        CheckConstraint("over_at IS NULL OR announced_at IS NOT NULL", name="incident_over_was_told"),
        CheckConstraint("dismissed_at IS NULL OR announced_at IS NULL", name="incident_dismissed_untold"),
        Index(
            "incident_one_open",
            sql("coalesce(topic, '')"),
            sql("coalesce(place, '')"),
            unique=True,
            postgresql_where=sql("over_at IS NULL AND dismissed_at IS NULL"),
        ),
    )

    id: int | None = _id()
    topic: str | None = _text(null=True)
    place: str | None = _text(null=True)  # of faq/operator/places.csv
    people: int = _count()  # the most that asked within one window
    usual: float = Field(default=0.0, sa_column=Column(Double, nullable=False, server_default=sql("0")))
    found_at: datetime = _at(default=True)
    seen_at: datetime = _at(default=True)  # when the spike was last there
    text_ru: str | None = _text(null=True)
    text_zh: str | None = _text(null=True)
    announced_at: datetime | None = _at(null=True)
    announced_by: int | None = _to("agent", null=True)
    over_at: datetime | None = _at(null=True)
    dismissed_at: datetime | None = _at(null=True)  # by a supervisor, or faded by itself


class IncidentTold(SQLModel, table=True):
    """Who was told of an incident, and then that it is over."""

    __tablename__ = "incident_told"
    __table_args__ = (Index("incident_told_conversation", "conversation_id"),)

    incident_id: int = Field(sa_column=Column(Big, ForeignKey("incident.id"), primary_key=True, autoincrement=False))
    conversation_id: int = Field(
        sa_column=Column(Big, ForeignKey("conversation.id"), primary_key=True, autoincrement=False)
    )
    told_at: datetime = _at(default=True)
    over_told_at: datetime | None = _at(null=True)
