"""Who did what, on which chat or login, when, from where; kept in the transaction that did it, changed by nobody.

The table refuses UPDATE, TRUNCATE and DELETE of anything younger than 30 days (a trigger, see migration 0004). No
person's words or numbers stand in it: texts are masked, and whoever is erased leaves only a slow salted hash, by which
someone who knows the number can show that it was that one.

TooManyExports    this agent has taken out as many tables within the hour as one may
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import IPv4Address, ip_address
from typing import Any, Protocol

from bot.database import Database, Tx
from bot.masking import HIDDEN, masked

ACTIONS = (
    "login", "logout", "locked", "session_ended", "totp_on", "totp_off", "totp_reset", "recovery_used",
    "read", "look_up", "reveal", "whisper", "take_over", "reassign", "transfer", "close", "return",
    "snooze", "unsnooze", "reopen", "export", "erase",
    "agent_added", "agent_changed", "agent_disabled", "agent_enabled", "password", "sessions_ended",
    "telegram_code", "telegram_bound", "telegram_unbound",
    "faq_published", "faq_rolled_back", "gap_ignored", "gap_reopened", "banner_on", "banner_off",
)  # fmt: skip
ONE_VISIT = timedelta(minutes=10)  # opening the same chat again within this is the same look
EXPORTS_AN_HOUR = 20
EXPORT_ROWS = 50_000
EXPORT_PAGE = 1_000
_TEXT_LIMIT = 200


class TooManyExports(Exception):
    pass


class Actor(Protocol):
    """Who acts: an agent, or somebody outside the desk. `peer` is the masked address they speak from."""

    @property
    def id(self) -> int | None: ...
    @property
    def login(self) -> str: ...
    @property
    def peer(self) -> str: ...


@dataclass(frozen=True)
class Outsider:
    """Nobody's session: the command line, or a login that was not let in."""

    login: str
    peer: str
    id: None = None


@dataclass(frozen=True)
class Entry:
    id: int
    at: datetime
    actor: str
    action: str
    conversation_id: int | None
    about: str  # a login, an entry of the FAQ, a table
    peer: str
    details: dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What to look for; None and empty are no limit. `before` is the id of the last entry already seen."""

    since: datetime | None = None
    until: datetime | None = None
    actor: str = ""
    action: str = ""
    conversation_id: int | None = None
    before: int | None = None


def shown_address(address: str) -> str:
    """The network an address is in, without the host: 203.0.113.7 -> 203.0.113.•; nothing for what is no address."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(parsed, IPv4Address):
        return f"{str(parsed).rpartition('.')[0]}.{HIDDEN}"
    return f"{':'.join(group.lstrip('0') or '0' for group in parsed.exploded.split(':')[:3])}:{HIDDEN}"


async def keep(
    tx: Tx, who: Actor, action: str, *, about: str = "", conversation_id: int | None = None, **details: Any
) -> None:
    """Write one entry in the caller's transaction: what is rolled back was not done. Texts in `details` are masked."""
    if action not in ACTIONS:
        raise ValueError(f"{action!r} is no action of the audit")
    clean = {name: masked(one)[:_TEXT_LIMIT] if isinstance(one, str) else one for name, one in details.items()}
    await tx.execute(
        "INSERT INTO audit (agent_id, actor, action, conversation_id, about, peer, details)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        who.id,
        who.login,
        action,
        conversation_id,
        about,
        who.peer,
        clean,
    )


async def keep_reading(tx: Tx, who: Actor, conversation_id: int) -> None:
    """Somebody looks into a chat that is not theirs; one entry for one visit."""
    seen = await tx.fetchval(
        """SELECT 1 FROM audit WHERE conversation_id = $1 AND agent_id = $2 AND action = 'read'
              AND at > now() - $3::interval LIMIT 1""",
        conversation_id,
        who.id,
        ONE_VISIT,
    )
    if not seen:
        await keep(tx, who, "read", conversation_id=conversation_id)


async def keep_export(tx: Tx, who: Actor, about: str, **details: Any) -> None:
    """A table leaves the house. Raises TooManyExports."""
    taken = await tx.fetchval(
        "SELECT count(*) FROM audit WHERE agent_id = $1 AND action = 'export' AND at > now() - interval '1 hour'",
        who.id,
    )
    if taken >= EXPORTS_AN_HOUR:
        raise TooManyExports
    await keep(tx, who, "export", about=about, **details)


async def keep_erasure(tx: Tx, who: Actor, person: str, rows: int) -> None:
    """Somebody's data was removed; all that stays of whose is a hash that takes 50 ms and its own salt to compute."""
    salt = secrets.token_bytes(16)
    digest = hashlib.scrypt(person.encode(), salt=salt, n=2**14, r=8, p=1, dklen=24)
    await keep(tx, who, "erase", about=f"scrypt:{salt.hex()}:{digest.hex()}", rows=rows)


_FOUND = """
    SELECT id, at, actor, action, conversation_id, about, peer, details FROM audit
     WHERE ($1::timestamptz IS NULL OR at >= $1) AND ($2::timestamptz IS NULL OR at < $2)
       AND ($3 = '' OR actor = $3) AND ($4 = '' OR action = $4)
       AND ($5::bigint IS NULL OR conversation_id = $5) AND ($6::bigint IS NULL OR id < $6)
     ORDER BY id DESC LIMIT $7
"""


async def search(tx: Tx, wanted: Wanted, limit: int) -> list[Entry]:
    """Newest first."""
    return [Entry(**dict(row)) for row in await tx.fetch(_FOUND, *vars(wanted).values(), limit)]


async def every(db: Database, wanted: Wanted) -> AsyncIterator[Entry]:
    """All that search would find, at most EXPORT_ROWS; no transaction stays open while somebody reads slowly."""
    left = EXPORT_ROWS
    while left > 0:
        async with db.transaction() as tx:
            page = await search(tx, wanted, min(left, EXPORT_PAGE))
        for entry in page:
            yield entry
        if len(page) < EXPORT_PAGE:
            return
        left, wanted = left - len(page), replace(wanted, before=page[-1].id)


async def forget_old(tx: Tx, keep_for: timedelta) -> None:
    await tx.execute("DELETE FROM audit WHERE at < now() - $1::interval", keep_for)
