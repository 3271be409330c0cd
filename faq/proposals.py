"""Messages whose right topic people or agents have shown, as phrases for faq/phrases/; an editor adds them, or not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from faq.asked import HIDDEN, NONE, Asked
from faq.entry import LANGUAGES, Catalogue
from faq.paste import scalar
from faq.phrase_rows import phrases_of
from faq.sanitise import sanitise

LEAST_PEOPLE = 2  # who picked the same topic for a message, where no agent said it
_SAME_WORDS = 88.0  # percent of letters that two messages share


@dataclass
class Candidate:
    """Messages that say the same in nearly the same words, with what people and agents said they are about."""

    text: str
    language: str
    people: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # entry -> who picked it
    agents: Counter[str] = field(default_factory=Counter)
    thought: Counter[str] = field(default_factory=Counter)  # what the bot did

    def add(self, asked: Asked) -> None:
        if asked.agent:
            self.agents[asked.agent] += 1
        elif asked.chosen:
            self.people[asked.chosen].add(asked.person)
        self.thought[_thought(asked)] += 1

    def votes(self) -> str:
        people = [f"{entry}: people {len(who)}" for entry, who in self.people.items()]
        agents = [f"{entry}: agents {times}" for entry, times in self.agents.items()]
        return ", ".join(people + agents)


@dataclass
class Proposals:
    """`ready` is by entry and language; the rest is for an editor's eyes."""

    ready: dict[str, dict[str, list[Candidate]]]
    contradictory: list[Candidate]
    conflicting: list[
        tuple[Candidate, str, str]
    ]  # belongs to the first entry, stands or nearly stands under the second
    waiting: int = 0  # one person's pick alone
    hidden: int = 0  # a number or a name is hidden in them
    known: int = 0  # stand under their entry already, word for word or nearly


def worded_differently(texts: Iterable[str], most: int) -> list[str]:
    """Of texts that share nearly all their letters the first."""
    found: dict[str, str] = {}
    for text in texts:
        said = sanitise(text)
        if process.extractOne(said, found.keys(), scorer=fuzz.ratio, score_cutoff=_SAME_WORDS) is None:
            found[said] = text
        if len(found) == most:
            break
    return list(found.values())


def _thought(asked: Asked) -> str:
    if asked.decision == "clarify":
        return f"asked back {' '.join(asked.offered)}"
    did = {"answer": "answered", "handoff": "handed over as"}.get(asked.decision, asked.decision)
    first = f", thought {asked.ranked[0][0]} {asked.ranked[0][1]:.2f}" if asked.ranked else ""
    return f"{did} {asked.topic}{first}"


def propose(asked: Iterable[Asked], catalogue: Catalogue) -> Proposals:
    """An agent's answer outweighs the person's pick of the same message; entries that are gone are not spoken of."""
    told = [one for one in asked if (one.agent or one.chosen or NONE) != NONE]
    told = [one for one in told if (one.agent or one.chosen) in catalogue.entries]
    found = Proposals({}, [], [], hidden=sum(HIDDEN in one.text for one in told))
    phrases = [(sanitise(one.text), one.entry) for one in phrases_of(catalogue)]
    words, owners = [text for text, _ in phrases], [entry for _, entry in phrases]
    for candidate in _candidates(one for one in told if HIDDEN not in one.text):
        near = process.extractOne(sanitise(candidate.text), words, scorer=fuzz.ratio, score_cutoff=_SAME_WORDS)
        _sort(candidate, owners[near[2]] if near else None, catalogue, found)
    return found


