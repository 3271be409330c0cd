"""A replay in an editor's words, and as JSON for the operations page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from faq.match import Match
from faq.replay import KINDS, Change, Proof, Replay

SHOWN = 5  # examples of each kind
KEPT = 200  # changes in the JSON
_WORDS = {
    "unsafe": "a cry for help or for a human is taken for something else now",
    "lost": "went to an answer or a choice, goes to a human now",
    "moved": "is answered with another topic now",
    "asks": "was answered at once, is asked back now",
    "other_human": "goes to a human for another reason now",
    "buttons": "is offered other buttons now",
    "settled": "was asked back, is answered at once now",
    "gained": "went to a human, goes to an answer or a choice now",
}


def as_lines(found: Replay) -> Iterator[str]:
    asked = sum(one.times for one in found.questions)
    counted = found.counted()
    share = f" ({counted.total() / asked:.1%})" if asked else ""
    yield f"{asked} messages, {len(found.questions)} of them different: {counted.total()} decided otherwise{share}."
    for name, what in found.entries:
        answered = found.traffic[name]
        yield f"  {name}: {what}" + (f"; answers {answered} of these messages" if answered else "")
    for kind in KINDS:
        if counted[kind]:
            yield ""
            yield f"{kind} {counted[kind]}: {_WORDS[kind]}"
            same = [one for one in found.changes if one.kind == kind]
            yield from (f"  {_line(one)}" for one in same[:SHOWN])
            if len(same) > SHOWN:
                yield f"  and {len(same) - SHOWN} more, --json has them"
    if flows := found.flows():
        yield ""
        yield "Which topic takes messages from which (? is a choice):"
        yield from (f"  {count:6}  {before} -> {after}" for before, after, count in flows[:20])
    yield ""
    yield from _proofs(found)


def _line(change: Change) -> str:
    one = change.question
    people = f", {one.people} people" if one.people > 1 else ""
    return f"{one.times} x “{one.text}” ({one.language}{people}): {_said(change.before)} -> {_said(change.after)}"


def _said(match: Match) -> str:
    if match.decision == "clarify":
        return f"? {' | '.join(match.options)}"
    return f"{match.topic} {match.confidence:.2f}" if match.decision == "answer" else f"human ({match.topic})"


def _proofs(found: Replay) -> Iterator[str]:
    broken = [one for one in found.proofs if not one.mended]
    mended = len(found.proofs) - len(broken)
    yield f"Proof sentences: {found.proved} hold, {len(broken)} broken by the edit, {mended} mended."
    for one in broken:
        yield f"  {_place(one)}: “{one.sentence.text}” must find {one.sentence.topic}, got {_said(one.after)}"


def _place(proof: Proof) -> str:
    return f"{proof.sentence.file}:{proof.sentence.line}"


def as_json(found: Replay) -> dict[str, Any]:
    return {
        "messages": sum(one.times for one in found.questions),
        "different": len(found.questions),
        "kinds": {kind: found.counted()[kind] for kind in KINDS},
        "changed": found.counted().total(),
        "flows": [{"from": before, "to": after, "count": count} for before, after, count in found.flows()[:50]],
        "changes": [_change(one) for one in found.changes[:KEPT]],
        "entries": [{"entry": name, "what": what, "messages": found.traffic[name]} for name, what in found.entries],
        "proof": {"hold": found.proved, "changed": [_proof(one) for one in found.proofs]},
    }


def _change(change: Change) -> dict[str, Any]:
    one = change.question
    return {
        "kind": change.kind,
        "text": one.text,
        "lang": one.language,
        "times": one.times,
        "people": one.people,
        "before": _decision(change.before),
        "after": _decision(change.after),
    }


def _proof(proof: Proof) -> dict[str, Any]:
    one = proof.sentence
    return {
        "text": one.text,
        "lang": one.language,
        "wanted": one.topic,
        "mended": proof.mended,
        "place": _place(proof),
        "after": _decision(proof.after),
    }


def _decision(match: Match) -> dict[str, Any]:
    return {
        "decision": match.decision,
        "topic": match.topic,
        "options": list(match.options),
        "confidence": round(match.confidence, 3),
    }
