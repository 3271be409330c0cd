"""Up to where the person in the app has read; what the operator's backend is told of what they have not."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import UUID

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversation", sa.Column("seen", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("conversation", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint("conversation_seen", "conversation", "seen BETWEEN 0 AND head")
    op.create_index(
        "event_system",
        "event",
        ["at"],
        unique=False,
        postgresql_where=sa.text("kind = 'msg' AND author_kind = 'system'"),
    )
    op.create_table(
        "unread_notice",
        sa.Column("id", UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'new'"), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('new', 'told', 'read', 'gone', 'dead')", name="unread_notice_state"),
        sa.CheckConstraint("(state = 'new') = (ended_at IS NULL)", name="unread_notice_ended"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("conversation_id", "upto"),
    )
    op.create_index(
        "unread_notice_one_under_way",
        "unread_notice",
        ["conversation_id"],
        unique=True,
        postgresql_where=sa.text("state = 'new'"),
    )
    op.create_index("unread_notice_ended_at", "unread_notice", ["ended_at"], unique=False)
