"""Two installations: one pulls from the other and pushes back; doing it again changes nothing."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.doors.standards.front import BASE, LAMP, Front
from tests.wings.governance.town import AUDITOR, given

from shancheng.doors.standards.open311.errors import Declined, Unreadable, Unusable
from shancheng.doors.standards.open311.exchange import Account, Wish, pull, push, read_codes
from shancheng.doors.standards.open311.exchange.remote import Answer, over_the_network
from shancheng.doors.standards.open311.writing import Form, written
from shancheng.ground.access import Actor
from shancheng.loop import act as acts
from shancheng.loop.act import Report
from shancheng.loop.rules import Rules

pytestmark = pytest.mark.anyio
THEIR = "http://their.example/v2/"


class Pair:
    """Two cities, and the way from the second to the endpoint of the first."""

    def __init__(self, rules: Rules, folder: Path) -> None:
        self.there, self.here = Front(rules, folder, "there"), Front(rules, folder, "here")
        self.book = folder / "book.json"
        self.asked: list[str] = []

    async def __aenter__(self) -> "Pair":
        await self.there.__aenter__()
        await self.here.__aenter__()
        self.key = self.there.everybody
        return self

    async def __aexit__(self, *how: Any) -> None:
        await self.here.__aexit__(*how)
        await self.there.__aexit__(*how)

    async def fetch(self, url: str, fields: Mapping[str, str] | None, headers: Mapping[str, str]) -> Answer:
        """An answer of the first city."""
        self.asked.append(url)
        verb = "GET" if fields is None else "POST"
        answer = await self.there.client.request(verb, url, data=fields, headers=dict(headers))
        return Answer(answer.status_code, answer.content)

    def wish(self, **more: Any) -> Wish:
        """What the second city wants of the first."""
        return Wish(**{"url": BASE, "name": "there", "book": self.book, "key": self.key, **more})

    async def pull(self, **more: Any) -> Account:
        """What a pull did; time passes."""
        self._pass()
        return await pull(self.wish(**more), self.here.desk, self.fetch)

    async def push(self, **more: Any) -> Account:
        """What a push did; time passes."""
        self._pass()
        return await push(self.wish(**more), self.here.desk, self.fetch)

    def _pass(self) -> None:
        self.here.now = self.there.now = max(self.here.now, self.there.now) + 60

    @property
    def heads(self) -> tuple[int, int]:
        """How many lines each ledger has."""
        return self.there.ledger.head.seq, self.here.ledger.head.seq


@pytest.fixture
def pair(rules: Rules, tmp_path: Path) -> Pair:
    """Two closed cities; `async with` opens them."""
    return Pair(rules, tmp_path)


@pytest.mark.parametrize("form", ["json", "xml"])
async def test_what_is_pulled_is_handled_and_pushed_back_and_twice_changes_nothing(pair: Pair, form: Form) -> None:
    async with pair:
        hole, lamp = await pair.there.open(), await pair.there.open(LAMP)
        first = await pair.pull(form=form)
        await pair.here.carry_out(f"there.{hole}", reply="坑已填平。")
        pushed = await pair.push(form=form)
        await pair.pull(form=form)
        heads = pair.heads

        again = [await pair.pull(form=form), await pair.push(form=form), await pair.pull(form=form)]
        after = pair.heads
        pair.book.unlink()
        without_book = [await pair.pull(form=form), await pair.push(form=form)]
        notes = await pair.there.rows("servicerequestupdates", service_request_id=hole)
        here, there = await pair.here.see(f"there.{lamp}"), await pair.there.see(lamp)

    assert (first.opened, first.refused, pushed.updates) == (2, 0, 6)
    assert (here.opening.text, here.about, here.opening.point) == (there.opening.text, there.about, there.opening.point)
    assert here.opening.at == there.opening.at
    assert [(row["status"], row["description"]) for row in notes][-1] == ("fixed", "坑已填平。")
    assert all(row["update_id"].startswith(f"there.{hole}-") for row in notes)
    assert [account.opened + account.updates + account.refused for account in again] == [0, 0, 0]
    assert heads == after == pair.heads
    assert sum(account.opened + account.refused for account in without_book) == 0


async def test_what_is_said_there_becomes_a_note_here_and_is_not_said_back(pair: Pair) -> None:
    async with pair:
        hole = await pair.there.open()
        await pair.pull()
        await pair.there.carry_out(hole, reply="他们已处理。")
        heard = await pair.pull()
        sent = await pair.push()
        matter = await pair.here.see(f"there.{hole}")
        moves = await pair.here.ledger.history(matter.id)

    texts = [move.act.text for move in moves[1:] if isinstance(move.act, acts.Note)]
    assert (heard.updates, sent.updates) == (6, 0)
    assert texts[-1] == "他们已处理。"
    assert matter.stage == "reported"


async def test_our_matters_are_opened_there_once_and_confidential_ones_never(pair: Pair) -> None:
    async with pair:
        await pair.there.open(LAMP)
        mine = await pair.here.open()
        nowhere = (await pair.here.open_at(address_id="990100")).id
        root = pair.here.root
        await pair.here.report(
            Report(kind="request", category="road-pothole", text="x", place=root, confidential=True), AUDITOR
        )
        await pair.here.report(
            Report(kind="request", category="road-pothole", text="x", place=root, drill=True), AUDITOR
        )
        first = await pair.push(services=("drain-blocked", "street-light"))
        again = await pair.push(services=("drain-blocked", "street-light"))
        pulled = await pair.pull()
        refused = await pair.push(services=("road-pothole",))
        rows = await pair.there.rows("requests", api_key=pair.key)

    assert (first.opened, again.opened, pulled.opened) == (1, 0, 1)
    assert len(rows) == 2
    assert mine and nowhere
    assert refused.opened == 0
    assert list(refused.reasons.values()) == [1]
    assert "attribute[lane] was not provided" in next(iter(refused.reasons))


async def test_codes_of_others_are_mapped_and_unknown_ones_wait_for_a_category(pair: Pair, tmp_path: Path) -> None:
    codes = tmp_path / "codes.toml"
    codes.write_text('[services]\nS01 = "street-light"\n')
    rows = [
        theirs("1", "S01", description="Lamp out", **pair.here.spot),
        theirs("2", "S99", service_name="Dragons", description="One on the roof", **pair.here.spot),
        theirs("3", "S01", lat="48.1", long="11.5"),
        theirs("4", "S01", requested_datetime="long ago"),
        theirs("x/y z", "S01", description="", service_name="Lamp", address=pair.here.rules.places.nodes[1].name),
    ]
    async with pair:
        server = Their(rows)
        account = await pull(
            pair.wish(url=THEIR, codes=read_codes(codes, pair.here.rules)), pair.here.desk, server.fetch
        )
        lamp, dragon = await pair.here.see("there.1"), await pair.here.see("there.2")
        page = given(await pair.here.desk.worklist(all_of(), AUDITOR))

    odd = next(matter for matter in page.matters if "~" in matter.id)
    assert (account.opened, account.refused) == (3, 2)
    assert lamp.about.category == "street-light"
    assert (dragon.about.category, dragon.opening.text) == ("", "Dragons: One on the roof")
    assert (odd.opening.text, odd.about.place) == ("Lamp", pair.here.rules.places.nodes[1].id)
    assert any("outside this city" in sentence for sentence in account.reasons)
    assert any("is no time" in sentence for sentence in account.reasons)


async def test_a_server_without_updates_is_watched_by_its_status(pair: Pair) -> None:
    server = Their([theirs("1", "street-light", **pair.here.spot)])
    async with pair:
        wish = pair.wish(url=THEIR)
        await pull(wish, pair.here.desk, server.fetch)
        server.rows[0] |= {"status": "closed", "status_notes": "Bulb changed"}
        heard = await pull(wish, pair.here.desk, server.fetch)
        again = await pull(wish, pair.here.desk, server.fetch)
        moves = await pair.here.ledger.history("there.1")

    assert (heard.updates, again.updates) == (1, 0)
    assert isinstance(moves[-1].act, acts.Note)
    assert moves[-1].act.text == "Bulb changed"


async def test_pages_end_with_a_server_that_knows_no_pages(pair: Pair) -> None:
    server = Their([theirs(str(number), "street-light", **pair.here.spot) for number in range(150)], paged=False)
    async with pair:
        account = await pull(pair.wish(url=THEIR), pair.here.desk, server.fetch)

    assert account.opened == 150
    assert max(int(page) for page in server.pages) == 2


async def test_a_token_is_asked_for_its_number_until_there_is_one(pair: Pair) -> None:
    server = Their([], token="t-1")
    async with pair:
        matter = await pair.here.open(LAMP)
        wish = pair.wish(url=THEIR, services=("street-light",))
        first = await push(wish, pair.here.desk, server.fetch)
        again = await push(wish, pair.here.desk, server.fetch)
        server.numbered = "77"
        await pair.here.by_holder(matter, acts.Accept())
        last = await push(wish, pair.here.desk, server.fetch)

    assert (first.opened, again.opened, last.opened, last.updates) == (1, 0, 0, 1)
    assert server.posted[-1]["service_request_id"] == "77"
    assert server.posted[-1]["status"] == "INVESTIGATING"


async def test_a_discovery_document_leads_to_the_endpoint(pair: Pair) -> None:
    async with pair:
        await pair.there.open()
        account = await pair.pull(url=f"{BASE}/discovery.xml")

    assert account.opened == 1


async def test_a_key_that_is_not_good_ends_the_exchange_with_the_servers_words(pair: Pair) -> None:
    async with pair:
        hole = await pair.there.open()
        await pair.pull()
        await pair.here.by_holder(f"there.{hole}", acts.Accept())
        with pytest.raises(Declined, match="403: This api_key is not known here"):
            await pair.push(key="sc_made-up")
        with pytest.raises(Unusable, match="api_key"):
            await pair.push(key="")


async def test_an_agencys_key_moves_its_leg_there_and_the_centre_there_verifies(pair: Pair) -> None:
    async with pair:
        hole = await pair.there.open()
        await pair.there.by_holder(hole, acts.Accept())
        lead = (await pair.there.by_holder(hole, acts.Assign())).lead
        assert lead is not None
        key = pair.there.token(Actor("company", "handler", agency=lead.agency))
        await pair.pull(key=key)
        await pair.here.carry_out(f"there.{hole}")
        await pair.push(key=key)
        there = await pair.there.see(hole)

    assert there.stage == "done"
    assert there.tallies.finished_by == lead.agency


@pytest.mark.parametrize("url", ["city.example", "ftp://city.example/v2", "file:///etc/passwd", ""])
async def test_an_address_that_is_none_is_told_so(pair: Pair, url: str) -> None:
    async with pair:
        with pytest.raises(Unusable, match="no address of an endpoint"):
            await pair.pull(url=url)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b'{"endpoints": []}',
        b'{"endpoints": [{"specification": "http://wiki.open311.org/GeoReport_v2", "url": "file:///etc/passwd"}]}',
        b"<discovery/>",
    ],
)
async def test_a_discovery_that_names_no_endpoint_is_told_so(pair: Pair, body: bytes) -> None:
    async def fetch(url: str, fields: Mapping[str, str] | None, headers: Mapping[str, str]) -> Answer:
        return Answer(200, body)

    async with pair:
        with pytest.raises(Unreadable, match="endpoint"):
            await pull(pair.wish(url="http://their.example/discovery.json"), pair.here.desk, fetch)


def test_a_map_that_names_no_category_of_ours_is_told_the_nearest(rules: Rules, tmp_path: Path) -> None:
    codes = tmp_path / "codes.toml"
    codes.write_text('[services]\nS01 = "street-lihgt"\n')

    with pytest.raises(Unusable, match="Did you mean 'street-light'"):
        read_codes(codes, rules)
    codes.write_text("[services\n")
    with pytest.raises(Unusable, match="cannot be read"):
        read_codes(codes, rules)


async def test_an_address_where_nobody_answers_is_told_so() -> None:
    from shancheng.doors.standards.open311.errors import Unreachable

    with pytest.raises(Unreachable, match="cannot be reached"):
        await over_the_network("http://127.0.0.1:9/", None, {})


def all_of() -> Any:
    """A wish for everything."""
    from shancheng.wings.governance.desk import Wish as Filter

    return Filter(order="opened")


def theirs(number: str, code: str, **more: str) -> dict[str, str]:
    """A request as some other server shows it."""
    when = {"requested_datetime": "2025-09-20T08:00:00Z", "updated_datetime": "2025-09-21T08:00:00Z"}
    return {"service_request_id": number, "service_code": code, "status": "open", **when, **more}


class Their:
    """Another server that knows only what the standard asks for: no updates until something is posted."""

    def __init__(self, rows: list[dict[str, str]], *, paged: bool = True, token: str = "") -> None:
        self.rows, self.paged, self.token = rows, paged, token
        self.numbered = ""
        self.pages: list[str] = []
        self.posted: list[dict[str, str]] = []

    async def fetch(self, url: str, fields: Mapping[str, str] | None, headers: Mapping[str, str]) -> Answer:
        """Answer as such a server does."""
        path, asked = urlsplit(url).path.removeprefix("/v2/"), parse_qs(urlsplit(url).query)
        if fields is not None:
            self.posted.append(dict(fields))
            return Answer(200, json.dumps([{"token": self.token}]).encode())
        if path.startswith("tokens/"):
            return Answer(200, json.dumps([{"token": self.token, "service_request_id": self.numbered}]).encode())
        if path != "requests.json":
            return Answer(404, written("errors", [{"code": 404, "description": "no such method"}], "json"))
        return Answer(200, json.dumps(self._page(asked)).encode())

    def _page(self, asked: dict[str, list[str]]) -> list[dict[str, str]]:
        if "service_request_id" in asked:
            wanted = asked["service_request_id"][0].split(",")
            return [row for row in self.rows if row["service_request_id"] in wanted]
        (page,), (size,) = asked["page"], asked["page_size"]
        self.pages.append(page)
        rows = [row for row in self.rows if row["status"] in asked.get("status", ["open"])]
        first = (int(page) - 1) * int(size)
        return rows[first : first + int(size)] if self.paged else rows
