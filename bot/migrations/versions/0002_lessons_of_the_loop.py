"""Lessons hold what the learning loop needs: channel, topic, scores, doubt, the handoff and the agent's answer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lesson", sa.Column("channel", sa.Text(), nullable=True))
    op.execute(
        "UPDATE lesson l SET channel = k.channel FROM conversation c JOIN contact k ON k.id = c.contact_id"
        " WHERE c.id = l.conversation_id"
    )
    op.alter_column("lesson", "channel", nullable=False)
    op.add_column("lesson", sa.Column("topic", sa.Text(), nullable=True))
    op.add_column(
        "lesson",
        sa.Column(
            "ranked", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
    )
    op.add_column("lesson", sa.Column("confidence", sa.Double(), server_default=sa.text("0"), nullable=False))
    op.add_column("lesson", sa.Column("handoff_id", sa.BigInteger(), nullable=True))
    op.add_column("lesson", sa.Column("agent_entry", sa.Text(), nullable=True))
    op.add_column("lesson", sa.Column("doubt", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_foreign_key(None, "lesson", "handoff", ["handoff_id"], ["id"])
    op.create_check_constraint("lesson_decision", "lesson", "decision IN ('answer', 'clarify', 'handoff')")
    op.create_check_constraint("lesson_chosen_of_offered", "lesson", "chosen IS NULL OR decision <> 'handoff'")
    op.create_check_constraint("lesson_agent_in_handoff", "lesson", "agent_entry IS NULL OR handoff_id IS NOT NULL")
    op.create_check_constraint("lesson_doubt_of_reply", "lesson", "NOT doubt OR decision <> 'handoff'")
    op.create_index("lesson_conversation", "lesson", ["conversation_id", "id"], unique=False)
    op.create_index(
        "lesson_handoff", "lesson", ["handoff_id"], unique=False, postgresql_where=sa.text("handoff_id IS NOT NULL")
    )
