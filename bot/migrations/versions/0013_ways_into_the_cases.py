"""Ways into the cases that are over: every place told, every pace and every asking read all of a year without them."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("handoff_of_agent", "handoff", ["agent_id", "assigned_at"], unique=False)
    op.create_index("handoff_claims", "handoff", ["line", "assigned_at"], unique=False)
    op.create_index("handoff_of_conversation", "handoff", ["conversation_id", "id"], unique=False)
