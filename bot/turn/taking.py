"""The whole life of one message.

    receive / ingress    the row is stored under its channel's dedupe key; a redelivery ends here
    hear                 into the transcript; if an agent holds the chat that is all, the agent reads and answers
    decide               understand, act, render: no transaction open, every outside call with a time-out
    write                under the conversation's lock: if it moved meanwhile, decide again; else changes, replies, done
    send                 the app reads the transcript, the sender delivers the outbox

A crash between any two steps can repeat a message and can lose none: the inbox row stays unanswered until `write`
commits. What an agent claimed while the bot was thinking gets no bot line.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter

from prometheus_client import Histogram

from bot import contacts, flood, handoff, inbox, render, transcript
from bot.conversation import Conversation
from bot.database import Tx
from bot.decide import decide
from bot.inbox import Letter
from bot.knowledge import lessons
from bot.messages import Attachment, Incoming, PushChannel
from bot.outcome import Change, Circumstances, Forget, Kept, Moved, Outcome, TryAgain
from bot.parts import Bot
from bot.people import erase, identity, linking, ownership
from bot.turn import attached
from bot.turn.changes import apply
from bot.turn.hearing import hear

log = logging.getLogger(__name__)

_seconds = Histogram(
    "bot_turn_seconds",
    "How long the stages of a turn took",
    ["stage"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 3, 10),
)

RETRY = "retry"  # the inbox's channel for messages taken up again after the operator's system was away
_OWN_BUTTONS = frozenset({"lang", "leave", "stay", "line", "rate", "words", "copy"})
TYPING_AFTER = 0.3  # seconds; most answers are there before
TYPING_EVERY = 4.0  # Telegram shows it for five


@dataclass(frozen=True)
class Receipt:
    """What the app's sender is told after the commit. `repeated`: this cid was here before."""

    conversation_id: int
    seq: int
    at: datetime
    repeated: bool


async def receive(bot: Bot, incoming: Incoming) -> Receipt:
    """Store a message of the in-app chat and put it into the transcript; a worker answers it right after.

    Raises NoSuchFile.
    """
    await ownership.of_app_chat(bot, incoming.address)
    async with bot.db.transaction() as tx:
        conversation = await contacts.open(
            tx,
            incoming.channel,
            incoming.address,
            language=incoming.language,
            name=incoming.name,
            phone=incoming.phone,
        )
        said = await transcript.find(tx, conversation.id, "user", incoming.key)
        if said is None:
            incoming = await attached.with_upload(tx, conversation, incoming)
            answered = await attached.continues_album(tx, conversation, incoming)
            event = await hear(bot, tx, conversation, incoming)
            if not answered:
                await inbox.put(
                    tx,
                    channel=incoming.channel,
                    source=incoming.channel,
                    key=f"{incoming.address}:{incoming.key}",
                    lane=f"{incoming.channel}:{incoming.address}",
                    payload=to_bytes(incoming),
                    heard_n=event.n,
                )
        else:
            event = said
    if said is None:
        bot.db.bell.ring("inbox", f"conversation:{conversation.id}")
    return Receipt(conversation.id, event.seq or 0, event.at, said is not None)


def to_bytes(incoming: Incoming) -> bytes:
    return json.dumps(asdict(incoming), ensure_ascii=False).encode()


def from_bytes(payload: bytes) -> Incoming:
    fields = json.loads(payload)
    fields["place"] = tuple(fields["place"]) if fields["place"] else None
    fields["attachment"] = Attachment(**fields["attachment"]) if fields["attachment"] else None
    return Incoming(**fields)


async def _kept(bot: Bot, conversation_id: int) -> Kept:
    async with bot.db.transaction() as tx:
        return Kept(**dict(await erase.kept(tx, conversation_id)))


def incoming_of(bot: Bot, letter: Letter) -> Incoming | None:
    """The message in a letter; None is politely ignored."""
    read = bot.normalise.get(letter.channel, from_bytes)
    return read(letter.payload)


