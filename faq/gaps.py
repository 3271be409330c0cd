"""What subscribers asked and the bot could not answer, put together, as YAML to paste into the FAQ.

What agents marked as missing in the FAQ comes first, then the largest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter

from faq.asked import NONE, Asked
from faq.clusters import Group, groups
from faq.head import BEYOND, NOT_ANSWERED
from faq.knowledge import Knowledge
from faq.match import TALK
from faq.paste import Shelf, phrase_lines

NEAR = 0.35  # probability from which a topic may be what was meant
BADLY_RATED = 2  # of five stars, and below
WAYS = {
    "handed_over": "handed over",
    "none": "none of the buttons",
    "left": "no button pressed",
    "doubted": "doubted",
    "rated": "badly rated",
    "marked": "marked by agents",
}
_UNANSWERED = frozenset({BEYOND, "unclear"})  # why a human was called


@dataclass(frozen=True)
class Gap:
    """`near` is the entry that most agents answered with, else the likeliest topic that people did not turn down."""

    group: Group
    near: str | None
    likeliest: str | None
    score: float  # of the likeliest topic, whether near enough or not
    beyond: float  # that no topic is meant
    agents: Counter[str]


def is_unanswered(asked: Asked) -> bool:
    """Handed over as unknown or unclear; no button was what was meant, or pressed; the answer was doubted.

    And whatever an agent marked, and what ended in a chat that the person rated badly.
    """
    if asked.candidate or is_badly_rated(asked):
        return True
    if asked.decision == "handoff":
        return asked.topic in _UNANSWERED
    found_another = asked.decision == "answer" and asked.chosen not in (None, NONE)
    return asked.chosen == NONE or is_left(asked) or (asked.doubt and not found_another)


def is_left(asked: Asked) -> bool:
    """Asked back, and no button was pressed."""
    return asked.decision == "clarify" and asked.chosen is None


def is_badly_rated(asked: Asked) -> bool:
    return asked.rating is not None and asked.rating <= BADLY_RATED


def ways(asked: Iterable[Asked]) -> dict[str, int]:
    """How often each of WAYS it was that an answer was missing; a message may count for several."""
    told = list(asked)
    found = {
        "handed_over": sum(one.decision == "handoff" and one.topic in _UNANSWERED for one in told),
        "none": sum(one.chosen == NONE for one in told),
        "left": sum(map(is_left, told)),
        "doubted": sum(one.doubt for one in told),
        "rated": sum(map(is_badly_rated, told)),
        "marked": sum(one.candidate for one in told),
    }
    return {way: times for way, times in found.items() if times}


def agent_minutes(asked: Iterable[Asked]) -> float:
    """Of an agent's time that these messages took, each chat once."""
    return sum({one.handoff: one.minutes for one in asked if one.handoff}.values())


def gap_of(group: Group, knowledge: Knowledge) -> Gap:
    agents = Counter(one.agent for one in group.asked if one.agent in knowledge.catalogue.entries and one.agent)
    chances = _chances(group, knowledge)
    refused = _refused(group)
    known = [one for one in chances if one not in NOT_ANSWERED | TALK]
    likeliest = max(known, key=chances.__getitem__, default=None)
    score = chances[likeliest] if likeliest else 0.0
    near, agreed = None, agents.most_common(1)
    if agreed and 2 * agreed[0][1] > agents.total():
        near = agreed[0][0]
    elif likeliest and score >= max(NEAR, chances[BEYOND]) and 2 * refused[likeliest] < len(group.asked):
        near = likeliest
    return Gap(group, near, likeliest, score, chances[BEYOND], agents)


def _chances(group: Group, knowledge: Knowledge) -> defaultdict[str, float]:
    """The probabilities that today's matcher gives to topics, on average over the typical messages."""
    texts = [(text, language) for language, some in group.typical.items() for text in some]
    chances: defaultdict[str, float] = defaultdict(float)
    for text, language in texts:
        for topic, chance in knowledge.match(text, language).ranked:
            chances[topic] += chance / len(texts)
    return chances


def _refused(group: Group) -> Counter[str]:
    """How many messages were answered with a topic, or offered it, in vain."""
    refused: Counter[str] = Counter()
    for one in group.asked:
        if one.chosen == NONE or one.doubt:
            refused.update([one.topic] if one.decision == "answer" and one.topic else one.offered)
    return refused


def as_yaml(asked: Iterable[Asked], knowledge: Knowledge, top: int) -> Iterator[str]:
    """Lines: a list whose items are drafts of entries, or a topic with more phrases for it."""
    found = sorted(groups(filter(is_unanswered, asked), knowledge), key=_marked, reverse=True)
    yield from _heading(found)
    shelf = Shelf(knowledge.catalogue)
    for number, group in enumerate(found[:top], 1):
        gap = gap_of(group, knowledge)
        yield ""
        yield from _facts(gap, number)
        yield from _more_phrases(gap, knowledge, shelf) if gap.near else _draft(gap, number, shelf)
    if len(found) > top:
        rest = sum(len(group.asked) for group in found[top:])
        yield ""
        yield f"# {len(found) - top} smaller groups, {rest} messages, are not shown; --top {len(found)} shows them."


def _marked(group: Group) -> bool:
    return any(one.candidate for one in group.asked)


def _heading(found: list[Group]) -> Iterator[str]:
    asked = [one for group in found for one in group.asked]
    if not asked:
        yield "# Nobody asked anything that the bot could not answer."
        yield "[]"
        return
    first, last = (pick(asked, key=attrgetter("at")).at.date() for pick in (min, max))
    people = len({one.person for one in asked})
    yield f"# What the bot could not answer, {first} to {last}."
    yield f"# Messages {len(asked)}, people {people}, groups {len(found)}, what agents marked and the largest first."
    yield "# Phrases go under their topic in the file named above them, drafts into a file of faq/areas/."
    yield "# Then: python -m faq check, and a sentence of each in faq/tests/."


def _facts(gap: Gap, number: int) -> Iterator[str]:
    asked = gap.group.asked
    languages = " ".join(gap.group.typical)
    how = ", ".join(f"{WAYS[way]} {times}" for way, times in ways(asked).items())
    yield f"# {number}. people {gap.group.people}, messages {len(asked)}, {languages}; {how}"
    nearest = f"{gap.likeliest} {gap.score:.2f}" if gap.likeliest else "none"
    nearest += f", beyond the FAQ {gap.beyond:.2f}"
    answered = ", ".join(f"{entry} {times}" for entry, times in gap.agents.most_common(3))
    yield f"#    nearest: {nearest}" + (f"; agents answered: {answered}" if answered else "")


def _more_phrases(gap: Gap, knowledge: Knowledge, shelf: Shelf) -> Iterator[str]:
    entry = knowledge.catalogue.entries[gap.near or ""]
    yield f"#    into faq/phrases/{entry.area}.yaml, if “{entry.title['ru']}” answers this"
    yield f"- {entry.id}:"
    yield from phrase_lines(gap.group.typical, shelf, "    ")


def _draft(gap: Gap, number: int, shelf: Shelf) -> Iterator[str]:
    """Whatever must be written first is a comment, so that a draft left as it is refuses to load."""
    yield f"- id: new_{number}"
    yield "  # title: {ru: TODO, zh: TODO}"
    yield "  data: public"
    yield "  # answer:"
    for language in ("ru", "zh"):
        yield f"  #   {language}: |-"
        yield "  #     TODO"
    yield "  next: [human]"
    yield "  ask:  # at least eight a language"
    yield from phrase_lines({"ru": (), "zh": (), **gap.group.typical}, shelf, "    ")
