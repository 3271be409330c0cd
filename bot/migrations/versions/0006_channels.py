"""Channels: keys for what we sign, one-time links between channels, who owns a number, reactions."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KINDS = "'msg', 'edit', 'state', 'read', 'csat', 'note', 'trace', 'undelivered'"


def upgrade() -> None:
    op.create_table(
        "signing_key",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("octet_length(key) >= 32", name="signing_key_of_256_bits"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "link_token",
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("octet_length(token_sha256) = 32", name="link_token_hashed"),
        sa.CheckConstraint("expires_at <= created_at + interval '10 minutes'", name="link_token_short_lived"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_sha256"),
    )
    op.create_index("link_token_contact", "link_token", ["contact_id"])
    op.add_column("contact", sa.Column("contract", sa.Text(), nullable=True))
    op.add_column("contact", sa.Column("sim", sa.Text(), nullable=True))
    op.add_column("contact", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("contact", sa.Column("detached_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint("contact_detached_has_no_phone", "contact", "detached_at IS NULL OR phone IS NULL")
    op.create_index(
        "outbox_delivered", "outbox", ["conversation_id", "event_n"], postgresql_where=sa.text("reference IS NOT NULL")
    )
    op.drop_constraint("event_kind", "event")
    op.create_check_constraint("event_kind", "event", f"kind IN ({_KINDS}, 'react')")


def downgrade() -> None:
    op.execute("DELETE FROM event WHERE kind = 'react'")
    op.drop_constraint("event_kind", "event")
    op.create_check_constraint("event_kind", "event", f"kind IN ({_KINDS})")
    op.drop_index("outbox_delivered", "outbox")
    op.drop_constraint("contact_detached_has_no_phone", "contact")
    for column in ("detached_at", "checked_at", "sim", "contract"):
        op.drop_column("contact", column)
    op.drop_table("link_token")
    op.drop_table("signing_key")