async def take(bot: Bot, letter: Letter) -> None:
    """Answer one message; see the module's docstring for the steps."""
    _seconds.labels("wait").observe((bot.clock() - letter.received_at).total_seconds())
    began = perf_counter()
    incoming = incoming_of(bot, letter)
    if incoming is None:
        async with bot.db.transaction() as tx:
            await inbox.done(tx, letter.id, bot.db.owner)
        return
    conversation, too_much = await _heard(bot, letter, incoming)
    conversation = conversation and await ownership.in_turn(bot, conversation)
    _seconds.labels("hear").observe(perf_counter() - began)
    if conversation is not None and too_much and await _hushed(bot, letter, incoming, conversation):
        return
    while conversation is not None:
        began = perf_counter()
        async with _typing(bot, incoming):
            outcome = await decide(incoming, _circumstances(bot, letter, conversation))
        _seconds.labels("decide").observe(perf_counter() - began)
        began = perf_counter()
        try:
            async with bot.db.transaction() as tx:
                await _write(bot, tx, letter, incoming, conversation, outcome)
        except Moved:
            conversation = await _again(bot, letter, incoming, conversation.id)
            continue
        _seconds.labels("write").observe(perf_counter() - began)
        _seconds.labels("reply").observe((bot.clock() - letter.received_at).total_seconds())
        bot.db.bell.ring(*handoff.rings(conversation.id))
        await identity.tell_elsewhere(bot, outcome)
        return


@asynccontextmanager
async def _typing(bot: Bot, incoming: Incoming) -> AsyncIterator[None]:
    """While an answer takes long, the person sees that one is on its way."""
    channel = bot.push.get(incoming.channel)
    if channel is None or not channel.abilities.typing:
        yield
        return
    task = asyncio.create_task(_show_typing(channel, incoming.address))
    try:
        yield
    finally:
        task.cancel()


async def _show_typing(channel: PushChannel, address: str) -> None:
    await asyncio.sleep(TYPING_AFTER)
    while True:
        await channel.typing(address)
        await asyncio.sleep(TYPING_EVERY)


def _circumstances(bot: Bot, letter: Letter, conversation: Conversation) -> Circumstances:
    return Circumstances(
        conversation=conversation,
        knowledge=bot.knowledge,
        subscribers=bot.subscribers,
        identify=bot.identify,
        settings=bot.settings,
        now=bot.clock().astimezone(bot.settings.timezone),
        request_id=f"inbox:{letter.id}",
        links=bot.links,
        offer=partial(linking.look_at, bot),
        linked=partial(linking.chats_of, bot),
        kept=partial(_kept, bot, conversation.id),
        private=channel.invitation("help") if (channel := bot.push.get(conversation.channel)) else None,
        incidents=bot.incidents,
        last_try=letter.channel == RETRY,
    )


async def _heard(bot: Bot, letter: Letter, incoming: Incoming) -> tuple[Conversation | None, bool]:
    """Step one. None when the turn ends here: an agent holds the chat, or somebody else answered meanwhile.

    True if it is one message too many, see flood.py.
    """
    ended = False
    async with bot.db.transaction() as tx:
        conversation = await contacts.open(
            tx, incoming.channel, incoming.address, language=incoming.language, name=incoming.name
        )
        if incoming.command == "blocked":
            await contacts.mark_unreachable(tx, incoming.channel, incoming.address)
        if letter.heard_n is None and incoming.command not in ("blocked", "returned"):
            ended = await attached.continues_album(tx, conversation, incoming)
            event = await hear(bot, tx, conversation, incoming)
            await inbox.heard(tx, letter.id, event.n)
        if conversation.state == "assigned" and letter.channel != RETRY:
            await handoff.wake(tx, conversation)
        ended = ended or (conversation.state == "assigned" and not _for_the_bot(incoming))
        if ended:
            await inbox.done(tx, letter.id, bot.db.owner)
        too_much = not ended and letter.channel != RETRY and await flood.is_too_much(tx, conversation.id)
    bot.db.bell.ring(f"conversation:{conversation.id}", *(["queue"] if not conversation.held_by_bot else []))
    return None if ended else conversation, too_much


