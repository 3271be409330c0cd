"""What the bot is to learn from: what was asked, what it made of it, what the person or an agent said it was; masked.

keep          a message that the bot itself decided on, with what it did and how sure it was
picked        which of the offered buttons was meant, or none
called_human  the question before was not answered well; the handoff that it led to
agent_chose   the ready answer that an agent gave in that handoff
missing       the agent closed it with the remark that the FAQ should know this
since         all of it, for `python -m bot lessons`; faq/ makes gaps and proposals of it
unanswered    what the editors are shown as missing; `answered`: what came of it
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from bot.conversation import Conversation
from bot.database import Tx
from bot.masking import masked
from bot.messages import Incoming
from bot.outcome import Outcome, QueueUp
from faq.asides import aside, corrected
from faq.gaps import BADLY_RATED

KEEP = timedelta(days=180)
UNDECIDED_FOR = timedelta(minutes=10)  # so long somebody who was asked back may still press a button
DOUBTED_WITHIN = timedelta(minutes=5)  # a call for a human this soon after an answer says that it did not help

# Topics of messages that ask nothing an entry could answer better.
NO_QUESTION = ("human", "emergency", "greeting", "thanks", "goodbye", "complaint")
_NOT_ANSWERED = (None, "out_of_scope", "human", "emergency")

_TOLD = """
    SELECT l.at, l.conversation_id AS person, l.language AS lang, l.channel, l.text, l.decision, l.topic,
           l.offered, l.ranked, l.confidence, l.chosen, l.agent_entry AS agent, h.outcome, l.doubt,
           coalesce(h.candidate, false) AS candidate, h.id AS handoff, h.rating,
           round(extract(epoch FROM h.closed_at - h.assigned_at) / 60, 1)::float AS minutes
      FROM lesson l LEFT JOIN handoff h ON h.id = l.handoff_id
"""
_LAST_QUESTION = """
    SELECT id FROM lesson WHERE conversation_id = $1 AND at > now() - $2::interval
       AND coalesce(topic, '') <> ALL($3) ORDER BY id DESC LIMIT 1
"""


async def keep(tx: Tx, before: Conversation, incoming: Incoming, outcome: Outcome) -> None:
    """`before` is the conversation that was decided on; what people add while they wait is for the agent alone."""
    if before.state == "queued" or incoming.kind in ("button", "contact"):
        return
    if aside(incoming.text) == "not_that" or corrected(incoming.text) is not None:
        await _doubt(tx, before.id, outcome.memory.offered)
    if (trace := outcome.trace) is None:
        return
    decision, topic = _did(trace, outcome)
    await tx.execute(
        """INSERT INTO lesson (conversation_id, channel, language, text, decision, topic, offered, ranked, confidence,
                               place)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        before.id,
        before.channel,
        outcome.language,
        masked(trace["text"]),
        decision,
        topic,
        trace["options"] if decision == "clarify" else [],
        trace["ranked"],
        trace["confidence"],
        _place(trace["named"]),
    )


def _place(named: list[str]) -> str | None:
    """The place that the words name, unless they name several."""
    places = {value for kind, _, value in (one.partition(":") for one in named) if kind == "place"}
    return places.pop() if len(places) == 1 else None


def _did(trace: dict[str, Any], outcome: Outcome) -> tuple[str, str | None]:
    """What the bot did in the end, which an order, or a second miss, makes another thing than the match alone."""
    for change in outcome.changes:
        if isinstance(change, QueueUp):
            return "handoff", change.topic if change.reason in ("asked", "entry") else change.reason
    if trace["decision"] == "clarify" and list(outcome.memory.offered) == trace["options"]:
        return "clarify", None
    return "answer", outcome.memory.topic if trace["topic"] in _NOT_ANSWERED else trace["topic"]


async def _doubt(tx: Tx, conversation_id: int, instead: tuple[str, ...] = ()) -> None:
    """The last answer or choice was no help; `instead` is what was offered in place of an answer."""
    await tx.execute(
        f"""UPDATE lesson SET doubt = true, offered = CASE decision WHEN 'answer' THEN $4::text[] ELSE offered END
             WHERE id = ({_LAST_QUESTION}) AND decision IN ('answer', 'clarify') AND NOT doubt""",
        conversation_id,
        DOUBTED_WITHIN,
        NO_QUESTION,
        instead,
    )


async def judged(tx: Tx, conversation_id: int, at: datetime, *, doubt: bool) -> None:
    """The person put a sign on what the bot said at that moment."""
    await tx.execute(
        """UPDATE lesson SET doubt = $3 WHERE decision IN ('answer', 'clarify') AND id = (
              SELECT id FROM lesson WHERE conversation_id = $1 AND at <= $2 ORDER BY at DESC, id DESC LIMIT 1)""",
        conversation_id,
        at,
        doubt,
    )


