"""Attachments: what people and agents send each other, in parts of 256 KiB."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("author_kind", sa.Text(), nullable=False),
        sa.Column("cid", sa.Text(), nullable=True),
        sa.Column("event_n", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("size", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("width", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("height", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'kept'"), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("id ~ '^[A-Za-z0-9_-]{22}$'", name="file_id_of_128_bits"),
        sa.CheckConstraint("author_kind IN ('user', 'agent')", name="file_author"),
        sa.CheckConstraint("kind IN ('photo', 'voice', 'audio', 'video', 'document')", name="file_kind"),
        sa.CheckConstraint("state IN ('kept', 'remote', 'lost')", name="file_state"),
        sa.CheckConstraint("state <> 'remote' OR source IS NOT NULL", name="file_remote_has_source"),
        sa.CheckConstraint("(state = 'lost') = (problem IS NOT NULL)", name="file_lost_says_why"),
        sa.CheckConstraint("size >= 0 AND width >= 0 AND height >= 0", name="file_measures"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("conversation_id", "author_kind", "cid"),
    )
    op.create_index("file_conversation", "file", ["conversation_id"], unique=False)
    op.create_index("file_unsent", "file", ["created_at"], unique=False, postgresql_where=sa.text("event_n IS NULL"))
    op.create_index("file_kept", "file", ["created_at"], unique=False, postgresql_where=sa.text("state <> 'lost'"))
    op.create_table(
        "file_part",
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("variant IN ('whole', 'small')", name="file_part_variant"),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("file_id", "variant", "n"),
    )
    # Pictures, films and PDFs are packed already: to try again would only cost time at every write.
    op.execute("ALTER TABLE file_part ALTER COLUMN content SET STORAGE EXTERNAL")
