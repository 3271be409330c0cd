"""Question -> decision: answer at once, ask back with two or three topics, or call a human."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from faq.encoder import Encoder, Vectors
from faq.head import BEYOND, NOT_ANSWERED, Head
from faq.names import Named
from faq.others import Others
from faq.policy import Policy
from faq.reading import Reader, Reading
from faq.safety import Safety
from faq.sanitise import plain

log = logging.getLogger(__name__)

Decision = Literal["answer", "clarify", "handoff"]

COURTESY = frozenset({"greeting", "thanks", "goodbye"})
TALK = COURTESY | {"complaint"}
_CERTAIN = 0.99  # of a phrase that stands in the FAQ word for word
_FOLLOWS = 0.90  # of a short question after the last answer
_IN_SPITE_OF_FIGURE = 0.6
_MOST_BUTTONS = 3
_LEAST_BUTTON = 0.02
_MAY_BE_BEYOND = 0.10  # from this probability of being about something else the bot asks back
_NO_DANGER = 0.02  # probability of an emergency below which words of danger are taken for something else
_LONG_ENOUGH_TO_TELL = 8  # hanzi, or three times as many as words
_SAYS_SOMETHING = re.compile(r"\w.*\w")  # one letter alone is a slip of the finger


@dataclass(frozen=True)
class Match:
    """`topic` is None when the bot asks back; `entry` is the finer entry of the topic that fits best."""

    decision: Decision
    topic: str | None
    options: tuple[str, ...]
    confidence: float
    language: str
    ranked: tuple[tuple[str, float], ...]
    named: tuple[Named, ...] = ()
    entry: str | None = None
    foreign: bool = False  # in a language that we do not speak
    also: Match | None = None  # a second question in the same message, as sure as the first


@dataclass(frozen=True)
class Matcher:
    """Everything a decision needs; read-only, one instance serves all threads."""

    reader: Reader
    safety: Safety
    others: Others
    policy: Policy
    courtesy: re.Pattern[str]  # words that may stand around a question
    head: Head | None  # None: nothing could be trained; phrases word for word are all that is known
    encoder: Encoder | None
    topics: Mapping[str, str]  # entry id -> topic
    takes: Mapping[str, frozenset[str]]  # topic -> kinds of names that its action reads
    handed_over: frozenset[str]  # entries after whose answer a human takes over
    exact: Mapping[str, str]  # plain phrase -> entry id
    answer_from: float = field(init=False)  # read off the head's calibration and the policy

    def __post_init__(self) -> None:
        policy, found = self.policy, 1.0
        if self.head is not None:
            found = self.head.calibration.threshold(policy.wrong_share, policy.beyond_share)
        object.__setattr__(self, "answer_from", found)

    def match(self, text: str, language: str | None = None, after: str | None = None) -> Match:
        """`language` counts only if the text does not tell; `after` is the topic of the last answer."""
        return self.decide(text, self.reader.read(text, language), language, after)

    def decide(self, text: str, reading: Reading, language: str | None = None, after: str | None = None) -> Match:
        """The same for a text that this matcher's reader has read."""
        spoken = reading.language or (language if language in ("ru", "zh") else None) or "ru"
        alarm, sure = self.safety.alarm(reading.typed, reading.folded)
        sure = sure and not (alarm == "emergency" and self._harmless(reading))
        entry = self.exact.get(plain(text)) or self.exact.get(plain(reading.folded))
        if entry is not None and not (alarm == "emergency" and sure):
            return self._settled(reading, spoken, entry, _CERTAIN)
        if alarm is not None and sure:
            return self._settled(reading, spoken, alarm, _CERTAIN)
        if after is not None and self._follows(reading, after):
            return self._settled(reading, spoken, after, _FOLLOWS)
        if self.head is None or (reading.blank and not reading.foreign) or not _SAYS_SOMETHING.search(reading.folded):
            return Match("handoff", BEYOND, (), 0.0, spoken, (), reading.named)
        danger_from = self._danger_from(alarm == "emergency", figure=not sure)
        near = frozenset({after}) if after is not None and elliptical(reading.folded) else frozenset[str]()
        found = self._weigh(self.head, reading, spoken, danger_from, near)
        if reading.foreign and found.topic not in ("emergency", "human"):
            return replace(found, decision="handoff", topic=BEYOND, options=(), entry=BEYOND, foreign=True)
        if found.topic in COURTESY and (question := self.courtesy.sub(" ", reading.folded).strip(" ,.!?，。！？")):
            behind = self._weigh(self.head, self.reader.read(question, spoken), spoken, danger_from)
            if behind.ranked[0][0] not in TALK and behind.topic != BEYOND:
                return replace(behind, named=reading.named)
        if found.decision != "handoff" and (asked := two_questions(reading.typed)) is not None:
            return self._both(found, asked, spoken)
        return found

    def _both(self, whole: Match, asked: tuple[str, str], language: str) -> Match:
        """The two questions of a message apart, if each alone is answered at once; else what the whole comes to."""
        first, second = (self._alone(question, language) for question in asked)
        likeliest = {topic for topic, _ in whole.ranked[:_MOST_BUTTONS]}
        if first is None or second is None or first.topic == second.topic:
            return whole
        if not {first.topic, second.topic} <= likeliest:
            return whole  # one is only the story around the other
        return replace(first, ranked=whole.ranked, named=whole.named, also=second)

    def _alone(self, question: str, language: str) -> Match | None:
        assert self.head is not None
        found = self._weigh(self.head, self.reader.read(question, language), language, self.policy.emergency_from)
        return found if found.decision == "answer" and found.topic not in TALK else None

    def _settled(self, reading: Reading, language: str, entry: str, confidence: float) -> Match:
        topic = self.topics.get(entry, entry)
        decision: Decision = "handoff" if topic in NOT_ANSWERED or entry in self.handed_over else "answer"
        return Match(decision, topic, (), confidence, language, ((topic, confidence),), reading.named, entry)

    def _weigh(
        self,
        head: Head,
        reading: Reading,
        language: str,
        danger_from: float,
        near: frozenset[str] = frozenset(),
    ) -> Match:
        """`near` are topics that the talk is about already."""
        probabilities = self._chances(head, reading)
        chances = dict(zip(head.classes, map(float, probabilities), strict=True))
        topics: defaultdict[str, float] = defaultdict(float)
        for entry, chance in chances.items():
            topics[self.topics[entry]] += chance
        told_apart_by_names(topics, reading)
        seen_in_the_light(topics, near)
        ranked = tuple(sorted(topics.items(), key=lambda item: -item[1]))
        (first, p1), (_, p2) = (*ranked, ("", 0.0))[:2]
        confidence = head.calibration.confidence(p1, p2, topics[BEYOND])

        def decided(decision: Decision, topic: str | None, options: tuple[str, ...] = ()) -> Match:
            own = [entry for entry in chances if self.topics[entry] == topic]
            best = max(own, key=chances.__getitem__, default=None)
            if decision == "answer" and best in self.handed_over:
                decision = "handoff"
            return Match(decision, topic, options, confidence, language, ranked, reading.named, best)

        if topics["emergency"] >= danger_from:
            return decided("handoff", "emergency")
        if topics["human"] >= self.policy.human_from:
            return decided("handoff", "human")
        if topics[BEYOND] >= self.policy.beyond_from:
            return decided("handoff", BEYOND)
        if first in TALK and p1 >= self.policy.talk_from:
            return decided("answer", first)
        foreign = first not in self.others.normal_in and self.others.named(reading.typed, reading.folded)
        sure = confidence >= self.answer_from and topics[BEYOND] < _MAY_BE_BEYOND
        if first not in NOT_ANSWERED | TALK and sure and not foreign:
            return decided("answer", first)
        buttons = [topic for topic, chance in ranked if topic not in NOT_ANSWERED | TALK][:_MOST_BUTTONS]
        buttons = buttons[:2] + [topic for topic in buttons[2:] if topics[topic] >= _LEAST_BUTTON]
        rest = 1.0 - topics["emergency"] - topics["human"]  # not sure enough to be one of these
        if len(buttons) > 1 and sum(topics[topic] for topic in buttons) >= self.policy.buttons_from * rest:
            return decided("clarify", None, tuple(buttons))
        return decided("handoff", BEYOND)

    def _harmless(self, reading: Reading) -> bool:
        """Words of danger in a text long enough to tell, and nothing else in it speaks of danger: a word misread."""
        signs = len(_HANZI.findall(reading.folded)) or 3 * len(reading.folded.split())
        if self.head is None or self.encoder is None or signs < _LONG_ENOUGH_TO_TELL:
            return False
        chances = self._chances(self.head, reading)
        danger = sum(
            float(chance)
            for entry, chance in zip(self.head.classes, chances, strict=True)
            if self.topics[entry] == "emergency"
        )
        return danger < _NO_DANGER

    def _danger_from(self, words_of_danger: bool, *, figure: bool) -> float:
        """From which probability a message is an emergency: a figure of speech alone needs more."""
        usual = self.policy.emergency_from
        return usual if words_of_danger or not figure else max(usual, _IN_SPITE_OF_FIGURE)

    def parts(self, text: str, language: str | None = None) -> dict[str, dict[str, float]]:
        """Why: how much the meaning, the pieces of words and the nearest phrases speak for each topic."""
        if self.head is None:
            return {}
        reading = self.reader.read(text, language)
        found: dict[str, dict[str, float]] = {}
        for entry, parts in self.head.parts(self._vector(reading), reading.bag).items():
            best = found.setdefault(self.topics[entry], parts)
            if sum(parts.values()) > sum(best.values()):
                found[self.topics[entry]] = parts
        return found

    def _chances(self, head: Head, reading: Reading) -> Vectors:
        if reading.chances is not None:
            return reading.chances
        return head.probabilities(self._vector(reading), reading.bag)

    def _vector(self, reading: Reading) -> Vectors | None:
        if self.encoder is None:
            return None
        try:
            vectors = self.encoder.encode([reading.folded])
        except (ValueError, IndexError, MemoryError) as error:
            log.warning("the encoder failed on a message of %d signs: %s", len(reading.folded), error)
            return None
        return np.asarray(vectors[0], np.float32)

    def _follows(self, reading: Reading, after: str) -> bool:
        """«а в Хужире?» after an answer about coverage: only a name that the same action reads, and small words."""
        kinds = self.takes.get(after, frozenset())
        names = [one for one in reading.named if one.kind in kinds]
        if not names:
            return False
        rest = reading.typed
        for one in names:
            rest = rest.replace(plain_text(one.text), " ")
        return not [word for word in re.findall(r"[a-zа-я]+|[\u3400-\u9fff]", rest) if word not in _SMALL_WORDS]


