"""A page's stream of events: what is new, a beat when nothing is, and an end when who looks may no longer."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from shancheng.doors.web.live import Live, Onlooker

LOG = logging.getLogger("shancheng.web")
CHECK_SECONDS = 10.0
"""At least this often a stream looks whether it may go on, and beats so that nobody on the way hangs up."""
SLOW_SECONDS = 15.0
"""A reader that takes nothing for so long is let go; it may come again and begins with the newest."""
RETRY_MS = 2_000
HANG_UP = "shancheng.hang_up"
"""Extension of the server by which a connection is ended at once."""
BEGIN, BEAT = f"retry: {RETRY_MS}\n\n".encode(), b": beat\n\n"
OVER, LATER = b"event: over\ndata: over\n\n", b": come again\n\n"
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


class Stream(Response):
    """Events for one open page, until it is closed, its reader too slow, or who reads signed out."""

    media_type = "text/event-stream"

    def __init__(self, live: Live, onlooker: Onlooker, is_welcome: Callable[[], bool]) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._live = live
        self._onlooker = onlooker
        self._is_welcome = is_welcome

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the stream."""
        gone = asyncio.create_task(_until_gone(receive))
        gone.add_done_callback(lambda task: self._onlooker.woken.set())
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async for part in self._parts(gone):
                async with asyncio.timeout(SLOW_SECONDS):
                    await send({"type": "http.response.body", "body": part, "more_body": True})
            if not gone.done():
                async with asyncio.timeout(SLOW_SECONDS):
                    await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            LOG.info("a page that reads too slowly was let go")
            scope.get("extensions", {}).get(HANG_UP, {}).get("now", lambda: None)()
        finally:
            gone.cancel()
            self._live.leave(self._onlooker)

    async def _parts(self, gone: "asyncio.Task[None]") -> AsyncIterator[bytes]:
        yield BEGIN
        while True:
            event = await self._onlooker.next(CHECK_SECONDS)
            if gone.done():
                return
            if not self._is_welcome():
                yield OVER
                return
            if self._onlooker.is_over:
                yield LATER
                return
            yield event or BEAT


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
