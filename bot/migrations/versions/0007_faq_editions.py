"""Editions of the FAQ, their files by content, and the sentences that editors want kept."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "faq_file",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("sha256 = encode(sha256(content), 'hex')", name="faq_file_is_its_content"),
        sa.CheckConstraint("octet_length(content) <= 4000000", name="faq_file_size"),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "faq_edition",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column(
            "files", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("changes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("restored_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("restored_id < id", name="faq_edition_restores_an_older_one"),
        sa.CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="faq_edition_digest"),
        sa.ForeignKeyConstraint(["restored_id"], ["faq_edition.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("faq_edition_digest", "faq_edition", ["digest"], unique=False)
    op.create_table(
        "faq_case",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('find', 'nothing', 'misses')", name="faq_case_kind"),
        sa.CheckConstraint("language IN ('ru', 'zh')", name="faq_case_language"),
        sa.CheckConstraint("(kind = 'nothing') = (topic IS NULL)", name="faq_case_topic"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("text", "language", name="faq_case_once"),
    )
