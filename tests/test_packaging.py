"""What surrounds the code: the image, the compose file, the settings' example, the lock files, the CI script."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from bot import config

PROJECT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-test.lock")
# What the application never reads: compose.yaml's own, and the embedded server's.
NOT_SETTINGS = {"POSTGRES_PASSWORD", "PG_BIN"}
# Fixed by the image or left to development.
NOT_IN_COMPOSE = {"DEMO_PASSWORD", "DEMO_INAPP_KEY"}


# Shown with an example; every other value shown is the default.
WITHOUT_DEFAULT = {
    "BACKUP_DIR",
    "DATABASE_URL",
    "TELEGRAM_TOKEN",
    "TELEGRAM_WEBHOOK_SECRET",
    "FORUM_CHAT",
    "MAX_TOKEN",
    "MAX_WEBHOOK_SECRET",
    "METRICS_TOKEN",
    "INAPP_KEYS",
    "TRUSTED_PROXIES",
    "UNREAD_WEBHOOK_URL",
    "UNREAD_WEBHOOK_SECRET",
}


class Asked(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.names.add(key)
        return default


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names that the application reads."""
    monkeypatch.chdir(PROJECT)
    asked = Asked()
    config.load(asked)
    return asked.names


@cache
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text("compose.yaml"))
    return found


def text(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def example() -> dict[str, str]:
    """Every assignment of .env.example, the commented ones too."""
    return dict(re.findall(r"^#?([A-Z][A-Z_]+)=(.*)$", text(".env.example"), re.M))


def locked(name: str) -> dict[str, str]:
    """Package -> version of a lock file."""
    return dict(re.findall(r"^([a-z0-9][a-z0-9.-]*)==(\S+)", text(name), re.M))


def required() -> tuple[list[Requirement], list[Requirement]]:
    declared = tomllib.loads(text("pyproject.toml"))
    lists = (declared["project"]["dependencies"], declared["dependency-groups"]["test"])
    return tuple([Requirement(one) for one in names] for names in lists)  # type: ignore[return-value]


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    found = subprocess.run([hadolint, "--no-color", PROJECT / "Dockerfile"], capture_output=True, text=True)
    assert (found.stdout + found.stderr, found.returncode) == ("", 0)


def test_everything_the_dockerfile_copies_exists_and_is_sent_to_the_build() -> None:
    sources = re.findall(r"^COPY (?!--from)(\S+) \S+$", text("Dockerfile"), re.M)
    sent = re.findall(r"^!(\S+)$", text(".dockerignore"), re.M)
    assert sources
    assert all((PROJECT / source).exists() for source in sources)
    assert sorted(sent) == sorted(sources)
    assert "*" in text(".dockerignore").splitlines()
    assert not any(fnmatch(name, one) for name in (".env", "data", ".venv", "tests", ".git") for one in sent)


def test_the_image_runs_as_nobody_special_under_an_init_and_carries_no_build_tools() -> None:
    final = text("Dockerfile").rpartition("\nFROM ")[2]
    assert re.search(r"^USER [1-9]\d*$", final, re.M)
    assert "tini" in final.partition("ENTRYPOINT")[2]
    assert "HEALTHCHECK" in final
    assert "/healthz" in final
    assert 'CMD ["python", "-m", "bot", "run"]' in final
    assert not re.search(r"\b(gcc|build-essential|make|pip)\b", final)


def test_compose_knows_every_setting_and_invents_none(settings: set[str]) -> None:
    assert set(compose()["services"]["bot"]["environment"]) == settings - NOT_IN_COMPOSE
    used = set(re.findall(r"\$\{(\w+)", text("compose.yaml")))
    assert used <= set(example())


def test_compose_upgrades_the_schema_before_it_runs_and_gives_both_time_to_stop() -> None:
    services = compose()["services"]
    assert services["upgrade"]["command"] == ["python", "-m", "bot", "db", "upgrade"]
    assert services["bot"]["depends_on"]["upgrade"] == {"condition": "service_completed_successfully"}
    assert services["upgrade"]["depends_on"]["database"] == {"condition": "service_healthy"}
    assert "pg_isready" in services["database"]["healthcheck"]["test"]
    assert all(services[name]["stop_grace_period"] == "30s" for name in ("bot", "database"))
    mounted = {one.split(":")[0] for service in services.values() for one in service.get("volumes", ())}
    assert set(compose()["volumes"]) == {name for name in mounted if not name.startswith(".")}


def test_no_secret_stands_in_compose() -> None:
    for service in compose()["services"].values():
        for name, value in service["environment"].items():
            if re.search("PASSWORD|TOKEN|SECRET|KEYS|URL", name):
                assert value is None or "${POSTGRES_PASSWORD:?" in value, name


def test_the_example_names_every_setting_with_a_comment_and_none_that_is_unknown(settings: set[str]) -> None:
    assert set(example()) == settings | NOT_SETTINGS
    lines = text(".env.example").splitlines()
    for before, line in pairwise(lines):
        if re.match(r"#?[A-Z][A-Z_]+=", line):
            assert re.match(r"# \S.*\.$", before), f"no comment above {line}"


def test_every_value_of_the_example_is_accepted_and_the_file_itself_sets_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(PROJECT)
    assert config.read_dotenv(PROJECT / ".env.example") == {}
    uncommented = tmp_path / ".env"
    uncommented.write_text(re.sub(r"^#(?=[A-Z][A-Z_]+=)", "", text(".env.example"), flags=re.M))
    given = config.read_dotenv(uncommented)
    assert config.load(given).inapp_keys["app1"].alg == "HS256"
    assert config.load({name: value for name, value in given.items() if name not in WITHOUT_DEFAULT}) == config.load({})


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_pins_every_package_by_hash_and_names_no_index(name: str) -> None:
    blocks = re.split(r"\n(?=\S)", text(name).strip())
    assert len(blocks) > 20
    for block in blocks:
        assert re.match(r"[a-z0-9][a-z0-9.-]*==\S+( ; .+)? \\\n", block), block[:80]
        assert "--hash=sha256:" in block
    assert not re.search(r"https?://|--index|--extra-index|--find-links|file:", text(name))


def test_every_dependency_is_locked_at_a_version_it_allows() -> None:
    runtime, test = required()
    for needed, lock in ((runtime, LOCKS[0]), (runtime + test, LOCKS[1])):
        versions = locked(lock)
        for one in needed:
            assert one.specifier.contains(versions[one.name.lower()]), f"{one} against {lock}"


def test_both_locks_agree_and_production_installs_no_test_tools() -> None:
    runtime, test = locked(LOCKS[0]), locked(LOCKS[1])
    assert runtime.items() <= test.items()
    assert not {one.name for one in required()[1]} & set(runtime)


def test_the_ci_script_is_sound_and_runs_what_the_readme_promises() -> None:
    script = PROJECT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", script], check=True)
    assert re.search(r"\bmake test$", script.read_text(), re.M)
    for target in ("demo", "install", "test", "check"):
        subprocess.run(["make", "--dry-run", target], cwd=PROJECT, check=True, capture_output=True)
