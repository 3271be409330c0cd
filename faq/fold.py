"""Makes equal questions look equal: the steps between what a person typed and what the matcher reads.

sanitise -> repeats -> simplified hanzi -> keyboard layout, Russian in Latin letters or pinyin -> slang -> typos.
The FAQ's phrases and the messages go through the same steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import opencc

from faq.foreign import foreign
from faq.latin import by_ear, other_layout
from faq.lexicon import Lexicon, Slang
from faq.pinyin import Pinyin
from faq.sanitise import calm, sanitise, sanitised_phrase

_HANZI = re.compile(r"[\u3400-\u9fff]")
_CHINESE_GRAMMAR = re.compile("[吗怎么呢吧哪是有我您你们了什多几能不没把帮请开关换查退办想要]|一下")
_WORD = re.compile(r"\w")
_CYRILLIC = re.compile(r"[а-я]")
_LATIN = re.compile(r"[a-z]")
_LATIN_TOKEN = re.compile(r"[a-z][a-z0-9'-]*")
_RUSSIAN_TOKEN = re.compile(r"[а-я][а-я-]*[а-я]|[а-я]")

_LEAST_LATIN = 3  # letters; fewer are no text
_LAYOUT_BONUS = 0.02  # known words by layout are never known by chance
_PINYIN_SCORE, _ONE_SYLLABLE_SCORE = 0.80, 0.45
_MOST_WORDS = 50  # looked at one by one; 400 signs of real text hold no more
_ENOUGH = 0.55  # share of letters in known words


@dataclass(frozen=True)
class Folded:
    text: str
    language: str | None  # None: nothing in it tells, an emoji or a number
    foreign: bool = False  # a sentence in a language that is neither Russian nor Chinese
    blank: bool = False  # not one word in it that anybody uses


class Fold:
    """Read-only after construction; one instance serves all threads."""

    def __init__(self, lexicon: Lexicon, pinyin: Pinyin, slang: Slang) -> None:
        self.lexicon = lexicon
        self.pinyin = pinyin
        self.slang = slang
        self._simplify: Any = opencc.OpenCC("t2s")
        longest_first = sorted(slang.zh, key=len, reverse=True)
        self._zh_slang = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def __call__(self, text: str) -> Folded:
        text = typed = calm(sanitise(text))
        if not _WORD.search(text):
            return Folded(" ".join(dict.fromkeys(filter(None, map(self.slang.signs.get, text)))), None)
        if _HANZI.search(text):
            text = self._borrowed(self._simplify.convert(text))
        elif self._is_latin(text):
            text = self.latin(text)
        hanzi, cyrillic = len(_HANZI.findall(text)), len(_CYRILLIC.findall(text))
        if hanzi:
            text = self._zh_slang.sub(lambda found: self.slang.zh[found[0]], text)
        if cyrillic:
            text = _RUSSIAN_TOKEN.sub(lambda found: self.russian(found[0]), text, count=_MOST_WORDS)
        strange = foreign(typed, text, self._ours)
        return Folded(text, _language(text), strange, blank=not self.lexicon.says_something(text))

    def _ours(self, word: str) -> bool:
        return word in self.slang.latin or word in self.slang.ru or self.lexicon.known(word)

    def russian(self, word: str) -> str:
        """Slang first, then typos; a hyphenated word that is not known as a whole is mended part by part."""
        if word in self.slang.ru:
            return self.slang.ru[word]
        if "-" in word:
            return "-".join(self.lexicon.repaired(part) for part in word.split("-") if part)
        mended = self.lexicon.repaired(word)
        return self.slang.ru.get(mended, mended)

    def _borrowed(self, text: str) -> str:
        """Russian terms in Latin letters inside a Chinese sentence: 我的 tarif 是什么."""

        def written(found: re.Match[str]) -> str:
            word = by_ear(found[0], self.lexicon.own, self.lexicon.own, self.slang.latin)
            return word if len(word) >= _LEAST_LATIN and self.lexicon.own(word) else found[0]

        return _LATIN_TOKEN.sub(written, text)

    def latin(self, text: str) -> str:
        """The likeliest of: another layout, Russian by ear, pinyin; the text itself if none makes sense."""
        candidates = [
            (self._known_share(other_layout(text)) + _LAYOUT_BONUS, other_layout(text)),
            self._by_ear(text),
        ]
        hanzi = self.pinyin.hanzi(text, self.slang.latin)
        if hanzi is not None and _HANZI.search(hanzi):
            alone = len(_HANZI.findall(hanzi)) == 1
            candidates.append((_ONE_SYLLABLE_SCORE if alone else _PINYIN_SCORE, hanzi))
        score, best = max(candidates, key=lambda candidate: candidate[0])
        return best if score >= _ENOUGH else text

    def _by_ear(self, text: str) -> tuple[float, str]:
        written = by_ear(text, self.lexicon.known, self.lexicon.own, self.slang.latin)
        return self._known_share(written), written

    def _known_share(self, text: str) -> float:
        """The share of letters that stand in known Russian words; names of apps and the like count as known."""
        known = total = 0
        for word in re.findall(r"[а-я]+|[a-z]+", text):
            total += len(word)
            known += len(word) * self._ours(word)
        return known / total if total and _CYRILLIC.search(text) else 0.0

    def _is_latin(self, text: str) -> bool:
        letters = len(_LATIN.findall(text))
        if letters < _LEAST_LATIN or letters <= len(_CYRILLIC.findall(text)):
            return False
        words = _LATIN_TOKEN.findall(text)
        return sum(word in self.slang.latin for word in words) < 0.6 * len(words)


def _language(text: str) -> str | None:
    hanzi, cyrillic = len(_HANZI.findall(text)), len(_CYRILLIC.findall(text))
    if not hanzi and not cyrillic:
        return None
    # A Chinese sentence borrows long Russian words; its own small words give it away.
    return "zh" if 2 * hanzi >= cyrillic or _CHINESE_GRAMMAR.search(text) else "ru"


def make_fold(phrases: Iterable[str], names: Iterable[str], slang: Slang) -> Fold:
    """The fold that knows the words of these phrases and names."""
    clean = [sanitised_phrase(phrase) for phrase in phrases]
    return Fold(Lexicon(clean, [sanitise(name) for name in names]), Pinyin(clean), slang)
