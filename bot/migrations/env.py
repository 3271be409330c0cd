"""Runs migrations on the connection that bot.database hands over; there is no other way to run them."""

from alembic import context
from sqlmodel import SQLModel

import bot.tables  # noqa: F401  fills SQLModel.metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
