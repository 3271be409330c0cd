"""What is counted. In scope is every topic but out_of_scope, unless a figure says otherwise.

top-1, top-3   in-scope messages whose topic is the likeliest, among the three likeliest
AUROC          how well sureness tells in-scope messages from others: 0.5 is chance, 1 never errs
c@1, c@2       in-scope messages answered rightly at once, if the method answers from the lowest sureness at which
               wrong answers are 1 %, 2 % of all messages; what it takes for out of scope it never answers
resolved, direct, wrong   what the shipped policy decides: see `decided`
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.understanding.messages import Message
from faq.head import BEYOND, NOT_ANSWERED
from faq.match import TALK, Match


@dataclass(frozen=True)
class Guess:
    """What a method makes of a message: topics, likeliest first, and how sure it is of the first one."""

    ranked: tuple[str, ...]
    sure: float  # comparable among the guesses of one method, nothing else

    @property
    def answers(self) -> bool:
        return self.ranked[:1] not in ((), (BEYOND,))

    @property
    def in_scope(self) -> float:
        """Rises with the chance that the message is in scope at all."""
        return self.sure if self.answers else -self.sure

    def right(self, message: Message, among: int = 1) -> bool:
        return message.topic in self.ranked[:among]


@dataclass(frozen=True)
class Figures:
    top1: float
    top3: float
    auroc: float
    at1: float
    at2: float


def figures(messages: Sequence[Message], guesses: Sequence[Guess]) -> Figures:
    inside = [(message, guess) for message, guess in zip(messages, guesses, strict=True) if message.topic != BEYOND]
    beyond = [guess.in_scope for message, guess in zip(messages, guesses, strict=True) if message.topic == BEYOND]
    return Figures(
        top1=share(guess.right(message) for message, guess in inside),
        top3=share(guess.right(message, 3) for message, guess in inside),
        auroc=auroc([guess.in_scope for _, guess in inside], beyond),
        at1=covered(messages, guesses, 0.01),
        at2=covered(messages, guesses, 0.02),
    )


def share(hits: Iterable[bool]) -> float:
    found = list(hits)
    return sum(found) / len(found) if found else float("nan")


def auroc(higher: Sequence[float], lower: Sequence[float]) -> float:
    """The chance that one of `higher` stands above one of `lower`; equal ones count half."""
    if not higher or not lower:
        return float("nan")
    marked = sorted([(score, True) for score in higher] + [(score, False) for score in lower])
    above = below = start = 0
    wins = 0.0
    while start < len(marked):
        stop = start
        while stop < len(marked) and marked[stop][0] == marked[start][0]:
            stop += 1
        equal = sum(is_higher for _, is_higher in marked[start:stop])
        wins += equal * (below + 0.5 * (stop - start - equal))
        below += stop - start - equal
        above += equal
        start = stop
    return wins / (above * below)


def covered(messages: Sequence[Message], guesses: Sequence[Guess], wrong_share: float) -> float:
    """Right answers of all in-scope messages at the best threshold that keeps wrong ones to this share of all."""
    answers = sorted(
        ((guess.sure, guess.right(message)) for message, guess in zip(messages, guesses, strict=True) if guess.answers),
        reverse=True,
    )
    allowed = wrong_share * len(messages)
    inside = sum(message.topic != BEYOND for message in messages)
    right = wrong = best = 0
    for place, (sure, is_right) in enumerate(answers):
        right += is_right
        wrong += not is_right
        last_of_equals = place + 1 == len(answers) or answers[place + 1][0] != sure
        if last_of_equals and wrong <= allowed:
            best = max(best, right)
    return best / inside if inside else float("nan")


def guessed(match: Match) -> Guess:
    return Guess(tuple(topic for topic, _ in match.ranked) or (BEYOND,), match.confidence)


@dataclass(frozen=True)
class Decided:
    """Shares: of messages that ask what the FAQ answers (no talk, no danger, no wish for a human); `wrong` of all."""

    resolved: float  # answered rightly, or asked back with the right topic among the buttons
    direct: float  # answered rightly
    wrong: float  # answered with another topic than the message's


def decided(messages: Sequence[Message], matches: Sequence[Match]) -> Decided:
    pairs = list(zip(messages, matches, strict=True))
    asking = [(message, match) for message, match in pairs if message.topic not in TALK | NOT_ANSWERED]

    def answered(message: Message, match: Match) -> bool:
        return match.decision == "answer" and match.topic == message.topic

    return Decided(
        resolved=share(
            answered(*pair) or (pair[1].decision == "clarify" and pair[0].topic in pair[1].options) for pair in asking
        ),
        direct=share(answered(*pair) for pair in asking),
        wrong=share(match.decision == "answer" and match.topic != message.topic for message, match in pairs),
    )


def exchanged(messages: Sequence[Message], full: Sequence[Guess], other: Sequence[Guess]) -> tuple[int, int]:
    """In-scope messages that only `full` gets right, and that only `other` does: chance alone makes both alike."""
    rights = [
        (one.right(message), two.right(message))
        for message, one, two in zip(messages, full, other, strict=True)
        if message.topic != BEYOND
    ]
    return sum(one and not two for one, two in rights), sum(two and not one for one, two in rights)


def table(head: Sequence[str], rows: Mapping[str, Sequence[str]]) -> str:
    """As Markdown; the first column is the rows' names."""
    lines = [head, ["---"] * len(head), *([name, *cells] for name, cells in rows.items())]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def percent(value: float) -> str:
    return "-" if value != value else f"{100 * value:.1f}"


def number(value: float) -> str:
    return "-" if value != value else f"{value:.2f}"