def _candidates(asked: Iterable[Asked]) -> list[Candidate]:
    """The most repeated wording first, and what differs from it by a few letters with it."""
    exact: dict[str, list[Asked]] = {}
    for one in asked:
        exact.setdefault(one.key, []).append(one)
    made: dict[str, list[Candidate]] = {language: [] for language in LANGUAGES}
    words: dict[str, list[str]] = {language: [] for language in LANGUAGES}
    for same in sorted(exact.values(), key=len, reverse=True):
        language, said = same[0].language, sanitise(same[0].text)
        near = process.extractOne(said, words[language], scorer=fuzz.ratio, score_cutoff=_SAME_WORDS)
        if near is None:
            made[language].append(Candidate(same[0].text, language))
            words[language].append(said)
        candidate = made[language][-1 if near is None else near[2]]
        for one in same:
            candidate.add(one)
    return [candidate for some in made.values() for candidate in some]


def _sort(candidate: Candidate, owner: str | None, catalogue: Catalogue, found: Proposals) -> None:
    """Into one of the lists of `found`, or counted there; `owner` has a phrase already that is the same or nearly."""
    topics = {catalogue.entries[entry].topic for entry in (*candidate.people, *candidate.agents)}
    people = set().union(*candidate.people.values())
    entry = _entry(candidate)
    if len(topics) > 1:
        found.contradictory.append(candidate)
    elif len(people) < LEAST_PEOPLE and not candidate.agents:
        found.waiting += 1
    elif owner and catalogue.entries[owner].topic not in topics:
        found.conflicting.append((candidate, entry, owner))
    elif owner:
        found.known += 1
    else:
        found.ready.setdefault(entry, {}).setdefault(candidate.language, []).append(candidate)


def _entry(candidate: Candidate) -> str:
    """An agent may have named a finer entry of the topic that people picked."""
    if candidate.agents:
        return candidate.agents.most_common(1)[0][0]
    return max(candidate.people, key=lambda entry: len(candidate.people[entry]))


def as_yaml(found: Proposals, catalogue: Catalogue) -> Iterator[str]:
    """Lines: topics as in faq/phrases/, a file after the other; what is doubtful stands below as comments."""
    count = sum(len(some) for languages in found.ready.values() for some in languages.values())
    yield f"# Phrases to review: {count}. None is added until you paste it."
    yield "# Then: python -m faq check, and python -m faq test."
    left_out = {
        "the FAQ has them or nearly": found.known,
        "picked by one person only": found.waiting,
        "a number or name is hidden": found.hidden,
    }
    if any(left_out.values()):
        yield "# Left out: " + ", ".join(f"{why} {times}" for why, times in left_out.items() if times) + "."
    entries = [entry for entry in catalogue.entries.values() if entry.id in found.ready]
    for area in dict.fromkeys(entry.area for entry in entries):
        yield f"\n# faq/phrases/{area}.yaml"
        for entry in entries:
            if entry.area == area:
                yield from _of_entry(entry.id, found.ready[entry.id])
    if not entries:
        yield "{}"
    yield from _doubtful(found)


def _of_entry(entry: str, languages: dict[str, list[Candidate]]) -> Iterator[str]:
    yield f"{entry}:"
    for language in LANGUAGES:
        if languages.get(language):
            yield f"  {language}:"
            yield from (f"    - {scalar(one.text)}  # {_why(one)}" for one in languages[language])


def _why(candidate: Candidate) -> str:
    people = len(set().union(*candidate.people.values()))
    who = {"people": people, "agents": candidate.agents.total()}
    thought = candidate.thought.most_common(1)[0][0]
    return ", ".join(f"{one} {times}" for one, times in who.items() if times) + f"; {thought}"


def _doubtful(found: Proposals) -> Iterator[str]:
    if found.conflicting:
        yield "\n# In conflict with phrases of other entries: move the phrase there, or leave these."
        for candidate, entry, other in found.conflicting:
            yield f"# - {candidate.text}  ({entry}; {_why(candidate)}; stands or nearly stands under {other})"
    if found.contradictory:
        yield "\n# Picked for different topics: too vague to be a phrase of one."
        for candidate in found.contradictory:
            yield f"# - {candidate.text}  ({candidate.votes()})"
