"""The actions an FAQ entry can name: each asks the subscriber provider and answers with facts for the entry's words.

One function per name of faq.facts.ACTIONS; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.act.abroad import calls_abroad, roaming
from bot.act.answer import Answer, Button, NeedsPhone, Question, pick, words
from bot.act.balance import expenses, extras, money, my_number, packages, promise, rollover
from bot.act.coverage import coverage
from bot.act.services import connect_service, disconnect_service, my_services, service_list
from bot.act.tariffs import change_tariff, current_tariff, fee_date, tariffs

__all__ = ["ACTIONS", "Answer", "Button", "NeedsPhone", "Question", "act", "pick", "words"]

ACTIONS: Mapping[str, Callable[[Question], Awaitable[Answer]]] = {
    "calls_abroad": calls_abroad,
    "change_tariff": change_tariff,
    "connect_service": connect_service,
    "coverage": coverage,
    "current_tariff": current_tariff,
    "disconnect_service": disconnect_service,
    "expenses": expenses,
    "extras": extras,
    "fee_date": fee_date,
    "money": money,
    "my_number": my_number,
    "my_services": my_services,
    "packages": packages,
    "promise": promise,
    "roaming": roaming,
    "rollover": rollover,
    "service_list": service_list,
    "tariffs": tariffs,
}


async def act(question: Question) -> Answer:
    """The answer to a question; an entry without an action answers with its words alone.

    Raises NeedsPhone and SubscribersError.
    """
    action = ACTIONS.get(question.entry.action or "")
    return await action(question) if action else Answer()
