"""Who is asking: in-app tokens, agents' session cookies, and which origins may ask. The one audited place.

BadToken      the in-app token is missing, forged, too old or too long-lived
"""

from __future__ import annotations

import hmac
import re
import warnings
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import jwt
from aiohttp import web
from aiohttp.typedefs import Middleware

from bot import visitors
from bot.config import InappKey, Settings
from bot.messages import LANGUAGES
from handlers.errors import ApiError, Handler

LEEWAY = timedelta(seconds=60)  # clocks of the operator's backend and ours
LONGEST = timedelta(minutes=10)
TOKEN_LIMIT = 4096
SESSION_LASTS = timedelta(hours=12)
DEMO_KID = "demo"
_VISITOR = re.compile(rf"{visitors.PREFIX}[A-Za-z0-9_-]{{22}}")
_SUBSCRIBER = re.compile(r"\+[1-9]\d{6,14}")
_FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_BY_TOKEN = frozenset(
    {f"/api/v1/{name}" for name in ("send", "read", "events", "files", "link", "visitor", "visitor/join")}
)  # no cookie means anything there

# Secrets are checked for length when the settings are read; PyJWT would warn at every message.
warnings.filterwarnings("ignore", category=jwt.InsecureKeyLengthWarning)


class BadToken(Exception):
    pass


@dataclass(frozen=True)
class Caller:
    """The subscriber that a valid token names."""

    subscriber: str  # E.164; of a visitor, the name we made up
    expires: datetime
    language: str | None = None
    name: str | None = None

    @property
    def known(self) -> bool:
        """Signed in; a visitor is not."""
        return not visitors.is_visitor(self.subscriber)

    @property
    def phone(self) -> str | None:
        return self.subscriber if self.known else None


def caller_of(token: str, settings: Settings, now: datetime) -> Caller:
    """Check an in-app JWT: the kid picks the key and fixes its algorithm. Raises BadToken."""
    claims, kid = _verified(token, settings)
    try:
        expires, issued = (_moment(claims[name], now) for name in ("exp", "iat"))
        starts = _moment(claims.get("nbf", 0), now)
    except (KeyError, ValueError, OverflowError, OSError):
        raise BadToken("claims") from None
    if expires <= now - LEEWAY or issued > now + LEEWAY or starts > now + LEEWAY:
        raise BadToken("time")
    longest, names = (visitors.LASTS, _VISITOR) if kid == visitors.KID else (LONGEST, _SUBSCRIBER)
    if expires > now + longest + LEEWAY or expires - issued > longest:
        raise BadToken("lives too long")
    subscriber = claims.get("sub")
    if not isinstance(subscriber, str) or not names.fullmatch(subscriber):
        raise BadToken("sub")
    return Caller(subscriber, expires, _language(claims.get("lang")), _name(claims.get("name")))


def bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def check_reads_metrics(request: web.Request, settings: Settings) -> None:
    """Who shows METRICS_TOKEN; where none is set, whoever asks from this machine and for nobody else.

    A proxy beside us asks from this machine too, but for others, and says so. Raises ApiError.
    """
    if settings.metrics_token is not None:
        if not hmac.compare_digest(bearer(request).encode(), settings.metrics_token.encode()):
            raise ApiError(401, "unauthorized")
    elif any(name in request.headers for name in _FORWARDED) or not _is_here(request.remote):
        raise ApiError(403, "forbidden")


def _is_here(peer: str | None) -> bool:
    try:
        address = ip_address((peer or "").partition("%")[0])
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def sign_demo(settings: Settings, subscriber: str, now: datetime, *, language: str, name: str = "") -> str:
    """What the operator's backend would sign for its app; five minutes, so that the demo shows a renewal."""
    claims: dict[str, Any] = {"sub": subscriber, "iat": now, "exp": now + timedelta(minutes=5), "lang": language}
    if name:
        claims["name"] = name
    key = settings.inapp_keys[DEMO_KID]
    return jwt.encode(claims, key.key, algorithm=key.alg, headers={"kid": DEMO_KID})


