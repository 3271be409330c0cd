"""What is due to be sent, in order, without reading all that waits."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("outbox_due", "outbox", ["next_at", "id"], postgresql_where=sa.text("state = 'new'"))
    op.create_index("outbox_leased", "outbox", ["lease_until"], postgresql_where=sa.text("state = 'sending'"))
