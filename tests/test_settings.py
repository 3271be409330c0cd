"""Settings: a bad one refuses to start and is named; secrets stay out of sight; logs mask people."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from bot import config, log

ROOT = Path(__file__).resolve().parent.parent
GOOD = {"FAQ_DIR": str(ROOT / "faq")}


def test_the_defaults_are_those_of_the_documentation() -> None:
    settings = config.load(GOOD)
    assert (settings.http_host, settings.http_port, settings.telegram_mode) == ("127.0.0.1", 8080, "polling")
    assert settings.agent_silence.total_seconds() == 120
    assert settings.idle_close.total_seconds() == 24 * 3600
    assert settings.queue_target.total_seconds() == 200
    assert settings.channel_policy["telegram"] == {"public", "personal", "money"}
    assert settings.inapp_origins == (settings.public_url,)


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("HTTP_PORT", "eighty", "port"),
        ("HTTP_PORT", "99999", "port"),
        ("PUBLIC_URL", "chat.example", "https://host"),
        ("DATABASE_URL", "sqlite:///x.db", "postgresql://"),
        ("TELEGRAM_TOKEN", "not-a-token", "BotFather"),
        ("TELEGRAM_MODE", "smoke", "polling, webhook"),
        ("TELEGRAM_WEBHOOK_SECRET", "секрет", "A-Z a-z 0-9"),
        ("CHANNEL_POLICY", "telegram=gossip", "public, personal, money"),
        ("INAPP_KEYS", "[]", "JSON map"),
        ("INAPP_KEYS", '{"k":{"alg":"none","key":"x"}}', "HS256 or EdDSA"),
        ("INAPP_KEYS", '{"k":{"alg":"HS256","key":"short"}}', "32 bytes"),
        ("INAPP_ORIGINS", "https://a.example/path", "without a path"),
        ("FAQ_DIR", "/nowhere", "does not exist"),
        ("AGENT_SILENCE", "soon", "120s or 24h"),
        ("IDLE_CLOSE", "0s", "duration"),
        ("FILE_LIMIT", "25MB", "1 to 20"),
        ("FORUM_CHAT", "-12345", "-100"),
        ("FORUM_CHAT", "-1001234567890", "needs TELEGRAM_TOKEN"),
        ("FILES_KEEP", "for ever", "120s or 24h"),
        ("BACKUP_KEEP", "a month", "120s or 24h"),
        ("UNREAD_WEBHOOK_URL", "http://backend.example/unread", "https://host"),
        ("UNREAD_WEBHOOK_URL", "https://user:word@backend.example/unread", "without a login"),
        ("UNREAD_WEBHOOK_SECRET", "short", "32 to 256"),
        ("METRICS_TOKEN", "short", "16 to 256"),
        ("TIMEZONE", "Irkutsk", "time zone"),
        ("LOG_LEVEL", "loud", "DEBUG"),
    ],
)
def test_a_bad_setting_is_named_with_how_to_mend_it(name: str, value: str, hint: str) -> None:
    with pytest.raises(config.SettingsError) as refused:
        config.load({**GOOD, name: value})
    assert any(problem.startswith(name) and hint in problem for problem in refused.value.problems)


def test_a_webhook_without_a_secret_is_refused_and_one_on_this_machine_needs_no_tls() -> None:
    hook = {**GOOD, "UNREAD_WEBHOOK_URL": "http://127.0.0.1:9000/unread"}
    with pytest.raises(config.SettingsError, match="UNREAD_WEBHOOK_SECRET: is required"):
        config.load(hook)
    settings = config.load({**hook, "UNREAD_WEBHOOK_SECRET": "s" * 32})
    assert (settings.unread_webhook_url, settings.unread_after.total_seconds()) == (hook["UNREAD_WEBHOOK_URL"], 10)
    assert "s" * 32 not in repr(settings)


def test_the_demo_keeps_no_backups() -> None:
    given = {**GOOD, "BACKUP_DIR": "/backups"}
    assert (config.load(given).backup_dir, config.load(given, demo=True).backup_dir) == (Path("/backups"), None)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(config.SettingsError) as refused:
        config.load({**GOOD, "HTTP_PORT": "x", "TIMEZONE": "x", "LOG_FORMAT": "x"})
    assert len(refused.value.problems) == 3


def test_webhook_mode_without_a_secret_does_not_start() -> None:
    given = {**GOOD, "TELEGRAM_TOKEN": "123456:" + "a" * 35, "TELEGRAM_MODE": "webhook"}
    with pytest.raises(config.SettingsError, match="TELEGRAM_WEBHOOK_SECRET"):
        config.load(given)
    assert config.load({**given, "TELEGRAM_WEBHOOK_SECRET": "s" * 40}).telegram_mode == "webhook"


def test_secrets_are_neither_in_a_refusal_nor_in_a_printed_setting() -> None:
    token = "123456:" + "Zq" * 18
    shown = repr(config.load({**GOOD, "TELEGRAM_TOKEN": token, "DATABASE_URL": "postgresql://u:geheim@h/d"}))
    assert token not in shown
    assert "geheim" not in shown
    with pytest.raises(config.SettingsError) as refused:
        config.load({**GOOD, "TELEGRAM_TOKEN": "geheim!"})
    assert "geheim" not in str(refused.value)


def test_dotenv_is_read_without_expanding_anything(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# note\nHTTP_PORT='81'\nexport LOG_LEVEL=DEBUG\nPUBLIC_URL=$HOME\n\nrubbish\n", encoding="utf-8")
    assert config.read_dotenv(file) == {"HTTP_PORT": "81", "LOG_LEVEL": "DEBUG", "PUBLIC_URL": "$HOME"}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("звонил +79000000001 вчера", "01"),
        ("номер 89000000001", "01"),
        ("79000000001", "01"),
        ("https://api.telegram.org/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe", "getMe"),
        ("Authorization: Bearer abcdef.ghijk", "Bearer"),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIrNzkwMDAwMDAwMDEifQ.sgn here", "here"),
    ],
)
def test_logs_mask_phones_and_secrets(said: str, kept: str) -> None:
    line = log.mask(said)
    assert kept in line
    assert "9000000001" not in line
    assert "AAHdqTcvCH1v" not in line
    assert "abcdef.ghijk" not in line
    assert "eyJ" not in line


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_line_break_in_a_value_forges_no_second_line(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers[:]
    log.configure("INFO", form)
    try:
        logging.getLogger("test").info("said", extra={"name_": "Анна\n2026-01-01 ERROR forged +79000000001"})
    finally:
        logging.getLogger().handlers[:] = before
    lines = capsys.readouterr().err.strip().split("\n")
    assert len(lines) == 1
    assert "9000000001" not in lines[0]
    if form == "json":
        assert json.loads(lines[0])["event"] == "said"


def test_ordinary_numbers_are_not_taken_for_phones() -> None:
    for plain in (
        "inbox=1234567",
        "2026-11-22T20:01:37.769+00:00",
        "ms=12.5",
        "id 550e8400-e29b-41d4-a716-446655440000",
    ):
        assert log.mask(plain) == plain