def sign_visitor(settings: Settings, address: str, now: datetime) -> str:
    """Our own word that this is the visitor of that name; it opens public answers and their own chat, nothing else."""
    key = settings.inapp_keys[visitors.KID]
    claims = {"sub": address, "iat": now, "exp": now + visitors.LASTS}
    return jwt.encode(claims, key.key, algorithm=key.alg, headers={"kid": visitors.KID})


def _verified(token: str, settings: Settings) -> tuple[dict[str, Any], str]:
    """The claims, and the kid of the key that signed them."""
    if not token or len(token) > TOKEN_LIMIT:
        raise BadToken("no token")
    try:
        header = jwt.get_unverified_header(token)
        kid = str(header.get("kid"))
        key = settings.inapp_keys.get(kid)
        if key is None or header.get("alg") != key.alg or "crit" in header:
            raise BadToken("key")
        return _decode(token, key), kid
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise BadToken("signature") from None


def _decode(token: str, key: InappKey) -> dict[str, Any]:
    # Times are compared above, against our own clock; an audience is not part of the contract.
    skip = {f"verify_{claim}": False for claim in ("exp", "iat", "nbf", "aud", "iss", "sub", "jti")}
    options: Any = {"verify_signature": True, **skip}
    claims: dict[str, Any] = jwt.decode(token, key.key, algorithms=[key.alg], options=options)
    return claims


def _moment(value: object, now: datetime) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("not a time")
    return datetime.fromtimestamp(value, now.tzinfo)


def _language(value: object) -> str | None:
    tag = value.lower().replace("_", "-").partition("-")[0] if isinstance(value, str) else ""
    return tag if tag in LANGUAGES else None


def _name(value: object) -> str | None:
    text = " ".join(value.split())[:64] if isinstance(value, str) else ""
    return "".join(sign for sign in text if sign.isprintable()) or None


def secure(settings: Settings) -> bool:
    return settings.public_url.startswith("https://")


def cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to https, this host and the root path; plain http (the demo) cannot have it."""
    return "__Host-sid" if secure(settings) else "sid"


def session_token(request: web.Request, settings: Settings) -> str:
    return request.cookies.get(cookie_name(settings), "")


def start_session(response: web.StreamResponse, settings: Settings, token: str) -> None:
    response.set_cookie(
        cookie_name(settings),
        token,
        max_age=int(SESSION_LASTS.total_seconds()),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=secure(settings),
    )


def end_session(response: web.StreamResponse, settings: Settings) -> None:
    response.del_cookie(cookie_name(settings), path="/", httponly=True, samesite="Lax", secure=secure(settings))


def own_origin(request: web.Request, settings: Settings) -> bool:
    """The page that asks is ours: Origin is PUBLIC_URL's, or the very host that was asked."""
    own = origin_of(settings.public_url)
    return request.headers.get("Origin") in (own, f"{urlsplit(own).scheme}://{request.host}")


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def check_app_origin(request: web.Request, settings: Settings) -> None:
    """A browser page of a foreign origin is refused; an app without a browser sends no Origin. Raises ApiError 403."""
    origin = request.headers.get("Origin")
    if origin is not None and not own_origin(request, settings) and origin not in settings.inapp_origins:
        raise ApiError(403, "foreign_origin")


def check_own_page(request: web.Request, settings: Settings) -> None:
    """For whatever a cookie authorises: Sec-Fetch-Site same-origin, or an Origin of ours. Raises ApiError 403."""
    site = request.headers.get("Sec-Fetch-Site")
    if not (site == "same-origin" or (site is None and own_origin(request, settings))):
        raise ApiError(403, "foreign_origin")


def check_socket_origin(request: web.Request, settings: Settings) -> None:
    """A socket that a cookie authorises: browsers always name the Origin, it must be ours. Raises ApiError 403."""
    if not own_origin(request, settings):
        raise ApiError(403, "foreign_origin")


def refuse_foreign_writes(settings: Settings) -> Middleware:
    """No unsafe method under /api/ for a page of a foreign origin; where a cookie authorises, for nobody unnamed."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method not in _SAFE and request.path.startswith("/api/"):
            if request.path in _BY_TOKEN:
                check_app_origin(request, settings)
            else:
                check_own_page(request, settings)
        return await handler(request)

    return middleware
