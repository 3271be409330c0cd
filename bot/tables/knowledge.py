"""What is learned from what people ask, the editions of the FAQ, and what many ask about at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger as Big
from sqlalchemy import Boolean, CheckConstraint, Column, Double, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from bot.tables.columns import counter, json_object, moment, row_id, to_table, words


class Lesson(SQLModel, table=True):
    """A message the bot decided on, what it did, what the person or an agent said was meant; masked, see lessons.py."""

    __table_args__ = (
        CheckConstraint("decision IN ('answer', 'clarify', 'handoff')", name="lesson_decision"),
        CheckConstraint("chosen IS NULL OR decision <> 'handoff'", name="lesson_chosen_of_offered"),
        CheckConstraint("agent_entry IS NULL OR handoff_id IS NOT NULL", name="lesson_agent_in_handoff"),
        CheckConstraint("NOT doubt OR decision <> 'handoff'", name="lesson_doubt_of_reply"),
        Index("lesson_at", "at"),
        Index("lesson_missed", "at", postgresql_where=sql("decision <> 'answer' OR doubt OR handoff_id IS NOT NULL")),
        Index("lesson_thanks", "at", "conversation_id", postgresql_where=sql("topic = 'thanks'")),
        Index("lesson_conversation", "conversation_id", "id"),
        Index("lesson_handoff", "handoff_id", postgresql_where=sql("handoff_id IS NOT NULL")),
    )

    id: int | None = row_id()
    conversation_id: int = to_table("conversation")
    channel: str = words()
    language: str = words()
    text: str = words()
    decision: str = words()
    topic: str | None = words(null=True)  # of the answer, or why a human was called
    offered: list[str] = Field(
        sa_column=Column(ARRAY(Text), nullable=False, server_default=sql("'{}'"))
    )  # as buttons, at once or instead
    ranked: list[Any] = json_object("[]")  # the likeliest topics with their probabilities
    confidence: float = Field(default=0.0, sa_column=Column(Double, nullable=False, server_default=sql("0")))
    chosen: str | None = words(null=True)  # the topic of the button that was pressed, or none
    place: str | None = words(null=True)  # the one place it named, see faq/operator/places.csv
    doubt: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=sql("false")))
    handoff_id: int | None = to_table("handoff", null=True)  # the one it led to
    agent_entry: str | None = words(null=True)  # the ready answer that the agent gave there
    at: datetime = moment(default=True)


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

    id: int | None = row_id()
    digest: str = words()
    files: dict[str, Any] = json_object()  # path -> sha256
    author: str = words()
    note: str = words(default="")
    changes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default=sql("'{}'")))
    restored_id: int | None = to_table("faq_edition", null=True)
    at: datetime = moment(default=True)


class FaqCase(SQLModel, table=True):
    """A sentence that an editor tried and wants kept: what it must find, for faq/tests/."""

    __tablename__ = "faq_case"
    __table_args__ = (
        CheckConstraint("kind IN ('find', 'nothing', 'misses')", name="faq_case_kind"),
        CheckConstraint("language IN ('ru', 'zh')", name="faq_case_language"),
        CheckConstraint("(kind = 'nothing') = (topic IS NULL)", name="faq_case_topic"),
        UniqueConstraint("text", "language", name="faq_case_once"),
    )

    id: int | None = row_id()
    text: str = words()
    language: str = words()
    kind: str = words()
    topic: str | None = words(null=True)
    author: str = words()
    at: datetime = moment(default=True)


class FaqGap(SQLModel, table=True):
    """What editors decided about questions that had no answer; undecided ones have no row, see knowledge/missing.py."""

    __tablename__ = "faq_gap"
    __table_args__ = (
        CheckConstraint("state IN ('accepted', 'merged', 'ignored')", name="faq_gap_state"),
        CheckConstraint("(state = 'ignored') = (entry IS NULL)", name="faq_gap_answered_by_an_entry"),
        CheckConstraint("(entry IS NULL) = (edition_id IS NULL)", name="faq_gap_answered_in_an_edition"),
        CheckConstraint("fingerprint ~ '^[0-9a-f]{16}$'", name="faq_gap_fingerprint"),
        CheckConstraint("fingerprint = ANY(members)", name="faq_gap_named_by_a_member"),
        UniqueConstraint("fingerprint", name="faq_gap_once"),
    )

    id: int | None = row_id()
    fingerprint: str = words()  # of the message that is most like all the others
    members: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))  # fingerprints of all its messages
    typical: dict[str, Any] = json_object()  # language -> masked messages, the most central first
    state: str = words()
    entry: str | None = words(null=True)  # that answers it now
    edition_id: int | None = to_table("faq_edition", null=True)
    author: str = words()
    people: int = counter()  # who had asked by then
    messages: int = counter()
    at: datetime = moment(default=True)


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

    id: int | None = row_id()
    topic: str | None = words(null=True)
    place: str | None = words(null=True)  # of faq/operator/places.csv
    people: int = counter()  # the most that asked within one window
    usual: float = Field(default=0.0, sa_column=Column(Double, nullable=False, server_default=sql("0")))
    found_at: datetime = moment(default=True)
    seen_at: datetime = moment(default=True)  # when the spike was last there
    text_ru: str | None = words(null=True)
    text_zh: str | None = words(null=True)
    announced_at: datetime | None = moment(null=True)
    announced_by: int | None = to_table("agent", null=True)
    over_at: datetime | None = moment(null=True)
    dismissed_at: datetime | None = moment(null=True)  # by a supervisor, or faded by itself


class IncidentTold(SQLModel, table=True):
    """Who was told of an incident, and then that it is over."""

    __tablename__ = "incident_told"
    __table_args__ = (Index("incident_told_conversation", "conversation_id"),)

    incident_id: int = Field(sa_column=Column(Big, ForeignKey("incident.id"), primary_key=True, autoincrement=False))
    conversation_id: int = Field(
        sa_column=Column(Big, ForeignKey("conversation.id"), primary_key=True, autoincrement=False)
    )
    told_at: datetime = moment(default=True)
    over_told_at: datetime | None = moment(null=True)
