"""A desk in a Telegram group: who the agents are in Telegram, a topic for each case, what stands in it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent", sa.Column("telegram_id", sa.BigInteger(), nullable=True))
    op.add_column("agent", sa.Column("telegram_code_sha256", sa.LargeBinary(), nullable=True))
    op.add_column("agent", sa.Column("telegram_code_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("agent", sa.Column("telegram_until", sa.DateTime(timezone=True), nullable=True))
    op.create_unique_constraint("agent_telegram_id", "agent", ["telegram_id"])
    op.create_unique_constraint("agent_telegram_code", "agent", ["telegram_code_sha256"])
    op.create_check_constraint(
        "agent_telegram_code_ends", "agent", "(telegram_code_sha256 IS NULL) = (telegram_code_until IS NULL)"
    )
    op.create_table(
        "forum_group",
        sa.Column("configured", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("configured"),
    )
    op.create_table(
        "forum_topic",
        sa.Column("handoff_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("thread_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("pack_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("title", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("shown", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("offered", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("mirrored_n", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("told", postgresql.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("made BETWEEN 0 AND 2", name="forum_topic_made_again_once"),
        sa.CheckConstraint("thread_id IS NULL OR made > 0", name="forum_topic_was_made"),
        sa.CheckConstraint("pack_id IS NULL OR thread_id IS NOT NULL", name="forum_topic_pack_in_topic"),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoff.id"]),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"]),
        sa.PrimaryKeyConstraint("handoff_id"),
        sa.UniqueConstraint("chat_id", "thread_id"),
    )
    op.create_index("forum_topic_conversation", "forum_topic", ["conversation_id"], unique=False)
    op.create_index(
        "forum_topic_open",
        "forum_topic",
        ["handoff_id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "forum_message",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"]),
        sa.PrimaryKeyConstraint("chat_id", "message_id", "event_n"),
    )
    op.create_index("forum_message_event", "forum_message", ["conversation_id", "event_n"], unique=False)
    op.create_table(
        "forum_erased",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("thread_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "thread_id"),
    )
