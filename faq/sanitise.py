"""The first steps of reading a message: they make any input safe and short, and lose nothing a reader would miss.

NFKC stands before everything else on purpose: one sign of Unicode expands to eighteen, and a text of such signs
must be long before it is cut, not after.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST = 400  # signs read of a message; more tells no more about what is wanted and costs time

# Zero-width signs, marks of direction and variation: invisible, and they split words.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_TAG = re.compile(r"</?[a-z][a-z0-9]{0,9}>")  # <b>, </i>: pasted markup says nothing
_SPACES = re.compile(r"\s+")
_NO_WORD = re.compile(r"[\W_]+")
_LETTER_RUN = re.compile(r"([^\W\d_])\1{2,}")
_SIGN_RUN = re.compile(r"([^\w\s])\1+")


def sanitise(text: str, longest: int = LONGEST) -> str:
    """Cut, NFKC, lower case, ё as е, no invisible or control signs, no lone surrogates, single spaces."""
    text = text[:longest].encode("utf-8", "replace").decode()
    text = unicodedata.normalize("NFKC", text)[:longest].lower().replace("ё", "е")
    text = _CONTROL.sub(" ", _INVISIBLE.sub("", _TAG.sub(" ", text)))
    return _SPACES.sub(" ", text).strip()


def visible(text: str) -> str:
    """The text as it was typed, without the signs that nobody sees: soft hyphens, zero-width spaces, directions."""
    return _INVISIBLE.sub("", text)


def calm(text: str) -> str:
    """A letter held down is one letter (привееет), a run of the same sign is one sign (???)."""
    return _SIGN_RUN.sub(r"\1", _LETTER_RUN.sub(r"\1", text))


def plain(text: str) -> str:
    """Letters and digits alone: two phrases with the same plain form are the same phrase."""
    return _NO_WORD.sub("", sanitise(text))


# Of the FAQ's own phrases, which an edit asks for again; what people write is kept nowhere but in the transcript.
# Ask with a str itself: what derives from it would be kept beside.
sanitised_phrase = lru_cache(40_000)(sanitise)


@lru_cache(40_000)
def plain_phrase(phrase: str) -> str:
    return _NO_WORD.sub("", sanitised_phrase(phrase))
