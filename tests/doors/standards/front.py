"""The endpoint of the invented city, asked in the same process, on a ledger in memory."""

import datetime as dt
import itertools
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from lxml import etree
from tests.doors.api.front import Reading
from tests.loop.world import PHOTO
from tests.wings.governance.town import Town, done

from shancheng.doors.api.bucket import Gate, Rate
from shancheng.doors.api.call import Api
from shancheng.doors.api.follow import Follow
from shancheng.doors.api.problem import Problem
from shancheng.doors.api.token import Tokens
from shancheng.doors.standards.open311.opening import beside
from shancheng.ground.access import Actor
from shancheng.loop import act as acts
from shancheng.loop.act import AnyAct
from shancheng.loop.matter import Matter
from shancheng.loop.rules import Rules

BASE = "http://front/open311/v2"
HOLE = {"service_code": "road-pothole", "attribute[lane]": "pavement", "description": "人行道上有个坑"}
LAMP = {"service_code": "street-light", "description": "路灯不亮"}


async def elsewhere(scope: Any, receive: Any, send: Any) -> None:
    """Whoever answers beside the endpoint."""
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b""})


class Front(Town):
    """A desk with its Open311 endpoint open, and somebody who asks."""

    DAY = dt.date(2025, 9, 1)

    def __init__(self, rules: Rules, folder: Path, city: str = "front") -> None:
        super().__init__(rules)
        self.rules = rules
        self.tokens = Tokens(folder / f"{city}.json")
        self.faults: dict[str, BaseException] = {}
        chance = (f"{number:043}" for number in itertools.count(1))
        self._chance = lambda: next(chance)
        seeds = itertools.count(1)
        self.api = Api(
            desk=self.desk,
            reader=Reading(self.ledger),  # type: ignore[arg-type]
            tokens=self.tokens,
            follow=Follow(b"k" * 32),
            lane="weicheng",
            rules=lambda: rules,
            now=lambda: self.now,
            new_key=lambda: b"%d" % next(seeds),
            stopped=lambda: self.sequencer.stopped,
            fault=self.faults.__setitem__,
            gate=Gate(each=Rate(per_second=0.001, burst=1000.0)),
        )
        self.reopen()

    def reopen(self) -> None:
        """Open the door with what the API holds now."""
        self.app = beside(elsewhere, self.api, full=Problem)
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)  # type: ignore[arg-type]
        self.client = httpx.AsyncClient(transport=transport, base_url=BASE)

    def token(self, actor: Actor) -> str:
        """An api_key for somebody."""
        return self.tokens.create(actor, now=self.now, chance=self._chance)

    @property
    def root(self) -> int:
        """The city itself."""
        return self.rules.places.nodes[0].id

    @property
    def everybody(self) -> str:
        """The api_key of somebody who sees everything and may write notes."""
        return self.token(Actor("partner", "importer"))

    async def ask(self, path: str, **fields: Any) -> httpx.Response:
        """What a GET is answered with."""
        return await self.client.get(f"{BASE}/{path}", params=fields)

    async def rows(self, path: str, **fields: Any) -> list[dict[str, Any]]:
        """The rows of a GET in JSON, which must be answered."""
        answer = await self.ask(f"{path}.json", **fields)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert isinstance(found, list)
        return found

    async def tree(self, path: str, **fields: Any) -> Any:
        """The document of a GET in XML, which must be answered."""
        answer = await self.ask(f"{path}.xml", **fields)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/xml")
        return etree.fromstring(answer.content)

    async def post(self, path: str, fields: dict[str, Any], **more: Any) -> httpx.Response:
        """What a POST of form fields is answered with."""
        return await self.client.post(f"{BASE}/{path}", data=fields, **more)

    @property
    def spot(self) -> dict[str, str]:
        """A point in the city."""
        lon, lat = inside(self.rules)
        return {"lat": f"{lat}", "long": f"{lon}"}

    async def open(self, fields: dict[str, Any] | None = None, **more: Any) -> str:
        """The number of a request that somebody without a key reports."""
        answer = await self.post("requests.json", (fields or HOLE) | self.spot | more)
        assert answer.status_code == 200, answer.text
        return str(answer.json()[0]["service_request_id"])

    async def open_at(self, **where: str) -> Matter:
        """The matter of somebody who says where in words."""
        answer = await self.post("requests.json", LAMP | where)
        assert answer.status_code == 200, answer.text
        return await self.see(answer.json()[0]["service_request_id"])

    async def by_holder(self, matter: str, act: AnyAct) -> Matter:
        """The matter after an act of the centre that holds it."""
        centre = (await self.see(matter)).custody.holder
        return await self.do(matter, act, Actor(f"o-{centre}", "operator", centre=centre, places=(centre,)))

    async def carry_out(self, matter: str, reply: str = "已修好。") -> Matter:
        """Accepted, assigned, signed, finished, verified and closed."""
        await self.by_holder(matter, acts.Accept())
        found = await self.by_holder(matter, acts.Assign())
        for agency in found.legs:
            await self.do(matter, acts.Sign(), Actor(f"h-{agency}", "handler", agency=agency))
        for agency in sorted(found.legs, key=lambda agency: found.legs[agency].part == "lead"):
            finish = acts.Finish(outcome="settled", evidence=PHOTO)
            await self.do(matter, finish, Actor(f"h-{agency}", "handler", agency=agency))
        centre = found.custody.holder
        checker = Actor(f"v-{centre}", "verifier", centre=centre, places=(centre,))
        await self.do(matter, acts.Verify(passed=True, evidence=PHOTO), checker)
        return await self.by_holder(matter, acts.Close(outcome="settled", reply=reply, evidence=PHOTO))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.aclose()
        await super().__aexit__(kind, error, trace)


def inside(rules: Rules) -> tuple[float, float]:
    """Longitude and latitude of a point in the city, to six decimals."""
    places = rules.places
    deepest = int(places.level.max())
    ids = places.at_level(deepest)
    known, shapes = places.shapes.on(deepest, ids, places.last_day)
    point = shapes[0].representative_point()
    assert int(known[0]) in places
    return round(point.x, 6), round(point.y, 6)


def wrong(answer: httpx.Response) -> tuple[int, list[str]]:
    """Status and sentences of an answer that says what is wrong, in the standard's shape; XML or JSON."""
    if answer.headers["content-type"].startswith("text/xml"):
        root = etree.fromstring(answer.content)
        assert root.tag == "errors"
        assert {error.tag for error in root} == {"error"}
        rows = [{part.tag: part.text for part in error} for error in root]
    else:
        rows = answer.json()
    assert rows
    assert all(set(row) == {"code", "description"} and str(row["code"]) == str(answer.status_code) for row in rows)
    assert all(row["description"].endswith((".", "?")) for row in rows)
    assert "Traceback" not in answer.text
    return answer.status_code, [row["description"] for row in rows]


__all__ = ["HOLE", "LAMP", "Front", "done", "inside", "wrong"]
