"""Columns as our tables have them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger as Big
from sqlalchemy import Column, DateTime, ForeignKey, Identity, Text
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

NOW = sql("now()")


def row_id() -> Any:
    return Field(default=None, sa_column=Column("id", Big, Identity(always=True), primary_key=True))


def words(*constraints: Any, null: bool = False, default: str | None = None) -> Any:
    fallback = sql(f"'{default}'") if default is not None else None
    return Field(default=default, sa_column=Column(Text, *constraints, nullable=null, server_default=fallback))


def to_table(table: str, *, null: bool = False, unique: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Big, ForeignKey(f"{table}.id"), nullable=null, unique=unique))


def moment(*, null: bool = False, default: bool = False) -> Any:
    moment = DateTime(timezone=True)
    return Field(default=None, sa_column=Column(moment, nullable=null, server_default=NOW if default else None))


def counter(default: int = 0) -> Any:
    return Field(default=default, sa_column=Column(Big, nullable=False, server_default=sql(str(default))))


def json_object(default: str = "{}") -> Any:
    fallback = sql(f"'{default}'::jsonb")
    return Field(default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default=fallback))
