"""Whole conversations, as YAML, each replayed through Telegram and through the in-app chat."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from faq.knowledge import Knowledge
from tests import samples
from tests.world import AtDesk, Bubble, Subscriber, World

FOLDER = Path(__file__).parent / "dialogues"
CHANNELS = ("telegram", "inapp")


@dataclass(frozen=True)
class Dialogue:
    """`steps` are single-key mappings, an optional `hears`/`buttons`/`not` beside the deed; see dialogues/README.md."""

    name: str
    who: str
    channel: str
    steps: list[dict[str, Any]]
    linked: bool
    agents: list[str]


def dialogues() -> Iterator[Dialogue]:
    for path in sorted(FOLDER.glob("*.yaml")):
        for one in yaml.safe_load(path.read_text(encoding="utf-8")):
            for channel in one.get("channels", CHANNELS):
                yield Dialogue(
                    f"{path.stem}: {one['title']} [{channel}]",
                    one.get("who", "anna"),
                    channel,
                    one["steps"],
                    one.get("linked", True),
                    one.get("agents", []),
                )


class Stage:
    """Plays one dialogue."""

    def __init__(self, world: World, subscriber: Subscriber) -> None:
        self.world, self.subscriber = world, subscriber
        self.agents: dict[str, AtDesk] = {}
        self.conversation = 0

    async def play(self, step: dict[str, Any]) -> None:
        deed, what = next((key, step[key]) for key in step if key in DEEDS)
        await DEEDS[deed](self, what)
        if "hears" in step:
            bubble = await self.subscriber.hears(step["hears"])
            self.check(step, bubble)
        if "then" in step:
            await self.subscriber.hears(step["then"])

    def check(self, step: dict[str, Any], bubble: Bubble) -> None:
        for label in step.get("buttons", []):
            assert label in bubble.labels, f"no button {label!r} under {bubble.text!r}, there are {bubble.labels}"
        if unwanted := step.get("not"):
            assert not re.search(unwanted, bubble.text), f"{unwanted!r} must not stand in {bubble.text!r}"

    async def says(self, text: str) -> None:
        await self.subscriber.says(text)

    async def presses(self, label: str) -> None:
        await self.subscriber.presses(label)

    async def links(self, _: object) -> None:
        await self.subscriber.links()

    async def pins(self, where: list[float]) -> None:
        await self.subscriber.pins(*where)

    async def shows(self, caption: str) -> None:
        await self.subscriber.shows(samples.photo(), caption)

    async def agent_sees(self, login: str) -> None:
        """Opens every file of the chat, pictures as pictures."""
        pack = await self.agents[login].reads(self.conversation)
        shown = [file for event in pack["events"] for file in event["body"].get("files", [])]
        assert shown, pack["events"]
        for file in shown:
            status, content = await self.agents[login].opens(file["id"])
            assert (status, content[:2]) == (200, b"\xff\xd8"), content[:200]
            assert samples.PLACE not in content

    async def agent_sends(self, what: list[str]) -> None:
        await self.agents[what[0]].sends(self.conversation, samples.PDF, what[1], what[2])
        assert await self.subscriber.receives() == samples.PDF

    async def waits(self, pattern: str) -> None:
        await self.subscriber.hears(pattern)

    async def takes(self, login: str) -> None:
        case = await self.agents[login].takes_next()
        assert case, f"{login} found nobody waiting"
        self.conversation = case["id"]

    async def finds_nobody(self, login: str) -> None:
        assert await self.agents[login].takes_next() is None

    async def agent_says(self, what: list[str]) -> None:
        await self.agents[what[0]].says(self.conversation, what[1])

    async def agent_reads(self, what: list[str]) -> None:
        pack = await self.agents[what[0]].reads(self.conversation)
        assert re.search(what[1], str(pack["events"]), re.S), pack["events"]

    async def agent_notes(self, what: list[str]) -> None:
        await self.agents[what[0]].must("POST", f"conversations/{self.conversation}/notes", {"text": what[1]})

    async def closes(self, login: str) -> None:
        await self.agents[login].closes(self.conversation)


DEEDS = {
    "says": Stage.says,
    "presses": Stage.presses,
    "links": Stage.links,
    "pins": Stage.pins,
    "shows": Stage.shows,
    "agent_sees": Stage.agent_sees,
    "agent_sends": Stage.agent_sends,
    "waits_for": Stage.waits,
    "takes": Stage.takes,
    "finds_nobody": Stage.finds_nobody,
    "agent_says": Stage.agent_says,
    "agent_reads": Stage.agent_reads,
    "agent_notes": Stage.agent_notes,
    "closes": Stage.closes,
}


@pytest.mark.parametrize("dialogue", list(dialogues()), ids=lambda one: one.name)
async def test_dialogue(dialogue: Dialogue, world: World) -> None:
    subscriber = world.subscriber(dialogue.who, dialogue.channel)
    stage = Stage(world, subscriber)
    for login in dialogue.agents:
        stage.agents[login] = await world.agent(login)
    if dialogue.linked and dialogue.channel == "telegram":
        await subscriber.links()
        await subscriber.hears("номер узнал|号码已确认")
    for step in dialogue.steps:
        await stage.play(step)
    assert world.telegram.refused == [], "Telegram refused a call"


def test_every_step_of_the_dialogues_is_a_known_deed(knowledge: Knowledge) -> None:
    for dialogue in dialogues():
        for step in dialogue.steps:
            assert set(step) <= {*DEEDS, "hears", "then", "buttons", "not"}, (dialogue.name, step)
            assert sum(key in DEEDS for key in step) == 1, (dialogue.name, step)
