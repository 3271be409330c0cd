"""The FAQ in working order: catalogue, names and matcher, loaded together and swapped as one.

CatalogueError    the folder has mistakes; nothing was loaded
"""

from __future__ import annotations

import ctypes
import gc
import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Literal

from faq.catalogue import load_catalogue
from faq.encoder import Encoder, EncoderUnavailable, load_encoder
from faq.entry import Catalogue
from faq.facts import ACTIONS
from faq.fold import make_fold
from faq.head import Head
from faq.learn import HERE, Lesson, TrainingFailed, known_head, learn
from faq.match import Match, Matcher
from faq.names import Names
from faq.operator_data import Country, Operator, Service, Tariff
from faq.phrase_rows import Phrase, phrases_of
from faq.places import Gazetteer
from faq.reading import Reader
from faq.rulebook import Rulebook, rules_file
from faq.sanitise import plain_phrase
from faq.store import Store
from faq.tips import Tip, fitting

log = logging.getLogger(__name__)

Level = Literal["sentences", "characters", "phrases"]

_CACHE = HERE.parent / ".cache" / "faq"


@dataclass(frozen=True)
class Knowledge:
    """`settled` is False while the matcher answers from an older head: new phrases already count by nearness."""

    catalogue: Catalogue
    matcher: Matcher
    names: Names
    gazetteer: Gazetteer
    level: Level  # phrases: nothing could be learned, only phrases word for word are found
    settled: bool
    lesson: Lesson
    words: str  # a digest of all phrases and names

    @classmethod
    def load(
        cls,
        faq_dir: Path,
        cache_dir: Path | None = None,
        *,
        hasty: bool = False,
        served: bool = False,
        serving: Knowledge | None = None,
    ) -> Knowledge:
        """Blocking: two seconds if these phrases were learned before, else two minutes. Raises CatalogueError.

        `hasty` is content with a head that learned most of them: two seconds again, and `settle` does the rest.
        `served` is for an edition that has been live before, see load_catalogue. What is `serving` gives its matcher
        to an edit that changes no phrase and no name; that takes half a second.
        """
        # The encoder comes from disk meanwhile.
        with _nothing_collected(), ThreadPoolExecutor(1) as beside:
            store = Store.at(cache_dir or _CACHE)
            loading = beside.submit(_encoder, store)
            known = cls._load(load_catalogue(faq_dir, served=served), faq_dir, store, loading.result, serving)
        known = known if hasty and known.level != "phrases" else known.settle()
        _give_back_memory()
        return known

    @classmethod
    def _load(
        cls,
        catalogue: Catalogue,
        faq_dir: Path,
        store: Store,
        encoder_of: Callable[[], Encoder | None],
        serving: Knowledge | None,
    ) -> Knowledge:
        rules, words, encoder = Rulebook.load(faq_dir), _words(catalogue, faq_dir), encoder_of()
        if serving is not None and (serving.words, serving.lesson.encoder) == (words, encoder):
            names, gazetteer, reader = serving.names, serving.gazetteer, serving.matcher.reader
            lesson, head, settled = replace(serving.lesson, folder=faq_dir), serving.matcher.head, serving.settled
        else:
            gazetteer = Gazetteer.load(faq_dir / "operator" / "places.csv")
            names = Names(catalogue.operator, gazetteer)
            reader = _reader(catalogue, names, gazetteer, rules)
            lesson = _lesson(catalogue, reader, faq_dir, store, encoder)
            head, settled = known_head(lesson)
        matcher = Matcher(
            reader=reader,
            safety=rules.safety,
            others=rules.others,
            policy=rules.policy,
            courtesy=rules.slang.courtesy,
            head=head,
            encoder=encoder,
            topics={entry.id: entry.topic for entry in catalogue.entries.values()},
            takes=_takes(catalogue),
            handed_over=frozenset(entry.id for entry in catalogue.entries.values() if entry.human),
            exact=_exact(lesson.phrases),
        )
        return cls(catalogue, matcher, names, gazetteer, _level(head, encoder), settled, lesson, words)

    def settle(self) -> Knowledge:
        """The same with a head of these very phrases; trains for two minutes if the cache has none."""
        if self.settled:
            return self
        try:
            head = learn(self.lesson)
        except (TrainingFailed, OSError) as error:  # OSError: the disk is full, the cache was taken away
            log.error("the FAQ could not be learned, the matcher stays as it is: %s", error)
            return self
        level = _level(head, self.lesson.encoder)
        return replace(self, matcher=replace(self.matcher, head=head), level=level, settled=True)

    def match(self, text: str, language: str | None = None, after: str | None = None) -> Match:
        """`language` counts only if the text does not tell; `after` is the topic of the last answer."""
        return self.matcher.match(text, language, after)

    def tip(self, text: str, today: date) -> Tip | None:
        """What can be said about another thing than the operator, for a message that goes to a human anyway."""
        if not self.catalogue.tips:
            return None
        read = self.matcher.reader.read(text)
        return fitting(self.catalogue.tips, today, read.typed, read.folded)


