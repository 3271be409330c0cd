"""Who works here, how they get in, and who did what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger as Big
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, SmallInteger, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from bot.tables.columns import counter, json_object, moment, row_id, to_table, words


class Agent(SQLModel, table=True):
    """Who works the queue. `capacity` is how many chats at once."""

    __table_args__ = (
        CheckConstraint("role IN ('agent', 'supervisor', 'admin', 'editor')", name="agent_role"),
        CheckConstraint("presence IN ('online', 'away', 'offline')", name="agent_presence"),
        CheckConstraint("capacity BETWEEN 1 AND 50", name="agent_capacity"),
        CheckConstraint(
            "(telegram_code_sha256 IS NULL) = (telegram_code_until IS NULL)", name="agent_telegram_code_ends"
        ),
        UniqueConstraint("telegram_id", name="agent_telegram_id"),
        UniqueConstraint("telegram_code_sha256", name="agent_telegram_code"),
    )

    id: int | None = row_id()
    login: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    name: str = words()
    password_hash: str = words()
    languages: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    role: str = words(default="agent")
    capacity: int = Field(default=5, sa_column=Column(SmallInteger, nullable=False, server_default=sql("5")))
    presence: str = words(default="offline")
    presence_at: datetime | None = moment(null=True)  # since when it is this presence
    seen_at: datetime | None = moment(null=True)
    disabled_at: datetime | None = moment(null=True)
    created_at: datetime = moment(default=True)
    telegram_id: int | None = Field(default=None, sa_column=Column(Big, nullable=True))  # who they are in Telegram
    telegram_code_sha256: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    telegram_code_until: datetime | None = moment(null=True)
    telegram_until: datetime | None = moment(null=True)  # at the desk from the group until then, without a page


class AgentSession(SQLModel, table=True):
    """A login. Only the hash of the cookie's token is kept."""

    __tablename__ = "agent_session"

    token_sha256: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    agent_id: int = to_table("agent")
    created_at: datetime = moment(default=True)
    seen_at: datetime = moment(default=True)
    expires_at: datetime = moment()
    revoked_at: datetime | None = moment(null=True)
    peer: str = words(default="")  # the network it was opened from
    device: str = words(default="")


class AgentTotp(SQLModel, table=True):
    """An agent's second factor. `last_step` is the step of the code used last: none is taken twice."""

    __tablename__ = "agent_totp"

    agent_id: int = Field(sa_column=Column(Big, ForeignKey("agent.id"), primary_key=True, autoincrement=False))
    secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    last_step: int = counter()
    created_at: datetime = moment(default=True)
    confirmed_at: datetime | None = moment(null=True)  # from then on it is asked for


class RecoveryCode(SQLModel, table=True):
    """For whoever has lost the phone that makes the codes; each lets in once."""

    __tablename__ = "recovery_code"

    agent_id: int = Field(sa_column=Column(Big, ForeignKey("agent.id"), primary_key=True, autoincrement=False))
    code_sha256: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    used_at: datetime | None = moment(null=True)


class LoginFailure(SQLModel, table=True):
    """A wrong password; five in fifteen minutes by account or address make the next try wait."""

    __tablename__ = "login_failure"
    __table_args__ = (Index("login_failure_by", "login", "at"), Index("login_failure_from", "peer", "at"))

    id: int | None = row_id()
    login: str = words()
    peer: str = words()
    at: datetime = moment(default=True)


class Audit(SQLModel, table=True):
    """Who did what; a trigger refuses to change it, see audit.py. No key to what may be erased."""

    __table_args__ = (
        CheckConstraint("action ~ '^[a-z_]{2,40}$'", name="audit_action"),
        Index("audit_at", "at"),
        Index("audit_agent", "agent_id", "at"),
        Index("audit_conversation", "conversation_id", "at", postgresql_where=sql("conversation_id IS NOT NULL")),
    )

    id: int | None = row_id()
    at: datetime = moment(default=True)
    agent_id: int | None = to_table("agent", null=True)
    actor: str = words(default="")  # the login, as it was then
    action: str = words()
    conversation_id: int | None = Field(default=None, sa_column=Column(Big, nullable=True))
    about: str = words(default="")  # a login, an entry of the FAQ, a table
    peer: str = words(default="")  # the network, never the whole address
    details: dict[str, Any] = json_object()
