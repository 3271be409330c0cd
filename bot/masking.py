"""A person's words without what tells who they are: numbers, mail addresses, @names, what links carry.

Whatever is hidden becomes `•`, a sign per digit; the words around stay as they were typed.
"""

from __future__ import annotations

import re

from faq.sanitise import visible

HIDDEN = "•"

_DIGIT = r"[\d⁰¹²³⁴-⁹₀-₉①-⑨⓪]"
_BETWEEN = r"[\s\u20e3().,:/_·‐-―−-]{0,3}"
_LONG = re.compile(rf"{_DIGIT}{{4,}}")
# Six digits and more with signs between them: phones as people write them, passports, cards, dates of birth.
_BROKEN = re.compile(rf"{_DIGIT}(?:{_BETWEEN}{_DIGIT}){{5,}}")
_SPOKEN = re.compile(r"[零〇一二两三四五六七八九幺]{6,}")
_ANY_DIGIT = re.compile(_DIGIT)

_LETTERS = "A-Za-zА-Яа-яЁё0-9"
_MAIL = re.compile(rf"[{_LETTERS}._%+-]+[@＠][{_LETTERS}-]+(?:\.[{_LETTERS}-]+)+")
_HANDLE = re.compile(r"[@＠][A-Za-z0-9_.]{2,}")
_REST_OF_LINK = r"[^\s\u3000-\u303f\uff00-\uffef]+"
_LINK = re.compile(rf"(https?://)(?:[^\s/@]*@)?([^\s/?#\u3000-\u303f\uff00-\uffef]+)[/?#]{_REST_OF_LINK}", re.I)
_BARE_LINK = re.compile(rf"()((?:[a-z0-9-]+\.)+[a-z]{{2,}})/{_REST_OF_LINK}", re.I)


def masked_phone(phone: str) -> str:
    """+79000000001 -> +7 900 ••• •• 01: enough for its owner to know it by."""
    return f"{phone[:2]} {phone[2:5]} {HIDDEN * 3} {HIDDEN * 2} {phone[-2:]}"


def masked(text: str) -> str:
    text = visible(text)
    for link in (_LINK, _BARE_LINK):
        text = link.sub(rf"\1\2/{HIDDEN}", text)
    text = _MAIL.sub(f"{HIDDEN}@{HIDDEN}", text)
    text = _HANDLE.sub(f"@{HIDDEN}", text)
    for numbers in (_BROKEN, _LONG):
        text = numbers.sub(lambda found: _ANY_DIGIT.sub(HIDDEN, found[0]), text)
    return _SPOKEN.sub(lambda found: HIDDEN * len(found[0]), text)
