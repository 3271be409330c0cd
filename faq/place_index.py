"""Every form of every place name, and the nearest ones to a word that is none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from faq.declension import forms
from faq.han import sounds
from faq.textual import HANZI

MOST_WORDS = 6
MOST_SIGNS = 16
_SHORTEST_BY_SOUND = 3  # hanzi; two signs that sound like a name are more often no name at all
_SHORTEST_TYPO = 5  # letters
_TWO_TYPOS = 8  # letters from which two are forgiven
_SAME_START = str.maketrans("аэиыйьъ", "оеееее ")  # the first letter may be one that sounds the same
_CHINESE_TYPO = 4

Numbers = tuple[int, ...]  # of places, in the order they were added


class PlaceIndex:
    """Built once, then only read. `prominent` places forgive more typos: one is likelier to mean them."""

    def __init__(self) -> None:
        self._russian: dict[str, Numbers] = {}
        self._chinese: dict[str, Numbers] = {}
        self._by_sound: dict[str, Numbers] = {}
        self._beginnings: set[str] = set()  # the first two signs of every Chinese name, by sound
        self._prominent: set[int] = set()
        self._alike: dict[tuple[str, int], list[str]] = defaultdict(list)  # forms without their spaces
        self._spaced: dict[str, str] = {}
        self._alike_by_sound: dict[int, list[str]] = defaultdict(list)

    def add(self, number: int, names: Iterable[str], *, prominent: bool) -> None:
        if prominent:
            self._prominent.add(number)
        for name in names:
            if HANZI.search(name):
                self._add(self._chinese, name, number)
                self._beginnings.add(sounds(name[:2]))
                if len(name) >= _SHORTEST_BY_SOUND:
                    self._add(self._by_sound, sounds(name), number)
            else:
                for form in forms(name):
                    self._add(self._russian, form, number)

    def finish(self) -> None:
        """Prepare for typos, once all names are in."""
        for form in self._russian:
            solid = form.replace(" ", "")
            if len(solid) >= _SHORTEST_TYPO - 1:
                self._alike[_start(solid), len(solid)].append(solid)
            if solid != form:
                self._spaced[solid] = form
        for name, numbers in self._by_sound.items():
            if len(name) >= _CHINESE_TYPO and self._prominent.intersection(numbers):
                self._alike_by_sound[len(name)].append(name)

    def russian(self, form: str) -> Numbers:
        return self._russian.get(form, ())

    def chinese(self, text: str) -> Iterator[tuple[int, int, Numbers]]:
        """Where names stand in a text of simplified signs, the longest first."""
        heard = sounds(text)
        at = 0
        while at < len(text) - 1:
            ends = range(min(len(text), at + MOST_SIGNS), at + 1, -1) if heard[at : at + 2] in self._beginnings else ()
            for end in ends:
                if numbers := self._chinese.get(text[at:end]) or self._by_sound.get(heard[at:end]):
                    yield at, end, numbers
                    at = end
                    break
            else:
                at += 1

    def like(self, word: str) -> Numbers:
        """The places whose name is nearest to a misspelled word; () if none is near enough or several kinds are."""
        if len(word) < _SHORTEST_TYPO:
            return ()
        allowed = 2 if len(word) >= _TWO_TYPOS else 1
        candidates = [
            form
            for length in range(len(word) - allowed, len(word) + allowed + 1)
            for form in self._alike.get((_start(word), length), ())
        ]
        near = extract(word, candidates, scorer=OSA.distance, score_cutoff=allowed, limit=8)
        # Two typos in one word are believed only where it begins as the name does.
        near = [one for one in near if one[1] < 2 or one[0][:2] == word[:2]]
        return self._nearest([(self._spaced.get(solid, solid), int(distance)) for solid, distance, _ in near])

    def like_by_sound(self, name: str) -> Numbers:
        """The same for a Chinese spelling; only prominent places."""
        if len(name) < _CHINESE_TYPO:
            return ()
        candidates = [one for length in (-1, 0, 1) for one in self._alike_by_sound.get(len(name) + length, ())]
        near = extract(sounds(name), candidates, scorer=OSA.distance, score_cutoff=1, limit=2)
        return self._by_sound[near[0][0]] if near else ()

    def is_prominent(self, numbers: Numbers) -> bool:
        return not self._prominent.isdisjoint(numbers)

    def _nearest(self, near: list[tuple[str, int]]) -> Numbers:
        """Prominent places first; the far ones only for a single typo."""
        for distance in (0, 1, 2):
            found = [self._russian[form] for form, far in near if far <= distance]
            known = [numbers for numbers in found if self.is_prominent(numbers)]
            if known:
                return known[0]
            if found and distance < 2:
                return found[0]
        return ()

    @staticmethod
    def _add(index: dict[str, Numbers], key: str, number: int) -> None:
        there = index.get(key, ())
        if number not in there:
            index[key] = (*there, number)


def _start(word: str) -> str:
    return word[0].translate(_SAME_START)
