"""Settings from the environment, read once; a bad or missing value refuses to start and is named.

SettingsError lists everything that is wrong at once, one line each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

DATA_CLASSES = ("public", "personal", "money")
DEFAULT_POLICY = ";".join(f"{channel}=public,personal,money" for channel in ("telegram", "max", "inapp"))

T = TypeVar("T")


class SettingsError(Exception):
    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class InappKey:
    """A key that signs in-app tokens; the kid it is filed under fixes its algorithm."""

    alg: str  # HS256 or EdDSA
    key: str = field(repr=False)  # shared secret, or a PEM public key


@dataclass(frozen=True)
class Settings:
    database_url: str | None = field(default=None, repr=False)
    data_dir: Path = Path("data")
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    public_url: str = "http://127.0.0.1:8080"
    telegram_token: str | None = field(default=None, repr=False)
    telegram_api_url: str = "https://api.telegram.org"
    telegram_mode: str = "polling"
    telegram_webhook_secret: str | None = field(default=None, repr=False)
    forum_chat: int | None = None  # the group with topics that is a desk as well
    max_token: str | None = field(default=None, repr=False)
    max_api_url: str = "https://platform-api2.max.ru"
    max_webhook_secret: str | None = field(default=None, repr=False)
    channel_policy: Mapping[str, frozenset[str]] = field(default_factory=dict)
    inapp_keys: Mapping[str, InappKey] = field(default_factory=dict)
    inapp_origins: tuple[str, ...] = ()
    faq_dir: Path = Path("faq")
    faq_publish: str = "auto"  # auto: a good edit of the folder is live at once; hand: it waits as a draft
    log_level: str = "INFO"
    log_format: str = "console"
    agent_silence: timedelta = timedelta(seconds=120)
    idle_close: timedelta = timedelta(hours=24)
    idle_warning: timedelta = timedelta(hours=1)  # before the close
    assignment: str = "pull"
    queue_target: timedelta = timedelta(seconds=200)
    queue_limit: timedelta = timedelta(minutes=30)
    audit_keep: timedelta = timedelta(days=365)
    file_limit: int = 10 * 1024 * 1024  # bytes
    files_keep: timedelta = timedelta(days=180)
    unread_webhook_url: str | None = None
    unread_webhook_secret: str | None = field(default=None, repr=False)
    unread_after: timedelta = timedelta(seconds=10)
    backup_dir: Path | None = None
    backup_keep: timedelta = timedelta(days=30)
    metrics_token: str | None = field(default=None, repr=False)
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Irkutsk"))
    trusted_proxies: tuple[str, ...] = ()
    demo: bool = False
    demo_history: bool = False  # months of invented traffic, see bot/demo_history
    demo_password: str = field(default="", repr=False)
    demo_inapp_key: str = field(default="", repr=False)


def read_dotenv(path: Path) -> dict[str, str]:
    """NAME=value lines of a .env file; quotes around a value are dropped, nothing is expanded."""
    if not path.is_file():
        return {}
    pairs = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, found, value = line.strip().partition("=")
        if found and not name.startswith("#"):
            pairs[name.strip().removeprefix("export ")] = value.strip().strip("'\"")
    return pairs


def load(environ: Mapping[str, str], *, demo: bool = False) -> Settings:
    """Raises SettingsError with every problem found."""
    problems: list[str] = []

    def read(name: str, default: str, parse: Callable[[str], T]) -> T:
        raw = environ.get(name, "").strip() or default
        try:
            return parse(raw)
        except ValueError as wrong:
            problems.append(f"{name}: {wrong}")
            return parse(default)

    host = read("HTTP_HOST", "127.0.0.1", str)
    port = read("HTTP_PORT", "8080", _port)
    public_url = read("PUBLIC_URL", f"http://127.0.0.1:{port}", _url)
    token = read("TELEGRAM_TOKEN", "", _token) or None
    mode = read("TELEGRAM_MODE", "polling", _one_of("polling", "webhook"))
    secret = read("TELEGRAM_WEBHOOK_SECRET", "", _secret) or None
    if token and mode == "webhook" and not secret and not problems:
        problems.append(
            "TELEGRAM_WEBHOOK_SECRET: is required when TELEGRAM_MODE=webhook; "
            "without it anybody could post updates. Set 32 or more signs of A-Z a-z 0-9 _ -"
        )
    forum_chat = read("FORUM_CHAT", "", _group)
    if forum_chat and not token and not problems:
        problems.append("FORUM_CHAT: needs TELEGRAM_TOKEN, the bot that writes in that group")
    idle_close = read("IDLE_CLOSE", "24h", _duration)
    usual_warning = f"{max(1, int(min(3600, idle_close.total_seconds() / 2)))}s"
    idle_warning = read("IDLE_WARNING", usual_warning, _duration)
    if idle_warning >= idle_close:
        problems.append("IDLE_WARNING: must be shorter than IDLE_CLOSE, it is how long before that people are warned")
    hook = read("UNREAD_WEBHOOK_URL", "", _hook) or None
    hook_secret = read("UNREAD_WEBHOOK_SECRET", "", _hook_secret) or None
    if hook and not hook_secret and not any(one.startswith("UNREAD_WEBHOOK_SECRET") for one in problems):
        problems.append("UNREAD_WEBHOOK_SECRET: is required with UNREAD_WEBHOOK_URL, it signs what is sent there")
    settings = Settings(
        database_url=read("DATABASE_URL", "", _database_url) or None,
        data_dir=read("DATA_DIR", "data", Path),
        http_host=host,
        http_port=port,
        public_url=public_url,
        telegram_token=token,
        telegram_api_url=read("TELEGRAM_API_URL", "https://api.telegram.org", _url),
        telegram_mode=mode,
        telegram_webhook_secret=secret,
        forum_chat=forum_chat,
        max_token=read("MAX_TOKEN", "", _max_token) or None,
        max_api_url=read("MAX_API_URL", "https://platform-api2.max.ru", _url),
        max_webhook_secret=read("MAX_WEBHOOK_SECRET", "", _max_secret) or None,
        channel_policy=read("CHANNEL_POLICY", DEFAULT_POLICY, _policy),
        inapp_keys=read("INAPP_KEYS", "{}", _keys),
        inapp_origins=read("INAPP_ORIGINS", public_url, _origins),
        faq_dir=read("FAQ_DIR", "faq", _folder),
        faq_publish=read("FAQ_PUBLISH", "auto", _publishing),
        log_level=read("LOG_LEVEL", "INFO", _one_of("DEBUG", "INFO", "WARNING", "ERROR")),
        log_format=read("LOG_FORMAT", "console", _one_of("console", "json")),
        agent_silence=read("AGENT_SILENCE", "120s", _duration),
        idle_close=idle_close,
        idle_warning=idle_warning,
        assignment=read("ASSIGNMENT", "pull", _one_of("pull", "auto")),
        queue_target=read("QUEUE_TARGET", "200s", _duration),
        queue_limit=read("QUEUE_LIMIT", "30m", _duration),
        audit_keep=read("AUDIT_KEEP", "365d", _audit_keep),
        file_limit=read("FILE_LIMIT", "10MB", _megabytes),
        files_keep=read("FILES_KEEP", "180d", _duration),
        unread_webhook_url=hook,
        unread_webhook_secret=hook_secret,
        unread_after=read("UNREAD_AFTER", "10s", _duration),
        # What the demo invents is worth no backup.
        backup_dir=None if demo else read("BACKUP_DIR", "", _maybe_path),
        backup_keep=read("BACKUP_KEEP", "30d", _duration),
        metrics_token=read("METRICS_TOKEN", "", _metrics_token) or None,
        timezone=read("TIMEZONE", "Asia/Irkutsk", _zone),
        trusted_proxies=read("TRUSTED_PROXIES", "", _words),
        demo=demo,
        demo_password=environ.get("DEMO_PASSWORD", ""),
        demo_inapp_key=environ.get("DEMO_INAPP_KEY", ""),
    )
    if problems:
        raise SettingsError(problems)
    return settings


def _port(raw: str) -> int:
    if not raw.isdigit() or not 0 <= int(raw) <= 65535:
        raise ValueError(f"{raw!r} is not a port; give a number from 1 to 65535")
    return int(raw)


def _url(raw: str) -> str:
    parts = urlsplit(raw)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"{raw!r} is not an address; give http://host or https://host")
    return raw.rstrip("/")


def _hook(raw: str) -> str:
    if not raw:
        return raw
    parts = urlsplit(raw)
    inside = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
    if not parts.hostname or parts.username or parts.fragment or not (parts.scheme == "https" or inside):
        raise ValueError("give one https://host/path without a login; http:// is allowed to this machine only")
    return raw


def _hook_secret(raw: str) -> str:
    if raw and not 32 <= len(raw.encode()) <= 256:
        raise ValueError("32 to 256 signs are allowed; the value is not shown")
    return raw


def _database_url(raw: str) -> str:
    if raw and not raw.startswith(("postgresql://", "postgres://")):
        raise ValueError("give postgresql://user:password@host/database; PostgreSQL is the only database")
    return raw


def _token(raw: str) -> str:
    if raw and not re.fullmatch(r"\d{1,19}:[A-Za-z0-9_-]{20,100}", raw):
        raise ValueError("this is not a bot token as BotFather gives it (digits:letters); the value is not shown")
    return raw


def _max_token(raw: str) -> str:
    if raw and not re.fullmatch(r"[A-Za-z0-9_.=:+/-]{16,256}", raw):
        raise ValueError("this is not a bot token as business.max.ru gives it; the value is not shown")
    return raw


def _max_secret(raw: str) -> str:
    if raw and not re.fullmatch(r"[A-Za-z0-9_-]{5,256}", raw):
        raise ValueError("5 to 256 signs of A-Z a-z 0-9 _ - are allowed; the value is not shown")
    return raw


def _metrics_token(raw: str) -> str:
    if raw and not re.fullmatch(r"[A-Za-z0-9_.=:+/~-]{16,256}", raw):
        raise ValueError("16 to 256 signs of A-Z a-z 0-9 _ . = : + / ~ - are allowed; the value is not shown")
    return raw


def _secret(raw: str) -> str:
    if raw and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", raw):
        raise ValueError("1 to 256 signs of A-Z a-z 0-9 _ - are allowed; the value is not shown")
    return raw


def _group(raw: str) -> int | None:
    if raw and not re.fullmatch(r"-100\d{5,15}", raw):
        raise ValueError(f"{raw!r} is not the id of a supergroup; it begins with -100, such as -1001234567890")
    return int(raw) if raw else None


def _one_of(*allowed: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw not in allowed:
            raise ValueError(f"{raw!r} is not one of {', '.join(allowed)}")
        return raw

    return parse


def _folder(raw: str) -> Path:
    if not Path(raw).is_dir():
        raise ValueError(f"folder {raw!r} does not exist")
    return Path(raw)


def _maybe_path(raw: str) -> Path | None:
    return Path(raw) if raw else None


def _publishing(raw: str) -> str:
    if raw not in ("auto", "hand"):
        raise ValueError("must be auto or hand")
    return raw


def _words(raw: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in raw.split(",") if word.strip())


def _origins(raw: str) -> tuple[str, ...]:
    origins = _words(raw)
    for origin in origins:
        if urlsplit(origin).path not in ("", "/"):
            raise ValueError(f"{origin!r} is not an origin; give https://host without a path")
    return tuple(_url(origin) for origin in origins)


def _duration(raw: str) -> timedelta:
    found = re.fullmatch(r"(\d+)\s*(s|m|h|d)", raw)
    if not found or int(found[1]) == 0:
        raise ValueError(f"{raw!r} is not a duration; give a number with s, m, h or d, such as 120s or 24h")
    unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[found[2]]
    return timedelta(**{unit: int(found[1])})


def _audit_keep(raw: str) -> timedelta:
    if _duration(raw) < timedelta(days=30):
        raise ValueError(f"{raw!r} is less than 30d; the table gives up nothing younger")
    return _duration(raw)


def _megabytes(raw: str) -> int:
    found = re.fullmatch(r"(\d{1,3})\s*MB", raw)
    if not found or not 1 <= int(found[1]) <= 20:
        raise ValueError(f"{raw!r} is not a size; give a number from 1 to 20 with MB, such as 10MB")
    return int(found[1]) * 1024 * 1024


def _zone(raw: str) -> ZoneInfo:
    try:
        return ZoneInfo(raw)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{raw!r} is not a time zone; give a name such as Asia/Irkutsk") from None


def _policy(raw: str) -> Mapping[str, frozenset[str]]:
    policy: dict[str, frozenset[str]] = {}
    for part in raw.split(";"):
        channel, found, classes = part.strip().partition("=")
        named = frozenset(_words(classes))
        if not found or not named <= set(DATA_CLASSES):
            raise ValueError(f"{part!r} is not channel=class,class with classes of {', '.join(DATA_CLASSES)}")
        policy[channel.strip()] = named
    return policy


def _keys(raw: str) -> Mapping[str, InappKey]:
    try:
        given = json.loads(raw)
        keys = {str(kid): InappKey(alg=one["alg"], key=one["key"]) for kid, one in given.items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ValueError('give a JSON map such as {"app1":{"alg":"HS256","key":"..."}}') from None
    if "visitor" in keys:
        raise ValueError("kid 'visitor' is taken: we sign visitors' tokens under it; choose another")
    for kid, one in keys.items():
        if one.alg not in ("HS256", "EdDSA"):
            raise ValueError(f"key {kid!r}: alg is HS256 or EdDSA")
        if one.alg == "HS256" and len(one.key.encode()) < 32:
            raise ValueError(f"key {kid!r}: an HS256 key has at least 32 bytes")
    return keys
