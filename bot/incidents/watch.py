"""The supervised task: what is announced reaches every process, those who wait hear of it, and that it is over.

Whom to tell is a query over rows, so a restart or a second replica tells nobody twice and forgets nobody.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from prometheus_client import Gauge

from bot import contacts, handoff, i18n, render, transcript
from bot.database import TRANSIENT
from bot.incident import Incident
from bot.incidents import store
from bot.incidents.spikes import PEOPLE
from bot.messages import Reply
from bot.parts import Bot

log = logging.getLogger(__name__)

EVERY = 5.0  # seconds
LOOK_EVERY = timedelta(seconds=60)
AT_ONCE = 50  # people told in one round; the channel's own limits spread them out

_open = Gauge("bot_incidents", "Mass events by their state", ["state"])


class IncidentWatch:
    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._looked: datetime | None = None

    async def run(self) -> None:
        """Supervised for ever."""
        with self._bot.db.bell.listen("incidents") as ear:
            while True:
                try:
                    await self.round()
                except TRANSIENT as problem:
                    log.warning("incidents: database away", extra={"cause": type(problem).__name__})
                await ear.wait(EVERY)

    async def round(self) -> None:
        now = self._bot.clock()
        if self._looked is None or now - self._looked >= LOOK_EVERY:
            self._looked = now
            await self._look(now)
        async with self._bot.db.transaction() as tx:
            self._bot.incidents = await store.active(tx)
            waiting = {one.id: await store.unaware(tx, one.id, now) for one in self._bot.incidents}
            believing = await store.believe_it_lasts(tx, AT_ONCE)
        for incident in self._bot.incidents:
            for conversation_id in waiting[incident.id][:AT_ONCE]:
                await self._tell(incident, conversation_id)
        for incident_id, conversation_id, announced_at in believing:
            await self._tell_over(incident_id, conversation_id, announced_at)

    async def _look(self, now: datetime) -> None:
        async with self._bot.db.transaction() as tx:
            new = await store.look(tx, now, PEOPLE)
            found = await store.shown(tx, now)
        _open.labels("alarm").set(sum(one.announced_at is None for one in found))
        _open.labels("announced").set(sum(one.announced_at is not None and one.over_at is None for one in found))
        for one in found:
            if one.id in new:
                about = {"topic": one.topic, "place": one.place, "people": one.people, "usual": one.usual}
                log.warning("incidents: many ask about the same", extra=about)

    async def _tell(self, incident: Incident, conversation_id: int) -> None:
        async with self._bot.db.transaction() as tx:
            conversation = await contacts.lock(tx, conversation_id)
            if conversation is None or conversation.state != "queued":
                return
            if await store.told(tx, incident.id, conversation_id):
                local = incident.announced_at.astimezone(self._bot.settings.timezone)
                said = render.incident(incident.text[conversation.language], local, conversation.language)
                await transcript.say(tx, conversation, said, "system")
        self._bot.db.bell.ring(*handoff.rings(conversation_id))

    async def _tell_over(self, incident_id: int, conversation_id: int, announced_at: datetime) -> None:
        async with self._bot.db.transaction() as tx:
            conversation = await contacts.lock(tx, conversation_id)
            if conversation is None or not await store.told_over(tx, incident_id, conversation_id):
                return
            when = render.moment(announced_at.astimezone(self._bot.settings.timezone), conversation.language)
            text = i18n.text(conversation.language, "bot.incident_over", when=when)
            await transcript.say(tx, conversation, Reply(text), "system")
        self._bot.db.bell.ring(*handoff.rings(conversation_id))
