"""A stream of events, read as a browser reads it: bytes as they come, and hanging up."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from tests.doors.web.pages import Pages

WAIT_SECONDS = 30.0


class Reader:
    """One browser at a stream; `takes` False for one that reads nothing any more."""

    def __init__(self, pages: Pages, path: str, *, headers: Mapping[str, str] | None = None) -> None:
        self.pages, self.path = pages, path
        self.headers = dict(headers or {})
        self.status = 0
        self.got = ""
        self.ended = False
        self.hung_up = False
        self.takes = asyncio.Event()
        self.takes.set()
        self._more = asyncio.Event()
        self._gone = asyncio.Event()

    async def __aenter__(self) -> "Reader":
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gone.set()
        await asyncio.wait_for(self._task, WAIT_SECONDS)

    async def until(self, words: str) -> str:
        """Everything that came, once these words did."""
        async with asyncio.timeout(WAIT_SECONDS):
            while words not in self.got:
                self._more.clear()
                await self._more.wait()
        return self.got

    async def end(self) -> None:
        """Wait for the server to end the stream."""
        await asyncio.wait_for(asyncio.shield(self._task), WAIT_SECONDS)

    async def _run(self) -> None:
        path, _, query = self.path.partition("?")
        cookies = "; ".join(f"{name}={value}" for name, value in self.pages.browser.cookies.items())
        headers = {"host": "pages", "accept": "text/event-stream", "cookie": cookies} | self.headers
        scope: dict[str, Any] = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "scheme": "https",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("pages", 443),
            "extensions": {"shancheng.hang_up": {"now": self._hang_up}},
        }
        await self.pages.app(scope, self._receive, self._send)
        self.ended = True
        self._more.set()

    def _hang_up(self) -> None:
        self.hung_up = True

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        await self.takes.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.got += message.get("body", b"").decode()
        self._more.set()
