"""Russian that was typed in Latin letters: on the wrong keyboard layout, or spelled by ear (kak uznat ostatok)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from itertools import islice

Known = Callable[[str], bool]

_LAYOUT = str.maketrans(
    "qwertyuiop[]asdfghjkl;'zxcvbnm,.`/",
    "йцукенгшщзхъфывапролджэячсмитьбюе.",
)
_MEASURE = re.compile(r"\d+[a-z]{1,2}|\d*[235-9]\d*[a-z]+")
_LATIN_WORD = re.compile(r"[a-z0-9'`]*[a-z][a-z0-9'`]*")

# Letters as people write them by ear -> readings, the usual one first.
_READINGS: dict[str, tuple[str, ...]] = {
    "shch": ("щ",),
    "sch": ("щ", "сч"),
    "tch": ("тч", "ч"),
    "zh": ("ж",),
    "kh": ("х",),
    "ts": ("ц", "тс"),
    "tz": ("ц",),
    "ch": ("ч",),
    "sh": ("ш", "щ", "сх"),
    "yu": ("ю",),
    "ya": ("я",),
    "yo": ("е", "йо"),
    "ye": ("е", "ые"),
    "ju": ("ю",),
    "ja": ("я",),
    "jo": ("е", "йо"),
    "iu": ("ю", "иу"),
    "ia": ("я", "иа"),
    "io": ("е", "ио"),
    "ie": ("ие", "ье"),
    "yi": ("ый", "ы"),
    "ij": ("ий",),
    "iy": ("ий",),
    "yy": ("ый",),
    "a": ("а",),
    "b": ("б",),
    "c": ("ц", "к", "с"),
    "d": ("д",),
    "e": ("е", "э"),
    "f": ("ф",),
    "g": ("г", "ж"),
    "h": ("х", "г"),
    "i": ("и", "й", "ы"),
    "j": ("й", "ж"),
    "k": ("к",),
    "l": ("л",),
    "m": ("м",),
    "n": ("н",),
    "o": ("о",),
    "p": ("п",),
    "q": ("к",),
    "r": ("р",),
    "s": ("с", "ц"),
    "t": ("т",),
    "u": ("у", "ю"),
    "v": ("в",),
    "w": ("в", "ш"),
    "x": ("х", "кс"),
    "y": ("ы", "й", "и"),
    "z": ("з", "ж"),
    "'": ("ь", "ъ", ""),
    "`": ("ь", ""),
    "4": ("ч", "4"),
    "6": ("ш", "6"),
    "1": ("1",),
}
_LONGEST_KEY = 4
_LONGEST_WORD = 20  # letters; longer ones are no Russian words and have too many readings
_SOFTENED = set("бвджзлмнпрстчш")
_HARD = set("aouy'`")  # no soft sign stands before these
_MOST_WORDS = 40  # of one message
_TRIES = 300  # readings looked at for one word
_DEAREST = 4  # edits from the usual reading


def other_layout(text: str) -> str:
    """The same keys on a Russian keyboard: ghbdtn -> привет."""
    return text.translate(_LAYOUT)


def by_ear(text: str, known: Known, own: Known, keep: frozenset[str] = frozenset()) -> str:
    """Each Latin word in Cyrillic; among its readings the nearest `own` word wins, then the nearest `known` one.

    Words in `keep` and measures (5g, 10gb) stay as they are.
    """

    def written(found: re.Match[str]) -> str:
        word = found[0]
        return word if word in keep or _MEASURE.fullmatch(word) else _word(word, known, own)

    return _LATIN_WORD.sub(written, text, count=_MOST_WORDS)


def _word(word: str, known: Known, own: Known) -> str:
    usual = found = ""
    if len(word) > _LONGEST_WORD:
        return word
    for reading in islice(_readings(word), _TRIES):
        if own(reading):
            return reading
        usual = usual or reading
        found = found or (reading if known(reading) else "")
    return found or usual


def _readings(word: str) -> Iterator[str]:
    """Readings from cheap to dear; a soft sign that was not typed costs one edit."""
    heap: list[tuple[int, int, str]] = [(0, 0, "")]
    while heap:
        cost, left, reading = heappop(heap)
        place = len(word) + left if left else 0
        if reading and left == 0:
            yield reading
            continue
        for grown, stop, dearer in _steps(word, place, reading):
            if cost + dearer <= _DEAREST:
                heappush(heap, (cost + dearer, stop - len(word), grown))


def _steps(word: str, place: int, reading: str) -> Iterator[tuple[str, int, int]]:
    """Reading grown by one key, where the key ends, and what it costs."""
    whole = 0  # splitting `sh` into s + h is a reading too, but a dear one
    for length in range(min(_LONGEST_KEY, len(word) - place), 0, -1):
        key = word[place : place + length]
        letters = _READINGS.get(key, ())
        for rank, letter in enumerate(letters):
            stop = place + length
            yield reading + letter, stop, whole + rank
            if letter in _SOFTENED and word[stop : stop + 1] not in _HARD:
                yield reading + letter + "ь", stop, whole + rank + 1
        if letters:
            whole = max(whole, 1 if key[-1] in "aouei" else 2)
