"""What editors decided about questions without an answer; the lessons among which those are looked for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "faq_gap",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("members", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("typical", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=True),
        sa.Column("edition_id", sa.BigInteger(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("people", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("messages", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('accepted', 'merged', 'ignored')", name="faq_gap_state"),
        sa.CheckConstraint("(state = 'ignored') = (entry IS NULL)", name="faq_gap_answered_by_an_entry"),
        sa.CheckConstraint("(entry IS NULL) = (edition_id IS NULL)", name="faq_gap_answered_in_an_edition"),
        sa.CheckConstraint("fingerprint ~ '^[0-9a-f]{16}$'", name="faq_gap_fingerprint"),
        sa.CheckConstraint("fingerprint = ANY(members)", name="faq_gap_named_by_a_member"),
        sa.ForeignKeyConstraint(["edition_id"], ["faq_edition.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("fingerprint", name="faq_gap_once"),
    )
    op.create_index(
        "lesson_missed",
        "lesson",
        ["at"],
        unique=False,
        postgresql_where=sa.text("decision <> 'answer' OR doubt OR handoff_id IS NOT NULL"),
    )
