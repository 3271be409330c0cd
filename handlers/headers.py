"""Response headers that keep a browser on our side: content policy, framing, sniffing, what a page may use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import urlsplit

from aiohttp import web

from bot.config import Settings
from handlers.auth import secure

# The same for everybody and never a document of their own: what governs documents would be 10 KiB for nothing.
PARTS = frozenset({"text/javascript", "text/css"})
# What answers that are no page may do in a browser: nothing.
INERT = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def page_policy(settings: Settings, ancestors: Iterable[str] = ()) -> str:
    """A page runs our own files only; `ancestors` are the origins that may frame it, by default nobody."""
    own = urlsplit(settings.public_url)
    socket = f"{'wss' if own.scheme == 'https' else 'ws'}://{own.netloc}"
    framed_by = " ".join(ancestors) or "'none'"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            # Attachments are fetched with a token or session and shown from memory.
            "media-src blob:",
            "manifest-src 'self'",
            # Safari before 15.4 does not count our own sockets as 'self'.
            f"connect-src 'self' {socket}",
            "frame-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            f"frame-ancestors {framed_by}",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def guard(settings: Settings) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """For app.on_response_prepare: every answer gets the headers, whoever made it; a page's own stay."""

    async def add(request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers["Server"] = "bot"  # no version for the curious
        if response.content_type in PARTS:
            return
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Content-Security-Policy", INERT)
        if "frame-ancestors 'none'" in headers["Content-Security-Policy"]:
            headers.setdefault("X-Frame-Options", "DENY")
            headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Referrer-Policy", "no-referrer")
        headers.setdefault("Permissions-Policy", "camera=(), microphone=(), payment=(), usb=(), geolocation=()")
        if secure(settings):
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.path.startswith("/api/"):
            headers.setdefault("Cache-Control", "no-store")

    return add
