"""One structured line per event; phone numbers are masked and tokens never appear, whatever is logged."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime

# A phone: + and 10-15 digits, or a Russian number written as 8xxxxxxxxxx or 7xxxxxxxxxx.
_PHONE = re.compile(r"\+\d{7,12}(\d{2})(?!\d)|(?<![\d.\-])[78]9\d{7}(\d{2})(?!\d)")
# A bot token, also inside an address; a JWT; a bearer header.
_SECRET = re.compile(r"\d{5,19}:[A-Za-z0-9_-]{20,}|eyJ[\w-]+\.[\w-]+\.[\w-]*|(?<=Bearer )\S+")
_OWN = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime", "taskName"}


def mask(text: str) -> str:
    """The text without secrets and with phone numbers cut to their last two digits."""
    return _PHONE.sub(lambda m: "+*" + (m[1] or m[2]), _SECRET.sub("[secret]", text))


class _Lines(logging.Formatter):
    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        about = {k: v for k, v in record.__dict__.items() if k not in _OWN}
        cause = self.formatException(record.exc_info) if record.exc_info else ""
        if self._as_json:
            line = {
                "at": at,
                "level": record.levelname,
                "where": record.name,
                "event": record.getMessage(),
                **about,
            }
            if cause:
                line["cause"] = cause
            return mask(json.dumps(line, ensure_ascii=False, default=str))
        said = " ".join(f"{k}={json.dumps(v, ensure_ascii=False, default=str)}" for k, v in about.items())
        text = f"{at} {record.levelname:7} {record.name}: {record.getMessage()} {said}".rstrip()
        # A line break inside a value must not forge a second line.
        text = text.replace("\r", "\\r").replace("\n", "\\n")
        return mask(text + ("\n" + cause if cause else ""))


def configure(level: str, form: str) -> None:
    """Send everything to stderr in our form, libraries' own lines included."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(as_json=form == "json"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("aiogram", "aiohttp.access", "asyncio", "alembic"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
