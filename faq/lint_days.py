"""Rules about the days an entry is true for, its variants, its fallback and its buttons."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from faq.entry import Catalogue, Entry, Finding, Period, Variant
from faq.saying import say

SOON = timedelta(days=14)
_BUTTON_BYTES = 64  # what a button of Telegram carries


def days(catalogue: Catalogue, today: date) -> Iterator[Finding]:
    """A period begins before it ends, is not over, and does not end within two weeks unnoticed."""
    for entry in catalogue.entries.values():
        for line, period, what in _periods(entry):
            if period.first and period.last and period.last < period.first:
                message = say(
                    "{what} ends {last} before it begins {first}; correct one of the days",
                    what=what,
                    last=period.last,
                    first=period.first,
                )
                yield Finding(entry.file, line, "days", message)
            elif period.last and period.last < today:
                message = say("{what} was true until {last}; renew or delete it", what=what, last=period.last)
                yield Finding(entry.file, line, "days", message, warning=True)
            elif period.last and period.last - SOON <= today:
                message = say("{what} is true only until {last}; prepare what comes after", what=what, last=period.last)
                yield Finding(entry.file, line, "days", message, warning=True)


def _periods(entry: Entry) -> Iterator[tuple[int, Period, str]]:
    yield entry.line, entry.valid, f"`{entry.id}`"
    for variant in entry.variants:
        yield variant.line, variant.valid, say("a variant of `{entry}`", entry=entry.id)


def variants(catalogue: Catalogue) -> Iterator[Finding]:
    """Every variant can be reached: none before it holds whenever it does, none shares its conditions and days."""
    for entry in catalogue.entries.values():
        for number, later in enumerate(entry.variants):
            for earlier in entry.variants[:number]:
                if not earlier.when and earlier.valid == Period():
                    continue  # has no conditions at all, which the reader has said
                if earlier.when.items() <= later.when.items() and _covers(earlier, later):
                    message = say(
                        "never said: the variant in line {line} always comes first; put this one above",
                        line=earlier.line,
                    )
                    yield Finding(entry.file, later.line, "variants", message)
                elif earlier.when == later.when and earlier.valid.meets(later.valid):
                    message = say(
                        "the same conditions as in line {line}, and their days overlap; part the days",
                        line=earlier.line,
                    )
                    yield Finding(entry.file, later.line, "variants", message)


def _covers(one: Variant, other: Variant) -> bool:
    first, last = one.valid.first or date.min, one.valid.last or date.max
    return first <= (other.valid.first or date.min) and (other.valid.last or date.max) <= last


def fallbacks(catalogue: Catalogue) -> Iterator[Finding]:
    """`fallback` is another entry, for an entry that has days, and leads to no circle."""
    for entry in catalogue.entries.values():
        if not entry.fallback:
            continue
        message = ""
        if entry.fallback not in catalogue.entries:
            message = say("there is no entry `{fallback}`; correct the fallback", fallback=entry.fallback)
        elif entry.fallback in _chain(entry.fallback, catalogue):
            message = say(
                "`{fallback}` leads back to itself; name an entry that is always true", fallback=entry.fallback
            )
        elif entry.valid == Period():
            message = "a fallback without `valid_from` or `valid_until` is never said; add the days or delete it"
        if message:
            yield Finding(entry.file, getattr(entry.fallback, "line", entry.line), "fallbacks", message)


def _chain(name: str, catalogue: Catalogue) -> Iterator[str]:
    """Where its fallbacks lead, until the end or the first entry seen before."""
    seen: set[str] = set()
    while name and name in catalogue.entries and name not in seen:
        seen.add(name)
        name = catalogue.entries[name].fallback
        yield name


def buttons(catalogue: Catalogue, today: date) -> Iterator[Finding]:
    """No button twice, none to an entry whose days are over, none longer than a channel carries."""
    for entry in catalogue.entries.values():
        seen: set[tuple[str, str]] = set()
        for button in entry.next:
            target = catalogue.entries.get(button.entry)
            if (button.entry, button.argument) in seen:
                yield Finding(
                    entry.file, button.line, "buttons", say("`{entry}` is here twice; keep one", entry=button.entry)
                )
            seen.add((button.entry, button.argument))
            if len(f"go:{button.entry}:{button.argument}".encode()) > _BUTTON_BYTES:
                message = say(
                    "`{entry}:{argument}` is more than a button of Telegram carries; shorten the id",
                    entry=button.entry,
                    argument=button.argument,
                )
                yield Finding(entry.file, button.line, "buttons", message)
            if target is not None and target.valid.last and target.valid.last < today:
                message = say(
                    "`{entry}` is not true any more since {last}; lead somewhere else",
                    entry=button.entry,
                    last=target.valid.last,
                )
                yield Finding(entry.file, button.line, "buttons", message, warning=True)
            if target is entry and button.label is None and not button.argument:
                message = say(
                    "`{entry}` leads to itself under the same name; give the button a label or remove it",
                    entry=entry.id,
                )
                yield Finding(entry.file, button.line, "buttons", message, warning=True)
