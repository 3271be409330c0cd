"""The second factor: six digits from an app (RFC 6238, SHA-1, 30 s), or a recovery code that works once.

Our own few lines: the common library tells only that a code fits, not of which step it was, and the step is what must
be kept so that no code is taken twice. The RFC's own test vectors are in tests/test_second_factor.py.

WrongCode    neither the code of now nor an unused recovery code
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

from bot.database import Tx

STEP = 30  # seconds
DIGITS = 6
DRIFT = 1  # steps a telephone's clock may be off, each way
RECOVERY_CODES = 10


class WrongCode(Exception):
    pass


def code_of(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """RFC 4226, 5.3: the dynamic truncation of HMAC-SHA-1."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 0x0F
    return str((int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF) % 10**digits).zfill(digits)


def step_of(secret: bytes, code: str, now: datetime, after: int) -> int | None:
    """The step whose code this is, later than step `after` and within DRIFT of now; every comparison takes as long."""
    current, found = int(now.timestamp()) // STEP, None
    for step in range(current - DRIFT, current + DRIFT + 1):
        if hmac.compare_digest(code_of(secret, step).encode(), code.encode()) and step > after:
            found = step
    return found


def written(secret: bytes) -> str:
    """As people type it into their app."""
    return base64.b32encode(secret).decode().rstrip("=")


def address(secret: bytes, login: str, issuer: str) -> str:
    """The otpauth: link that apps read from a QR code."""
    about = urlencode({"secret": written(secret), "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(f'{issuer}:{login}')}?{about}"


async def is_on(tx: Tx, agent_id: int) -> bool:
    return bool(
        await tx.fetchval("SELECT 1 FROM agent_totp WHERE agent_id = $1 AND confirmed_at IS NOT NULL", agent_id)
    )


async def begin(tx: Tx, agent_id: int) -> bytes:
    """A new secret, asked for only once a code of it has been confirmed; one that is in use stays as it is."""
    return bytes(
        await tx.fetchval(
            """INSERT INTO agent_totp (agent_id, secret) VALUES ($1, $2) ON CONFLICT (agent_id) DO UPDATE
                  SET secret = CASE WHEN agent_totp.confirmed_at IS NULL THEN excluded.secret ELSE agent_totp.secret END
               RETURNING CASE WHEN confirmed_at IS NULL THEN secret ELSE ''::bytea END""",
            agent_id,
            secrets.token_bytes(20),
        )
    )


async def confirm(tx: Tx, agent_id: int, code: str, now: datetime) -> list[str]:
    """The secret has reached the app: from now on it is asked for. The recovery codes, to be shown once."""
    row = await tx.fetchrow(
        "SELECT secret FROM agent_totp WHERE agent_id = $1 AND confirmed_at IS NULL FOR UPDATE", agent_id
    )
    step = step_of(row["secret"], _digits(code), now, 0) if row else None
    if step is None:
        raise WrongCode
    await tx.execute("UPDATE agent_totp SET confirmed_at = now(), last_step = $2 WHERE agent_id = $1", agent_id, step)
    codes = ["-".join(secrets.token_hex(2) for _ in range(4)) for _ in range(RECOVERY_CODES)]
    await tx.execute("DELETE FROM recovery_code WHERE agent_id = $1", agent_id)
    await tx.executemany(
        "INSERT INTO recovery_code (agent_id, code_sha256) VALUES ($1, $2)", [(agent_id, _sha256(one)) for one in codes]
    )
    return codes


async def accept(tx: Tx, agent_id: int, code: str, now: datetime) -> str:
    """How the agent proved the second factor: `code`, `recovery`, or `none` where it is not on. Raises WrongCode."""
    row = await tx.fetchrow(
        "SELECT secret, last_step FROM agent_totp WHERE agent_id = $1 AND confirmed_at IS NOT NULL FOR UPDATE", agent_id
    )
    if row is None:
        return "none"
    step = step_of(row["secret"], _digits(code), now, row["last_step"])
    if step is not None:
        await tx.execute("UPDATE agent_totp SET last_step = $2 WHERE agent_id = $1", agent_id, step)
        return "code"
    used = await tx.fetchval(
        """UPDATE recovery_code SET used_at = now() WHERE agent_id = $1 AND code_sha256 = $2 AND used_at IS NULL
           RETURNING 1""",
        agent_id,
        _sha256(code),
    )
    if not used:
        raise WrongCode
    return "recovery"


async def turn_off(tx: Tx, agent_id: int) -> None:
    await tx.execute("DELETE FROM recovery_code WHERE agent_id = $1", agent_id)
    await tx.execute("DELETE FROM agent_totp WHERE agent_id = $1", agent_id)


async def codes_left(tx: Tx, agent_id: int) -> int:
    return int(
        await tx.fetchval("SELECT count(*) FROM recovery_code WHERE agent_id = $1 AND used_at IS NULL", agent_id)
    )


def _digits(code: str) -> str:
    return "".join(sign for sign in code if sign.isascii() and sign.isdigit()) if len(code) <= 12 else ""


def _sha256(code: str) -> bytes:
    """Recovery codes are random, so a fast hash is enough."""
    plain = "".join(sign for sign in code.lower() if sign.isalnum())
    return hashlib.sha256(plain.encode("utf-8", "replace")).digest()