async def picked(tx: Tx, conversation_id: int, topic: str) -> None:
    """The person said which of the offered topics was meant, or none; of an older choice than the last, nothing."""
    await tx.execute(
        """UPDATE lesson SET chosen = $2 WHERE chosen IS NULL AND ($2 = 'none' OR $2 = ANY(offered)) AND id = (
              SELECT max(id) FROM lesson WHERE conversation_id = $1 AND offered <> '{}')""",
        conversation_id,
        topic,
    )


async def called_human(tx: Tx, before: Conversation, incoming: Incoming, wanted: QueueUp) -> None:
    """After the person was queued: the last question led there, unless it was a button of an answer, or danger."""
    asked = wanted.reason == "asked"
    words = incoming.kind != "button" and bool(incoming.text)
    if before.state == "queued" or wanted.topic == "emergency":
        return
    if not (asked or words or incoming.button.startswith("pick:")):
        return
    if asked:
        await _doubt(tx, before.id)
    await tx.execute(
        f"""UPDATE lesson SET handoff_id = (SELECT handoff_id FROM conversation WHERE id = $1)
             WHERE handoff_id IS NULL AND id = ({_LAST_QUESTION})""",
        before.id,
        DOUBTED_WITHIN,
        NO_QUESTION,
    )


async def agent_chose(tx: Tx, conversation_id: int, entry: str) -> None:
    """The first ready answer of a handoff is what its question was about; later ones may be about what came after."""
    await tx.execute(
        """UPDATE lesson SET agent_entry = $2 WHERE agent_entry IS NULL
              AND handoff_id = (SELECT handoff_id FROM conversation WHERE id = $1)""",
        conversation_id,
        entry,
    )


async def missing(tx: Tx, conversation: Conversation, handoff_id: int) -> None:
    """The handoff has a lesson: the question that led to it, else the first thing the person said in it."""
    await tx.execute(
        """INSERT INTO lesson (conversation_id, channel, language, text, decision, topic, handoff_id)
           SELECT $1, $2, $3, $4, 'handoff', 'unclear', $5
            WHERE $4 <> '' AND NOT EXISTS (SELECT 1 FROM lesson WHERE handoff_id = $5)""",
        conversation.id,
        conversation.channel,
        conversation.language,
        masked(await _first_said(tx, conversation.id, handoff_id)),
        handoff_id,
    )


async def _first_said(tx: Tx, conversation_id: int, handoff_id: int) -> str:
    said = await tx.fetchval(
        """SELECT e.body->>'text' FROM event e JOIN handoff h ON h.id = $2
            WHERE e.conversation_id = $1 AND e.author_kind = 'user' AND e.kind = 'msg' AND NOT e.body ? 'kind'
              AND e.at >= coalesce(h.assigned_at, h.queued_at) ORDER BY e.n LIMIT 1""",
        conversation_id,
        handoff_id,
    )
    return str(said or "")[:200]


async def since(tx: Tx, ago: timedelta) -> AsyncIterator[dict[str, Any]]:
    """The lessons of this long a time, oldest first, in the shape that faq/asked.py reads."""
    rows = tx.cursor(f"{_TOLD} WHERE l.at > now() - $1::interval ORDER BY l.id", ago)
    async for row in rows:
        yield {**row, "at": row["at"].isoformat(timespec="seconds")}


async def unanswered(tx: Tx, ago: timedelta, most: int) -> list[dict[str, Any]]:
    """The newest of those that may not have been answered, for faq/gaps.py to judge, in the same shape.

    Whoever was asked back has some minutes to press a button.
    """
    rows = await tx.fetch(
        f"""{_TOLD} WHERE l.at > now() - $1::interval
               AND (l.decision <> 'answer' OR l.doubt OR l.handoff_id IS NOT NULL)
               AND (l.doubt OR l.chosen = 'none' OR h.candidate OR h.rating <= $4 OR l.decision = 'handoff'
                    OR (l.decision = 'clarify' AND l.chosen IS NULL AND l.at < now() - $3::interval))
             ORDER BY l.id DESC LIMIT $2""",
        ago,
        most,
        UNDECIDED_FOR,
        BADLY_RATED,
    )
    return [_told(row) for row in rows]


async def answered(tx: Tx, topics: list[str], after: datetime, most: int) -> list[dict[str, Any]]:
    """The newest that were answered with one of these topics, and nobody doubted it; in the same shape."""
    rows = await tx.fetch(
        f"""{_TOLD} WHERE l.at > $2 AND l.decision = 'answer' AND l.topic = ANY($1) AND NOT l.doubt
             ORDER BY l.id DESC LIMIT $3""",
        topics,
        after,
        most,
    )
    return [_told(row) for row in rows]


def _told(row: Any) -> dict[str, Any]:
    return {**row, "at": row["at"].isoformat()}


async def forget_old(tx: Tx) -> None:
    await tx.execute("DELETE FROM lesson WHERE at < now() - $1::interval", KEEP)
