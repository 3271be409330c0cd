"""One text, read: folded, its language, what it names, and its bag of pieces. Phrases and messages read alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from faq.encoder import Vectors
from faq.features import Bag, Bagger
from faq.fold import Fold
from faq.names import Named, Names
from faq.places import HOME, Gazetteer
from faq.sanitise import LONGEST, calm, sanitise, visible

_HANZI = re.compile(r"[\u3400-\u9fff]")


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

    def read(self, text: str, language: str | None = None, alike: Reading | None = None) -> Reading:
        """`language` is what the text is probably in, for when it does not tell itself.

        `alike` is what a reader with the same names, but other phrases, has read of it: the same is not done twice.
        """
        folded = self._fold(text)
        if alike is not None and (alike.folded, alike.language) == (folded.text, folded.language):
            named = alike.named
        else:
            named, alike = self.named(text, folded.text, folded.language or language), None
        # Only how hanzi sound depends on the phrases.
        bag = alike.bag if alike and not _HANZI.search(folded.text) else self._bag(folded.text, named)
        return Reading(calm(sanitise(text)), folded.text, folded.language, named, bag, folded.foreign, folded.blank)

    def _bag(self, folded: str, named: Iterable[Named]) -> Bag:
        return self._bagger(folded, tuple(self._marks(named)))

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
