"""Figures of a month in a fraction of a second; what many ask about at once, and what they are told."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "event_words",
        "event",
        ["at", "conversation_id", "author_kind"],
        unique=False,
        postgresql_where=sa.text("kind = 'msg' AND author_kind IN ('user', 'bot', 'agent')"),
    )
    op.create_index("handoff_queued", "handoff", ["queued_at"], unique=False)
    op.add_column("lesson", sa.Column("place", sa.Text(), nullable=True))
    op.create_index(
        "lesson_thanks",
        "lesson",
        ["at", "conversation_id"],
        unique=False,
        postgresql_where=sa.text("topic = 'thanks'"),
    )
    op.create_table(
        "incident",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("people", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("usual", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("text_ru", sa.Text(), nullable=True),
        sa.Column("text_zh", sa.Text(), nullable=True),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("announced_by", sa.BigInteger(), nullable=True),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("topic IS NOT NULL OR place IS NOT NULL", name="incident_concerns_somebody"),
        sa.CheckConstraint("topic <> '' AND place <> ''", name="incident_about_is_named"),
        sa.CheckConstraint(
            "(announced_at IS NULL) = (text_ru IS NULL) AND (announced_at IS NULL) = (text_zh IS NULL)",
            name="incident_told_in_both_languages",
        ),
        sa.CheckConstraint("over_at IS NULL OR announced_at IS NOT NULL", name="incident_over_was_told"),
        sa.CheckConstraint("dismissed_at IS NULL OR announced_at IS NULL", name="incident_dismissed_untold"),
        sa.ForeignKeyConstraint(["announced_by"], ["agent.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "incident_one_open",
        "incident",
        [sa.literal_column("coalesce(topic, '')"), sa.literal_column("coalesce(place, '')")],
        unique=True,
        postgresql_where=sa.text("over_at IS NULL AND dismissed_at IS NULL"),
    )
    op.create_table(
        "incident_told",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("over_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"]),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"]),
        sa.PrimaryKeyConstraint("incident_id", "conversation_id"),
    )
    op.create_index("incident_told_conversation", "incident_told", ["conversation_id"], unique=False)
