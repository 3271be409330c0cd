"""One text, read: folded, its language, what it names, and its bag of pieces. Phrases and messages read alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from faq.encoder import Vectors
from faq.features import Bag, Bagger
from faq.fold import Fold
from faq.names import Named, Names
from faq.places import HOME, Gazetteer
from faq.sanitise import LONGEST, calm, sanitise, visible


@dataclass(frozen=True)
class Reading:
    typed: str  # sanitised, nothing else
    folded: str
    language: str | None  # None: nothing in the text tells
    named: tuple[Named, ...]
    bag: Bag
    foreign: bool = False  # neither Russian nor Chinese
    blank: bool = False  # not one word in it that anybody uses
    chances: Vectors | None = None  # of the entries, if a batch has weighed it beforehand


class Reader:
    """Read-only after construction; one instance serves all threads."""

    def __init__(self, fold: Fold, names: Names, gazetteer: Gazetteer) -> None:
        self._fold = fold
        self._names = names
        self._gazetteer = gazetteer
        self._bagger = Bagger(fold.lexicon.lemma, fold.pinyin.sounds)

    def read(self, text: str, language: str | None = None) -> Reading:
        """`language` is what the text is probably in, for when it does not tell itself."""
        folded = self._fold(text)
        named = self.named(text, folded.text, folded.language or language)
        bag = self._bagger(folded.text, tuple(self._marks(named)))
        return Reading(calm(sanitise(text)), folded.text, folded.language, named, bag, folded.foreign, folded.blank)

    def named(self, text: str, folded: str, language: str | None) -> tuple[Named, ...]:
        """What is named in the text as typed; in its folded form if the letters had to be changed to read it."""
        short = visible(text[:LONGEST].encode("utf-8", "replace").decode())
        found = self._names.find(short, language)
        return found or (self._names.find(folded, language) if folded != sanitise(short) else ())

    def _marks(self, named: Iterable[Named]) -> set[str]:
        marks: set[str] = set()
        for one in named:
            if one.kind == "place":
                place = self._gazetteer.place(one.value)
                home = place is not None and place.region_code in HOME
                marks |= {"place", "place home" if home else "place away"}
            elif one.kind == "service":
                marks |= {"service", f"service {one.value}"}
            elif one.kind in ("country", "tariff"):
                marks.add(one.kind)
        return marks