_OPENING = re.compile(r"^(?:а|ну а|и|а если|а как|а что|и как|а сколько|那么?|那个|还有|如果)(?![а-я])")
_SHORT = {"ru": 5, "zh": 9}  # words, signs
_HANZI = re.compile(r"[\u3400-\u9fff]")
_IN_ITS_LIGHT = 6.0  # how much likelier a topic becomes when the last answer was about it


def elliptical(folded: str) -> bool:
    """«а если не хватит?», 那短信呢: short, and begins or ends as one does who goes on about the same."""
    hanzi = len(_HANZI.findall(folded))
    if hanzi:
        return hanzi <= _SHORT["zh"] and bool(_OPENING.match(folded) or folded.rstrip(" ?？!。").endswith("呢"))
    return len(folded.split()) <= _SHORT["ru"] and bool(_OPENING.match(folded))


def seen_in_the_light(topics: dict[str, float], near: frozenset[str]) -> None:
    """The odds of the topics that the talk is about grow; the others make room."""
    for topic in near & topics.keys():
        topics[topic] *= _IN_ITS_LIGHT
    if near:
        total = sum(topics.values())
        for topic in topics:
            topics[topic] /= total


_JOINT = re.compile(
    r"(?<=[?？])|[.!;\n。！；]+|(?<![а-я])(?:и еще|а еще|и также|а также|и заодно|второй вопрос)(?![а-я])"
    "|另外|顺便|还有就是|还想问|，还有|再问一下|再问个"
)
_ASKS = re.compile(
    r"[?？]"
    r"|(?<![а-я])(?:как\w*|сколько|когда|где|куда|почему|зачем|чем|можно|почем|есть ли)(?![а-я])"
    "|吗|呢|怎么|怎样|如何|多少|几|什么|哪|能不能|可不可以|是不是|有没有"
)
_LEAST_QUESTION = {"ru": 2, "zh": 4}  # words, signs


