"""The API of the small city, asked in the same process, on a ledger in memory."""

import itertools
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from tests.wings.governance.town import Town

from shancheng.doors.api.call import Api
from shancheng.doors.api.door import door
from shancheng.doors.api.follow import Follow
from shancheng.doors.api.token import Tokens
from shancheng.ground.access import Actor
from shancheng.loop.ledger import Head
from shancheng.loop.rules import Rules
from shancheng.store.memory import MemoryLedger

JSON = {"Content-Type": "application/json"}
LEAK = {"kind": "request", "category": "leak", "text": "水管漏水", "place": "N0"}


class Reading:
    """The memory ledger as a reader: what is called the head there is a value, here it is asked for."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger

    async def head(self, lane: str) -> Head:
        """The last durable line."""
        return self._ledger.head

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)


class Front(Town):
    """A town with its door open, and somebody who asks."""

    def __init__(self, rules: Rules, folder: Path) -> None:
        super().__init__(rules)
        self.tokens = Tokens(folder / "tokens.json")
        self.faults: dict[str, BaseException] = {}
        chance = (f"{number:043}" for number in itertools.count(1))
        self._chance = lambda: next(chance)
        seeds = itertools.count(1)
        self.api = Api(
            desk=self.desk,
            reader=Reading(self.ledger),  # type: ignore[arg-type]
            tokens=self.tokens,
            follow=Follow(b"k" * 32),
            lane="tiny",
            rules=lambda: rules,
            now=lambda: self.now,
            new_key=lambda: b"%d" % next(seeds),
            stopped=lambda: self.sequencer.stopped,
            fault=self.faults.__setitem__,
        )
        transport = httpx.ASGITransport(app=door(self.api, "t"), raise_app_exceptions=False)  # type: ignore[arg-type]
        self.client = httpx.AsyncClient(transport=transport, base_url="http://front")

    def token(self, actor: Actor, days: int = 0) -> str:
        """A token for somebody."""
        return self.tokens.create(actor, now=self.now, days=days, chance=self._chance)

    async def ask(self, method: str, path: str, by: Actor | str | None = None, **more: Any) -> httpx.Response:
        """An answer, to somebody with a token or to anybody."""
        token = self.token(by) if isinstance(by, Actor) else by
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.client.request(method, path, headers=headers | more.pop("headers", {}), **more)

    async def open(self, **more: Any) -> str:
        """The number of a matter that somebody without a token reports."""
        answer = await self.ask("POST", "/matters", json=LEAK | more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["matter"])

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.aclose()
        await super().__aexit__(kind, error, trace)


def wrong(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, code and field of an answer that says what is wrong, in the one shape."""
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "field", "request"}
    assert body["error"]["message"].endswith((".", "?"))
    assert body["error"]["request"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    return answer.status_code, body["error"]["code"], body["error"]["field"]
