"""When a chat that was put aside was woken: its agent's silence counts from then."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("handoff", sa.Column("woken_at", sa.DateTime(timezone=True), nullable=True))