async def _hushed(bot: Bot, letter: Letter, incoming: Incoming, conversation: Conversation) -> bool:
    """It is kept and not answered, which is said once a burst; danger and the person's switches are always heard."""
    if _for_the_bot(incoming):
        return False
    match = await asyncio.to_thread(bot.knowledge.match, incoming.text, conversation.language)
    if match.topic == "emergency":
        return False
    notice = render.notice(conversation.language, "bot.too_much")
    async with bot.db.transaction() as tx:
        present = await contacts.lock(tx, conversation.id)
        done = await inbox.done(tx, letter.id, bot.db.owner)
        if present and done and await flood.is_news(tx, conversation.id, notice.text):
            await transcript.say(tx, present, notice, "system")
    bot.db.bell.ring(*handoff.rings(conversation.id))
    return True


def _for_the_bot(incoming: Incoming) -> bool:
    """What the bot does even while an agent holds the chat: the person's own switches."""
    if incoming.kind == "command":
        return incoming.command in ("language", "stop", "transcript")
    return incoming.kind == "contact" or (
        incoming.kind == "button" and incoming.button.partition(":")[0] in _OWN_BUTTONS
    )


async def _again(bot: Bot, letter: Letter, incoming: Incoming, conversation_id: int) -> Conversation | None:
    """The conversation moved: look at it afresh, or leave the message to the agent who took it."""
    async with bot.db.transaction() as tx:
        conversation = await contacts.lock(tx, conversation_id)
        if conversation is not None and (conversation.state != "assigned" or _for_the_bot(incoming)):
            return conversation
        await inbox.done(tx, letter.id, bot.db.owner)
    return None


async def _write(
    bot: Bot, tx: Tx, letter: Letter, incoming: Incoming, decided_on: Conversation, outcome: Outcome
) -> None:
    conversation = await contacts.lock(tx, decided_on.id)
    if conversation is None or conversation.revision != decided_on.revision:
        raise Moved
    if not await inbox.done(tx, letter.id, bot.db.owner):
        return  # the lease was lost and another process has answered
    if conversation.state == "closed" and outcome.replies:
        await handoff.resume(tx, conversation)
        conversation = replace(conversation, state="bot")
    await contacts.remember(tx, conversation, outcome.memory, outcome.language)
    conversation = replace(conversation, language=outcome.language, memory=outcome.memory)
    if any(isinstance(change, Forget) for change in outcome.changes):
        await erase.said(tx, conversation.id, letter.lane)
    elif outcome.trace:
        await transcript.append(tx, conversation.id, "trace", "system", outcome.trace)
    if letter.channel != RETRY:  # the first try has kept it
        await lessons.keep(tx, decided_on, incoming, outcome)
    if incoming.button.startswith("pick:"):
        await lessons.picked(tx, conversation.id, incoming.button.split(":")[1])
    for reply in outcome.replies:
        await transcript.say(tx, conversation, reply)
    for change in outcome.changes:
        conversation = await _change(bot, tx, letter, incoming, conversation, change)


async def _change(
    bot: Bot, tx: Tx, letter: Letter, incoming: Incoming, conversation: Conversation, change: Change
) -> Conversation:
    if not isinstance(change, TryAgain):
        return await apply(bot, tx, conversation, incoming, change)
    await inbox.put(
        tx,
        channel=RETRY,
        source=letter.channel,
        key=str(letter.id),
        lane=f"{RETRY}:{letter.id}",
        payload=to_bytes(incoming),
        heard_n=letter.heard_n or 0,
        delay=timedelta(seconds=change.seconds),
    )
    return conversation
