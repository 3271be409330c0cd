"""The human line: chats put aside, the place told last, missed waits, comments, candidates for the FAQ."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KINDS = "'msg', 'edit', 'state', 'read', 'csat', 'note', 'trace'"
_CHECKS = {
    "handoff_snoozed_while_held": "snoozed_until IS NULL OR (agent_id IS NOT NULL AND closed_at IS NULL)",
    "handoff_candidate_when_closed": "NOT candidate OR closed_at IS NOT NULL",
    "handoff_comment_of_rating": "comment IS NULL OR rating IS NOT NULL",
}


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    for name, kind in (
        ("comment", sa.Text()),
        ("snoozed_until", moment),
        ("slipped_from_id", sa.BigInteger()),
        ("warned_at", moment),
        ("missed_at", moment),
        ("told_place", sa.Integer()),
        ("told_minutes", sa.Integer()),
        ("told_at", moment),
        ("told_n", sa.BigInteger()),
    ):
        op.add_column("handoff", sa.Column(name, kind, nullable=True))
    op.add_column("handoff", sa.Column("candidate", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_foreign_key(None, "handoff", "agent", ["slipped_from_id"], ["id"])
    for name, rule in _CHECKS.items():
        op.create_check_constraint(name, "handoff", rule)
    op.drop_constraint("event_kind", "event")
    op.create_check_constraint("event_kind", "event", f"kind IN ({_KINDS}, 'undelivered')")
    op.drop_constraint("event_internal_has_no_seq", "event")
    internal = "kind NOT IN ('note', 'trace', 'undelivered') OR seq IS NULL"
    op.create_check_constraint("event_internal_has_no_seq", "event", internal)
