"""Links into the app's chat that open at one answer: signed, short-lived, and without a word about the person.

What a channel may not carry (CHANNEL_POLICY) goes this way: the link names the topic and its argument, the app says who
asks, and the app's chat then asks it as if the person had pressed a button there.

BadLink      not ours, or changed on the way
└── OldLink  it was ours and is over
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from bot.messages import Choice
from faq.entry import Catalogue

LASTS = timedelta(hours=1)
LONGEST = 400  # characters of a token
_SIGNATURE = 16  # bytes
_INVITATION = re.compile(r"[A-Za-z0-9_-]{22}")  # 128 bits


class BadLink(Exception):
    pass


class OldLink(BadLink):
    pass


def is_invitation(payload: str) -> bool:
    """May this be the secret of a one-time link from the app into a messenger? See linking.py."""
    return _INVITATION.fullmatch(payload) is not None


@dataclass(frozen=True)
class AppLinks:
    """Makes and reads the links; `public_url` is where the app's chat lives."""

    key: bytes
    public_url: str

    def to(self, entry: str, argument: str, now: datetime) -> str:
        """The address that opens at the answer of this entry."""
        payload = f"{int((now + LASTS).timestamp())}:{entry}:{argument}".encode()
        return f"{self.public_url}/chat?ask={_text(payload)}.{_text(self._sign(payload))}"

    def pressed(self, token: str, catalogue: Catalogue, language: str, now: datetime) -> Choice:
        """The button that the link stands for. Raises BadLink, OldLink."""
        payload, _, signature = token.partition(".")
        if len(token) > LONGEST or not hmac.compare_digest(self._sign(_bytes(payload)), _bytes(signature)):
            raise BadLink
        until, entry, argument = _bytes(payload).decode().split(":", 2)
        if datetime.fromtimestamp(int(until), UTC) < now:
            raise OldLink
        known = catalogue.entries.get(entry)
        if known is None:  # the editors have removed it since
            raise OldLink
        label = known.button.get(language) or known.title.get(language) or known.title["ru"]
        return Choice(label, f"go:{entry}:{argument}" if argument else f"go:{entry}")

    def _sign(self, payload: bytes) -> bytes:
        return hmac.digest(self.key, b"ask:" + payload, sha256)[:_SIGNATURE]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (binascii.Error, UnicodeEncodeError):
        raise BadLink from None
