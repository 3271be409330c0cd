"""The rules of a good FAQ, one function each; its docstring is the rule.

A rule takes the catalogue and yields findings. Errors keep a folder from being used; warnings are shown.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from faq import lint_phrases, lint_typography
from faq.entry import LANGUAGES, TOPICS, Catalogue, Entry, Finding, Words, at
from faq.facts import ACTIONS, BRAND, SERVICE_FIELDS, TARIFF_FIELDS, Action
from faq.lint_days import buttons, days, fallbacks, variants
from faq.lint_files import files
from faq.lint_promises import promises
from faq.lint_tables import places
from faq.lint_texts import Rule, answers, labels
from faq.lint_tips import tips
from faq.saying import say
from faq.wording import Placeholder, placeholders

LONGEST_ANSWER = 700  # signs: what fits on a phone without scrolling
MOST_LINES = 6
LONGEST_TITLE = {"ru": 32, "zh": 14}  # a button of Telegram cuts longer ones
_PUBLIC_ACTIONS = {"tariffs", "service_list", "extras", "roaming", "calls_abroad", "coverage", "rollover"}
DATA_CLASSES = ("public", "personal", "money")  # from the least private


def check(catalogue: Catalogue, folder: Path, today: date) -> Iterator[Finding]:
    """Every finding of every rule that is quick enough to stand before each start; lint_deep.py has the others."""
    rules: list[Rule] = [*RULES, partial(days, today=today)]
    if catalogue.whole:
        codes = _places(folder / "operator" / "places.csv")
        rules += [topics, fallbacks, partial(targets, codes=codes), partial(buttons, today=today)]
    for rule in rules:
        yield from rule(catalogue)
    yield from tips(catalogue)
    spoken = replace(catalogue, entries={tip.entry.id: tip.entry for tip in catalogue.tips})
    text_rules: list[Rule] = [partial(days, today=today), *_OF_TEXTS]
    for rule in text_rules:
        yield from rule(spoken)
    yield from places(folder)
    yield from files(folder)


def topics(catalogue: Catalogue) -> Iterator[Finding]:
    """`topic:` names an entry that is a topic itself; each topic that the operator promised has an entry."""
    for entry in catalogue.entries.values():
        broad = catalogue.entries.get(entry.topic)
        if broad is None or broad.topic != broad.id:
            message = say("`topic: {topic}` is not the id of an entry that is a topic; correct it", topic=entry.topic)
            yield Finding(*at(entry.topic, entry), "topics", message)
    for topic in (topic for area in TOPICS.values() for topic in area):
        if topic not in catalogue.entries:
            message = say("no entry answers the topic `{topic}`; add one with this id", topic=topic)
            yield Finding("faq/areas", 1, "topics", message, warning=True)


def targets(catalogue: Catalogue, codes: frozenset[str]) -> Iterator[Finding]:
    """A button leads to an entry that exists, with an argument that its action understands."""
    operator = catalogue.operator
    known: Mapping[str, frozenset[str]] = {
        "service": frozenset(operator.services),
        "tariff": frozenset(operator.tariffs),
        "country": frozenset(operator.countries),
        "place": codes,
        "unit": frozenset({"min", "gb", "sms"}),
    }
    for entry in catalogue.entries.values():
        for button in entry.next:
            target = catalogue.entries.get(button.entry)
            if target is None:
                message = say("there is no entry `{entry}`; correct the button", entry=button.entry)
                yield Finding(entry.file, button.line, "targets", message)
            elif button.argument:
                kinds = _action(target).takes
                if not kinds:
                    message = say(
                        "`{entry}` takes no code; delete `:{argument}`", entry=button.entry, argument=button.argument
                    )
                    yield Finding(entry.file, button.line, "targets", message)
                elif not any(button.argument in known.get(kind, ()) for kind in kinds):
                    message = say(
                        "`{argument}`: `{entry}` takes {takes}, and there is none of this code",
                        argument=button.argument,
                        entry=button.entry,
                        takes=" / ".join(sorted(kinds)),
                    )
                    yield Finding(entry.file, button.line, "targets", message)


def actions(catalogue: Catalogue) -> Iterator[Finding]:
    """`action` and `cases` are known to the program, and every case that the action can end in has words."""
    for entry in catalogue.entries.values():
        if entry.action is not None and entry.action not in ACTIONS:
            message = say("unknown action `{action}`; known are {known}", action=entry.action, known=", ".join(ACTIONS))
            yield Finding(*at(entry.action, entry), "actions", message)
            continue
        cases = _action(entry).cases.keys()
        for case in sorted(entry.cases.keys() - cases):
            message = say(
                "unknown case `{case}`; this entry can have {known}",
                case=case,
                known=", ".join(sorted(cases)) or say("none"),
            )
            yield Finding(*_where(entry.cases[case], entry), "actions", message)
        for case in sorted(cases - entry.cases.keys()):
            message = say(
                "`{entry}`: case `{case}` of action `{action}` has no words; add it under `cases:`",
                entry=entry.id,
                case=case,
                action=entry.action,
            )
            yield Finding(entry.file, entry.line, "actions", message)


def data_class(catalogue: Catalogue) -> Iterator[Finding]:
    """An entry is at least as private as what its action quotes, so that no channel carries more than it may."""
    for entry in catalogue.entries.values():
        needed = _action(entry).data
        if DATA_CLASSES.index(entry.data) < DATA_CLASSES.index(needed):
            message = say(
                "`{entry}` quotes the subscriber's own facts; write `data: {needed}`", entry=entry.id, needed=needed
            )
            yield Finding(entry.file, entry.line, "data_class", message)


def facts(catalogue: Catalogue) -> Iterator[Finding]:
    """`{...}` only quotes facts that the action supplies, and the first line only those that are always there."""
    shared = BRAND | {f"tariff.{code}.{name}" for code in catalogue.operator.tariffs for name in TARIFF_FIELDS}
    shared |= {f"service.{code}.{name}" for code in catalogue.operator.services for name in SERVICE_FIELDS}
    for entry in catalogue.entries.values():
        action = _action(entry)
        if entry.action is not None and entry.action not in ACTIONS:
            continue  # nobody knows what it supplies
        always, allowed = shared | action.facts, shared | action.facts | action.optional
        for case, words in answers(entry):
            if case and case not in action.cases:
                continue
            if case:
                always = allowed = shared | action.cases.get(case, frozenset())
            for language in LANGUAGES:
                yield from _facts(entry, words[language], language, always, allowed)


def _facts(
    entry: Entry, text: str, language: str, always: frozenset[str], allowed: frozenset[str]
) -> Iterator[Finding]:
    for found in placeholders(text):
        if message := _misused(found, text, language, always, allowed):
            yield Finding(*at(text, entry, found.line), "facts", message)
    for number, line in enumerate(text.split("\n")):
        for name in re.findall(r"\{([\w.]*[^\x00-\x7f][\w.]*)[|}]", line):
            message = say("`{{name}}` is not known here; facts have Latin names, such as {brand.name}", name=name)
            yield Finding(*at(text, entry, number), "facts", message)
        if re.search(r"[{}]", re.sub(r"\{[\w.]+(\|[^{}|]*)*\}", "", line)):
            message = "a brace that is no `{fact}`; delete it or close it"
            yield Finding(*at(text, entry, number), "facts", message)


def _misused(found: Placeholder, text: str, language: str, always: frozenset[str], allowed: frozenset[str]) -> str:
    if found.fact not in allowed:
        near = sorted(name for name in allowed if name.split(".")[0] == found.fact.split(".")[0])[:8]
        hint = say("perhaps {near}", near=", ".join(near)) if near else say("delete it")
        return say("`{{fact}}` is not known here; {hint}", fact=found.fact, hint=hint)
    if found.line == 0 and found.fact not in always:
        return say(
            "`{{fact}}` is sometimes not known, then its line is left out; move it below the first line",
            fact=found.fact,
        )
    line = text.split("\n")[found.line].strip()
    if found.fact.endswith(".lines") and line != f"{{{found.fact}}}":
        return say("`{{fact}}` is several lines; give it a line of its own", fact=found.fact)
    if found.forms and language == "ru" and len(found.forms) != 3:
        return say("`{{fact}|...}` needs three forms: |день|дня|дней", fact=found.fact)
    return ""


def figures(catalogue: Catalogue) -> Iterator[Finding]:
    """Russian and Chinese quote the same numbers, USSD codes, links and facts."""
    for entry in catalogue.entries.values():
        for words in (*labels(entry), *(words for _, words in answers(entry))):
            ru, zh = (_figures(words[language]) for language in LANGUAGES)
            if ru == zh or not (words["ru"].strip() and words["zh"].strip()):
                continue
            only = {"ru": sorted(ru - zh), "zh": sorted(zh - ru)}
            text = words["ru"] if only["ru"] else words["zh"]
            offset = _line_of((only["ru"] or only["zh"])[0], text)
            said = [
                say("{figures}: only in `{language}`", figures=", ".join(odd), language=language)
                for language, odd in only.items()
                if odd
            ]
            both = said[0] if len(said) == 1 else say("{one}; {other}", one=said[0], other=said[1])
            yield Finding(*at(text, entry, offset), "figures", say("{which}; make the languages agree", which=both))


def _line_of(figure: str, text: str) -> int:
    return next((number for number, line in enumerate(text.split("\n")) if figure in _figures(line)), 0)


def _figures(text: str) -> set[str]:
    quoted = {f"{{{found.fact}}}" for found in placeholders(text)}
    text = re.sub(r"\{[^{}]*\}", " ", text)
    links = set(re.findall(r"https?://[^\s，。；）)]+", text))
    text = re.sub(r"https?://[^\s，。；）)]+", " ", text)
    codes = set(re.findall(r"[*#][*#\d]+#", text))
    text = re.sub(r"[*#][*#\d]+#|\b\d?G\b", " ", text)
    numbers = re.findall(r"\d+(?:[.,]\d+)?", re.sub(r"(?<=\d)[\s,](?=\d{3}\b)", "", text))
    return quoted | links | codes | {number.replace(",", ".") for number in numbers}


def titles(catalogue: Catalogue) -> Iterator[Finding]:
    """A title or button label fits on a button: 32 signs in Russian, 14 hanzi in Chinese (two letters count as one)."""
    for entry in catalogue.entries.values():
        for language in LANGUAGES:
            for text in dict.fromkeys(words[language] for words in labels(entry)):
                length = len(text) if language == "ru" else sum(1 if sign > "⺀" else 0.5 for sign in text)
                if length > LONGEST_TITLE[language]:
                    message = say(
                        "“{text}” does not fit on a button; {most} signs at most",
                        text=text,
                        most=LONGEST_TITLE[language],
                    )
                    yield Finding(*at(text, entry), "titles", message)
                if re.search(r"[{}`*\n]", text):
                    message = say(
                        "“{text}”: a label is shown as it stands; no facts, markup or second line in it", text=text
                    )
                    yield Finding(*at(text, entry), "titles", message)


def long_answers(catalogue: Catalogue) -> Iterator[Finding]:
    """An answer is short enough for a phone: 700 signs and 6 lines at most, and no line of it is empty."""
    for entry in catalogue.entries.values():
        for _, words in answers(entry):
            for language in LANGUAGES:
                lines = words[language].strip("\n").split("\n")
                if lines != [""] and (len(lines) > MOST_LINES or "" in map(str.strip, lines)):
                    message = say(
                        "{count} lines, or an empty one; {most} at most, one thought a line",
                        count=len(lines),
                        most=MOST_LINES,
                    )
                    yield Finding(*at(words[language], entry), "long_answers", message, warning=True)
                if (length := len(words[language])) > LONGEST_ANSWER:
                    message = say(
                        "{length} signs are too long for a phone; shorten it to {most}",
                        length=length,
                        most=LONGEST_ANSWER,
                    )
                    yield Finding(*at(words[language], entry), "long_answers", message, warning=True)


# What a tip has to keep as an answer has.
_OF_TEXTS: tuple[Rule, ...] = (facts, figures, titles, long_answers, *lint_typography.RULES)

RULES: tuple[Rule, ...] = (
    actions,
    data_class,
    facts,
    figures,
    titles,
    long_answers,
    variants,
    promises,
    *lint_phrases.RULES,
    *lint_typography.RULES,
)


def _action(entry: Entry) -> Action:
    return ACTIONS.get(entry.action or "", Action())


def _where(words: Words, entry: Entry) -> tuple[str, int]:
    return at(words["ru"] or words["zh"], entry)


def _places(path: Path) -> frozenset[str]:
    try:  # what is wrong in it says lint_tables
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            return frozenset(row["id"] for row in csv.DictReader(file) if row.get("id"))
    except (OSError, csv.Error):
        return frozenset()
