"""Who was erased, as hashes: a backup of an earlier day must not bring them back."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tombstone",
        sa.Column("who", sa.LargeBinary, primary_key=True),
        sa.Column("what", sa.Text, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.CheckConstraint("octet_length(who) = 32", name="tombstone_hashed"),
        sa.CheckConstraint("what IN ('everywhere', 'said')", name="tombstone_what"),
    )