def two_questions(typed: str) -> tuple[str, str] | None:
    """The two questions a message consists of; None if it is one, or a story, or more."""
    parts = [part.strip(" ,，—-") for part in _JOINT.split(typed)]
    parts = [part for part in parts if re.search(r"\w", part)]
    questions = [
        part
        for part in parts
        if _ASKS.search(part)
        and (
            len(_HANZI.findall(part)) >= _LEAST_QUESTION["zh"]
            or len(re.findall(r"[а-яa-z]+", part)) >= _LEAST_QUESTION["ru"]
        )
    ]
    return (questions[0], questions[1]) if len(questions) == len(parts) == 2 else None


_INSIDE_RUSSIA = re.compile("росси|俄罗斯|俄国")


def told_apart_by_names(topics: dict[str, float], reading: Reading) -> None:
    """Move probability between neighbours that a name decides: abroad or at home."""
    kinds = {one.kind for one in reading.named}
    if _INSIDE_RUSSIA.search(reading.folded):
        return  # 俄罗斯国内: the country that is named may be only where the person comes from
    if "country" in kinds:
        _move(topics, "roaming_home", "roaming_abroad")
    elif "place" in kinds:
        _move(topics, "roaming_abroad", "roaming_home")


def _move(topics: dict[str, float], source: str, target: str) -> None:
    if source in topics and target in topics:
        topics[target] += topics[source]
        topics[source] = 0.0


# What may stand around a name in a question that only makes sense after the last one.
_SMALL_WORDS = frozenset(
    re.findall(
        r"[а-я]+|[\u3400-\u9fff]",
        "а и ну то что как там насчет про по поводу в во на у из для до с со к еще тогда же ли есть если сколько "
        "мне мой моя мои теперь скажи скажите пожалуйста или но не только этот эта это сам сама "
        "那呢的吗啊呀和与在有没是还也去到从个这里边儿哪么嘛吧请问一下",
    )
)


def plain_text(text: str) -> str:
    return text.lower().replace("ё", "е")