def lesson_of(catalogue: Catalogue, faq_dir: Path, cache_dir: Path | None = None) -> Lesson:
    """What there is to learn from this catalogue, nothing learned of it yet. Loads the encoder, a second or two."""
    gazetteer = Gazetteer.load(faq_dir / "operator" / "places.csv")
    reader = _reader(catalogue, Names(catalogue.operator, gazetteer), gazetteer, Rulebook.load(faq_dir))
    store = Store.at(cache_dir or _CACHE)
    return _lesson(catalogue, reader, faq_dir, store, _encoder(store))


def _reader(catalogue: Catalogue, names: Names, gazetteer: Gazetteer, rules: Rulebook) -> Reader:
    return Reader(make_fold([phrase.text for phrase in phrases_of(catalogue)], (), rules.slang), names, gazetteer)


def _lesson(catalogue: Catalogue, reader: Reader, faq_dir: Path, store: Store, encoder: Encoder | None) -> Lesson:
    phrases, spelled = phrases_of(catalogue), _spelled(catalogue.operator)
    return Lesson(phrases, reader, encoder, store, _tables(faq_dir), spelled, faq_dir)


def _tables(faq_dir: Path) -> tuple[Path, ...]:
    return (
        rules_file(faq_dir, "slang.yaml"),
        *sorted(HERE.glob("pinyin/*.tsv")),
        *sorted((faq_dir / "operator").glob("*.csv")),
    )


def _words(catalogue: Catalogue, faq_dir: Path) -> str:
    """The same for catalogues that are read and matched alike."""
    found = sha256(_spelled(catalogue.operator).encode())
    for phrase in phrases_of(catalogue):
        found.update(f"{phrase.entry}\t{phrase.language}\t{phrase.text}\n".encode())
    for path in _tables(faq_dir):
        found.update(path.read_bytes())
    return found.hexdigest()


def _spelled(operator: Operator) -> str:
    """All names that are recognised in messages: prices may change without learning anew."""
    products: list[Tariff | Service | Country] = [*operator.tariffs.values(), *operator.services.values()]
    products += operator.countries.values()
    return repr([(one.code, dict(one.name), dict(one.aliases)) for one in products])


def _exact(phrases: Iterable[Phrase]) -> dict[str, str]:
    return {words: phrase.entry for phrase in phrases if (words := plain_phrase(phrase.text))}


def _takes(catalogue: Catalogue) -> dict[str, frozenset[str]]:
    return {
        entry.topic: ACTIONS[entry.action or ""].takes
        for entry in catalogue.entries.values()
        if entry.action in ACTIONS and entry.id == entry.topic
    }


def _level(head: Head | None, encoder: Encoder | None) -> Level:
    if head is None:
        return "phrases"
    return "sentences" if encoder else "characters"


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """A fifth of the loading time: millions of objects are made here, and hardly any garbage."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _give_back_memory() -> None:
    """glibc keeps what loading freed, 30 MB that serving never needs again; other systems do not."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _encoder(store: Store) -> Encoder | None:
    try:
        return load_encoder(store.folder)
    except EncoderUnavailable as error:
        log.warning("no sentence encoder, the FAQ is matched by characters alone: %s", error)
        return None
