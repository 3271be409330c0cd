"""Whoever watches the product from outside: every name in the alerts and on the dashboard is one it exports."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import yaml

from bot.running.vitals import Vitals
from faq.knowledge import Knowledge
from tests.world import World, a_world

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "monitoring"
# What the Python client and Prometheus itself add.
GIVEN = {"up", "process_start_time_seconds", "process_resident_memory_bytes", "process_cpu_seconds_total"}
_NAME = re.compile(r"\b(?:bot|process)_[a-z_]+\b|\bup\b(?=\{)")
_LABELS = re.compile(r"(bot_[a-z_]+)\{([^}]*)\}")


def _asked() -> dict[str, str]:
    """Every expression by where it stands."""
    rules = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"][0]["rules"]
    found = {rule["alert"]: rule["expr"] for rule in rules}
    panels = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
    return found | {
        f"{panel['title']} {target['refId']}": target["expr"] for panel in panels for target in panel["targets"]
    }


async def test_the_alerts_and_the_dashboard_name_only_what_is_exported(world: World) -> None:
    subscriber = world.subscriber("anna", "telegram")
    await subscriber.says("позовите человека")
    await subscriber.hears("специалист")
    await world.agent("anna")
    await Vitals(world.bot, None).look()
    async with world.session().get("/metrics") as answer:
        exported = await answer.text()
    families = set(re.findall(r"^# TYPE (\S+)", exported, re.M))
    samples = set(re.findall(r"^([a-z_]+)", exported, re.M))
    asked = _asked()
    assert len(asked) > 35
    for where, expression in asked.items():
        names = set(_NAME.findall(expression))
        assert names, where
        for name in names - GIVEN:
            family = re.sub(r"_(bucket|count|sum)$", "", name)
            assert name in samples or family in families, f"{where}: {name}"
        for name, labels in _LABELS.findall(expression):
            for label, value in re.findall(r'(\w+)="([^"]+)"', labels):
                if value in ("unauthorized", "in_doubt"):  # there once it has happened
                    continue
                family = re.sub(r"_bucket$", "", name)
                assert re.search(rf'^{family}\w*\{{[^}}]*{label}="{re.escape(value)}"', exported, re.M), (where, value)
    assert 'bot_agents_online{line="ru"} 1.0' in exported
    assert 'bot_line_open{line="ru"} 1.0' in exported
    assert "bot_postgres_version 18" in exported


async def test_figures_are_read_with_the_token_or_without_one_on_this_machine_only(
    fresh_dsn: str, knowledge: Knowledge
) -> None:
    async def status(world: World, **headers: str) -> int:
        async with world.session().get("/metrics", headers=headers) as answer:
            return answer.status

    async with a_world(fresh_dsn, knowledge, telegram=False) as world:
        assert await status(world) == 200
        for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
            assert await status(world, **{name: "127.0.0.1"}) == 403, "a proxy on this machine asks for others"
        world.bot.settings = replace(world.bot.settings, metrics_token="m" * 20)
        assert await status(world) == 401
        for wrong in ("Bearer " + "m" * 19, "Basic " + "m" * 20, "Bearer мммм"):
            assert await status(world, Authorization=wrong) == 401
        through_proxy = {"Authorization": "Bearer " + "m" * 20, "X-Forwarded-For": "203.0.113.7"}
        assert await status(world, **through_proxy) == 200


def test_every_alert_says_what_it_means_and_how_urgent_it_is() -> None:
    rules = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"][0]["rules"]
    for rule in rules:
        assert rule["labels"]["severity"] in ("page", "ticket"), rule["alert"]
        assert rule["annotations"]["summary"].endswith("."), rule["alert"]
    assert len({rule["alert"] for rule in rules}) == len(rules)
