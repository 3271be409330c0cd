"""What every WebSocket of ours keeps: a bounded queue out, a pace in, close codes, an end at shutdown.

Frames are JSON objects with their kind in `t`. Codes: 4400 bad frame, 4401 token, 4403 forbidden, 4408 no hello,
4429 slow down, 1012 restarting, 1013 try later.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web
from prometheus_client import Counter, Gauge

from bot.parts import TRANSIENT

log = logging.getLogger(__name__)

BAD_FRAME, EXPIRED, FORBIDDEN, NO_HELLO, SLOW_DOWN = 4400, 4401, 4403, 4408, 4429
RESTARTING, TRY_LATER = 1012, 1013
HEARTBEAT = 20.0  # seconds; aiohttp pings and drops whoever does not answer
HELLO_WITHIN = 5.0
FRAME_LIMIT = 64 * 1024
QUEUE = 64  # frames not yet written; a client further behind is closed and resumes by number
WRITE_WITHIN = 10.0

_ended = Counter("bot_socket_ends", "WebSockets that we closed, by code", ["code"])
_open = Gauge("bot_open_sockets", "WebSockets open now", ["kind"])


class Pace:
    """A token bucket: `burst` at once, then `per_second`."""

    def __init__(self, burst: int, per_second: float, clock: Callable[[], float] = monotonic) -> None:
        self._burst, self._rate, self._clock = burst, per_second, clock
        self._left, self._at = float(burst), clock()

    def wait(self) -> float:
        """0 and one is taken, or how many seconds until one is free."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / self._rate

    @property
    def rested(self) -> bool:
        return self._left + (self._clock() - self._at) * self._rate >= self._burst


class Closed(Exception):
    """This socket is to be closed with `code`."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


class Socket:
    """One open WebSocket. `send` never waits; a client too slow to read is closed with 4429."""

    def __init__(self, ws: web.WebSocketResponse) -> None:
        self.response = self._ws = ws
        self._out: asyncio.Queue[str] = asyncio.Queue(QUEUE)
        self._pace = Pace(burst=120, per_second=20)
        self._ending: Closed | None = None

    def send(self, frame: dict[str, Any]) -> None:
        if self._ending is not None:
            return
        try:
            self._out.put_nowait(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))
        except asyncio.QueueFull:
            self.end(SLOW_DOWN, "reads too slowly")

    def end(self, code: int, reason: str) -> None:
        """Ask for the close; frames queued before it are dropped, the client resumes by number."""
        if self._ending is None:
            _ended.labels(str(code)).inc()
            self._ending = Closed(code, reason)
            if self._out.full():
                self._out.get_nowait()
            self._out.put_nowait("")

    async def write(self) -> None:
        """Send what is queued until the end is asked for; returns when the socket should close."""
        while self._ending is None:
            text = await self._out.get()
            if self._ending is None:
                try:
                    async with asyncio.timeout(WRITE_WITHIN):  # wait_for would make a task of every frame
                        await self._ws.send_str(text)
                except TimeoutError:
                    self.end(SLOW_DOWN, "reads too slowly")
        raise self._ending

    async def receive(self, within: float | None = None) -> dict[str, Any] | None:
        """The next frame, or None when the client has gone. Raises Closed for rubbish and for a flood."""
        try:
            message = await self._ws.receive(within)
        except TimeoutError:
            raise Closed(NO_HELLO, "no hello") from None
        if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
            return None
        if self._pace.wait():
            raise Closed(SLOW_DOWN, "too many frames")
        if message.type is not WSMsgType.TEXT:
            raise Closed(BAD_FRAME, "text frames only")
        try:
            frame = json.loads(message.data)
        except (ValueError, RecursionError):
            raise Closed(BAD_FRAME, "not JSON") from None
        if not isinstance(frame, dict) or not isinstance(frame.get("t"), str):
            raise Closed(BAD_FRAME, "not a frame")
        return frame


class Sockets:
    """Those open in this process, so that shutdown can tell each to come back elsewhere."""

    def __init__(self) -> None:
        self._open: dict[Socket, str] = {}

    @asynccontextmanager
    async def opened(self, request: web.Request, kind: str) -> AsyncIterator[Socket]:
        """The upgraded socket; Closed raised inside ends it with that code."""
        # Not compressed: its window would cost 120 KiB for every open chat, for frames of a few hundred bytes.
        ws = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=FRAME_LIMIT, timeout=2.0, compress=False)
        await ws.prepare(request)
        socket = Socket(ws)
        self._open[socket] = kind
        _open.labels(kind).inc()
        try:
            yield socket
        except Closed as closed:
            await _say_bye(ws, closed)
        except ConnectionResetError:
            log.debug("socket: gone in the middle of a write")
        except TRANSIENT as problem:
            log.warning("socket: a part is away", extra={"kind": kind, "problem": repr(problem)})
            await _say_bye(ws, Closed(TRY_LATER, "try later"))
        except Exception:
            log.exception("socket: failed", extra={"kind": kind})
            await _say_bye(ws, Closed(WSCloseCode.INTERNAL_ERROR, "error"))
        finally:
            _open.labels(kind).dec()
            del self._open[socket]
            await ws.close()

    def restart(self) -> None:
        """Tell everybody that this process goes; they come back with jitter, to another one."""
        for socket in tuple(self._open):
            socket.end(RESTARTING, "restarting")

    def count(self, kind: str) -> int:
        return sum(1 for one in self._open.values() if one == kind)


async def _say_bye(ws: web.WebSocketResponse, closed: Closed) -> None:
    # Spread over seconds, or all of a restarted process's clients would come back in the same instant.
    after_ms = random.randrange(500, 5000) if closed.code in (RESTARTING, TRY_LATER) else 0
    try:
        await asyncio.wait_for(ws.send_json({"t": "bye", "code": closed.code, "after_ms": after_ms}), 1)
    except (TimeoutError, OSError, RuntimeError):
        log.debug("socket: gone before the bye")
    await ws.close(code=closed.code, message=closed.reason.encode()[:120])


SOCKETS = web.AppKey("sockets", Sockets)


async def first_of(*jobs: Coroutine[Any, Any, None]) -> None:
    """Run until one ends or fails; the others are cancelled and awaited. Raises what the first one raised."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
