"""The keys that we sign with ourselves, kept in the database so that links outlive a restart and fit every process."""

from __future__ import annotations

import secrets

from bot.database import Tx

LINKS = "links"
VISITORS = "visitors"
ERASED = "erased"  # hashes the names of who was erased, see people/erase.py


async def ensure(tx: Tx, name: str) -> bytes:
    """The key of this name; the first caller ever makes it."""
    await tx.execute(
        "INSERT INTO signing_key (name, key) VALUES ($1, $2) ON CONFLICT DO NOTHING", name, secrets.token_bytes(32)
    )
    return bytes(await tx.fetchval("SELECT key FROM signing_key WHERE name = $1", name))
