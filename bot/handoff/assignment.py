"""From the queue to an agent: who asks for the next case, who picks one, and what the clock hands out by itself."""

from __future__ import annotations

from bot.database import Tx
from bot.handoff.cases import NEXT, AtDesk, Case, Waiting, case_of, desk, lineup
from bot.handoff.chat import SUPERVISORS
from bot.handoff.moves import Gone, Held, NotYours, check_room, give, lock_agent, present
from bot.staff.agents import VANISHED, Agent, by_id, load_of

_ASSIGNING = 7_315_002  # the advisory lock of whoever hands out: two replicas never look at the same room at once


async def claim_next(tx: Tx, agent: Agent) -> Case | None:
    """Give the person whose turn it is to one agent, see cases.py; two agents never get the same one. Raises Full."""
    await check_room(tx, agent)
    # First past what others hold for a moment; if that leaves nobody, wait for them: somebody may be writing just now.
    for patience in ("SKIP LOCKED", ""):
        conversation_id = await tx.fetchval(NEXT + patience, VANISHED, agent.id, list(agent.languages))
        if conversation_id:
            return await _assign(tx, agent, conversation_id)
    return None


async def claim(tx: Tx, agent: Agent, conversation_id: int) -> Case:
    """Take one particular waiting case. Raises Gone, Held, Full, NotYours."""
    await lock_agent(tx, agent)
    conversation = await present(tx, conversation_id)
    if conversation.state == "assigned" and conversation.agent_id != agent.id:
        raise Held(conversation.agent_name or "")
    case = await case_of(tx, conversation_id)
    if case is None:
        raise Gone("nobody waits in this conversation")
    if conversation.state == "assigned":
        return case
    if case.line not in agent.languages and agent.role not in SUPERVISORS:
        raise NotYours(f"this case is on the {case.line} line")
    await check_room(tx, agent)
    return await _assign(tx, agent, conversation_id)


async def _assign(tx: Tx, agent: Agent, conversation_id: int) -> Case:
    await give(tx, await present(tx, conversation_id), agent)
    case = await case_of(tx, conversation_id)
    if case is None:
        raise Gone("nobody waits in this conversation")
    return case


async def auto_assign(tx: Tx) -> Case | None:
    """Give the first waiting case that somebody has room for to the fittest agent; None when there is none such.

    Supervisors and admins are given nothing by themselves: they take what they choose.
    """
    await tx.execute("SELECT pg_advisory_xact_lock($1)", _ASSIGNING)
    there = [one for one in await desk(tx) if one.role not in SUPERVISORS]
    for waiting in await lineup(tx):
        fitting = [one for one in there if _fits(waiting, one)]
        if not fitting:
            continue
        agent = await by_id(tx, fittest(waiting, fitting, there))
        await lock_agent(tx, agent)
        if await load_of(tx, agent) >= agent.capacity:
            return None  # took one by hand just now: look at the desk afresh next time
        free = await tx.fetchval(
            "SELECT id FROM conversation WHERE id = $1 AND state = 'queued' FOR UPDATE SKIP LOCKED", waiting.id
        )
        if free:
            return await _assign(tx, agent, waiting.id)
    return None


def _fits(waiting: Waiting, agent: AtDesk) -> bool:
    if agent.load >= agent.capacity:
        return False
    if waiting.reserved is not None:
        return agent.id == waiting.reserved
    return waiting.line in agent.languages


def fittest(waiting: Waiting, fitting: list[AtDesk], there: list[AtDesk]) -> int:
    """Not who let it wait before; not the last free one who speaks another line too; then the least loaded, idlest.

    The list comes longest idle first, and min takes the first of equals.
    """
    free = [one for one in there if one.load < one.capacity]

    def last_of_a_line(agent: AtDesk) -> bool:
        others = [set(one.languages) for one in free if one.id != agent.id]
        return any(not any(line in one for one in others) for line in agent.languages if line != waiting.line)

    best = min(fitting, key=lambda one: (one.id == waiting.slipped_from, last_of_a_line(one), one.load / one.capacity))
    return best.id
