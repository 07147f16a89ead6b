"""Trying to get in: forged forms on every page, stored script in every field, open redirects, bombs, forged proxies."""

import asyncio
import io
import struct
import zlib
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from starlette.requests import Request
from tests.doors.api.front import LEAK, Front
from tests.doors.web.pages import form_of
from tests.doors.web.people import ADMIN, People
from tests.loop.world import CITY, LEADER, QUAY, RESIDENT, SUPERVISOR, handler
from tests.wings.governance.town import CHECKER, CLERK

from shancheng.doors.api.serving import answer, keeper_of_faults, listen, url_of
from shancheng.doors.web.account import safe
from shancheng.doors.web.ask import Ask
from shancheng.doors.web.language import Tongue
from shancheng.doors.web.routes import PAGES
from shancheng.ground.access import Actor
from shancheng.loop import act as acts
from shancheng.loop.act import Evidence
from shancheng.loop.rules import Rules

pytestmark = pytest.mark.anyio
FORMS = [entry for entry in PAGES if entry.method == "POST"]
EVIL = "\"'><xss-probe onclick=alert(1)><script>alert(1)</script>{{7*7}}${7*7}javascript:alert(1)"


@pytest.fixture
def people(rules: Rules, tmp_path: Path) -> People:
    """Closed pages with a leader and an administrator."""
    made = People(rules, tmp_path)
    made.person("leader", LEADER)
    made.person("chen", ADMIN)
    return made


def path_of(entry: Any, people: People, matter: str) -> str:
    """The address of a page, its variables filled in with things that are there."""
    token = people.site.follow.token(RESIDENT.id)
    path = entry.path.replace("{token}", token).replace("{matter}", matter).replace("{name}", "leader")
    return "/en" + path.replace("{verb}", "note").replace("{act}", "disable").replace("{place:int}", str(QUAY))


@pytest.mark.parametrize("entry", FORMS, ids=lambda entry: entry.path)
async def test_no_form_is_taken_without_its_word_or_from_elsewhere(people: People, entry: Any) -> None:
    async with people:
        matter = await people.report_one()
        await people.enter("chen" if entry.permission == "manager" else "leader")
        _, hidden = form_of((await people.get("/en/sign-in")).text)
        stranger = people.new_browser()
        _, foreign = form_of((await stranger.get("/en/report")).text)
        path, head = path_of(entry, people, matter), people.ledger.head.seq
        word = {"form_word": hidden["form_word"]}
        attempts: list[tuple[dict[str, str], dict[str, str]]] = [
            ({}, {}),
            ({"form_word": ""}, {}),
            ({"form_word": "0.0"}, {}),
            ({"form_word": foreign["form_word"]}, {}),
            (word, {"origin": "https://evil.example"}),
            (word, {"origin": "null"}),
            (word, {"sec-fetch-site": "cross-site"}),
            (word, {"sec-fetch-site": "same-site"}),
        ]
        answers = [await people.browser.post(path, data=fields, headers=headers) for fields, headers in attempts]

        assert [each.status_code for each in answers] == [403] * len(attempts)
        assert people.ledger.head.seq == head
        assert not people.signing.accounts.get("leader").disabled  # type: ignore[union-attr]
        assert (await people.get("/en/account")).status_code == 200, "nobody was signed out"


async def test_no_page_that_is_only_looked_at_writes_anything(people: People) -> None:
    async with people:
        matter = await people.report_one()
        for name in ("leader", "chen"):
            await people.enter(name)
            head, kept = people.ledger.head.seq, people.signing.accounts.all()
            for entry in PAGES:
                if entry.method == "GET" and not any(part in entry.path for part in ("{file}", "{photo}", "/live/")):
                    found = await people.get(path_of(entry, people, matter))
                    assert found.status_code < 500, entry.path
            assert (people.ledger.head.seq, people.signing.accounts.all()) == (head, kept)


def ask_of(people: People, actor: Actor) -> Ask:
    """A request by somebody."""
    scope = {"type": "http", "method": "GET", "path": "/en/sign-in", "headers": [], "query_string": b""}
    ask = Ask(people.site, Request(scope), Tongue("en", people.site.rules.zone))
    ask.actor = actor
    return ask


odd = st.text(alphabet=st.sampled_from("/\\.:@?#%\t\n\r endskaccount2FevilA5C"), max_size=30)


inside = st.builds(lambda first, rest: first + rest, st.sampled_from(["/en/desk", "/en/admin"]), odd)


@pytest.fixture(scope="module")
def still(rules: Rules, tmp_path_factory: pytest.TempPathFactory) -> People:
    """Pages that nobody opens."""
    return People(rules, tmp_path_factory.mktemp("people"))


@settings(max_examples=400, deadline=None)
@given(then=st.one_of(odd, inside))
def test_going_on_stays_in_the_house_whatever_is_asked_for(still: People, then: str) -> None:
    to = safe(ask_of(still, CLERK), then)
    seen = urlsplit(urljoin("https://pages/en/sign-in", to.replace("\\", "/")))

    assert (seen.scheme, seen.netloc) == ("https", "pages")
    assert to.startswith(("/en/desk", "/en/admin", "/en/account"))
    assert not {"\\", "\r", "\n", "\t"} & set(to)


FOREIGN = ("xss-probe", "style", "iframe", "object", "embed", "base")


class Elements(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Nothing of ours is called so, runs so, or leads so."""
        if tag in ("xss-probe", "style", "iframe", "object", "embed", "base") or (
            tag == "script" and not dict(attrs).get("src")
        ):
            self.wrong.append(tag)
        for name, value in attrs:
            leads = (value or "").strip().lower().startswith(("javascript:", "data:text"))
            if name.startswith("on") or name == "style" or (name in ("href", "src", "action", "formaction") and leads):
                self.wrong.append(f"{tag} {name}={value}")


def ran(page: httpx.Response) -> list[str]:
    """What of a page would run."""
    found = Elements()
    found.feed(page.text)
    return found.wrong


async def evil_story(people: People) -> str:
    """A matter that went all the way, with script in every field that takes words."""
    proof = (Evidence("photo", "photo-1", text=EVIL), Evidence("visit", "visit-1", text=EVIL))
    number = await people.report_one(text=EVIL, point=None)
    water, roads = handler("quay-office"), handler("water")
    for act, by in (
        (acts.Accept(reply=EVIL), CLERK),
        (acts.Grade(severity=2, reason=EVIL), CLERK),
        (acts.Supervise(why=EVIL), SUPERVISOR),
        (acts.Consult(agencies=("water", "roads"), decision=EVIL), CLERK),
        (acts.Assign(lead="quay-office", supports=("water",), text=EVIL), CLERK),
        (acts.Sign(), water),
        (acts.Sign(), roads),
        (acts.Attend(text=EVIL), water),
        (acts.Note(text=EVIL, public=True, evidence=proof), water),
        (acts.Finish(outcome="settled", text=EVIL, evidence=proof), roads),
        (acts.Finish(outcome="settled", text=EVIL, evidence=proof), water),
        (acts.Verify(passed=True, text=EVIL, evidence=proof), CHECKER),
        (acts.Close(outcome="settled", reply=EVIL, evidence=proof), CLERK),
        (acts.Rate(satisfied=False, text=EVIL), RESIDENT),
        (acts.Note(text=EVIL), RESIDENT),
    ):
        people.later(minutes=1)
        await people.desk.do(number, act, by)  # type: ignore[arg-type]
    return number


async def test_script_in_every_field_is_shown_and_never_run(people: People) -> None:
    async with people:
        number = await evil_story(people)
        await people.report_with_contact()
        refused = await people.report_one(text=EVIL)
        await people.desk.do(refused, acts.Refuse(reason="not-ours", elsewhere=EVIL, reply=EVIL), CLERK)
        people.person("wang", note=EVIL[:100])
        verbs = {move.verb for move in await people.moves(number)}
        assert verbs >= {"accept", "grade", "assign", "attend", "finish", "verify", "close", "note", "supervise"}

        token, evil = people.site.follow.token(RESIDENT.id), EVIL.replace("#", "%23")
        paths = [f"/follow/{token}", "/desk/list", f"/desk/list?words={evil}", f"/desk/matters/{number}"]
        paths += [
            f"/desk/matters/{refused}",
            f"/desk/board/{CITY}",
            f"/follow/{evil}",
            f"/sign-in?then={evil}",
            f"/{evil}",
        ]
        paths.append(f"/{evil}")
        paths += [
            f"/desk/figures/{CITY}",
            f"/desk/figures/{CITY}?category={evil}&period={evil}&from={evil}&compared={evil}",
        ]
        paths += [f"/desk/figures?place={CITY}&words={evil}", f"/sign-in?again={evil}&then={evil}"]
        paths += [f"/desk/list/export/csv?severity={evil}", f"/desk/list/export/{evil}"]
        await people.enter("leader")
        pages = [await people.get(f"/{lang}{path}") for lang in ("en", "zh") for path in paths]
        people.browser = people.new_browser()
        await people.enter("chen")
        pages += [await people.get(f"/en/admin/{path}") for path in ("accounts", "audit", "duties?words=" + evil)]
        pages.append(await people.make(name=EVIL, role=EVIL, place=EVIL, agency=EVIL, note=EVIL))
        people.browser = people.new_browser()
        pages.append(await people.enter(EVIL, EVIL))

        assert [found for page in pages for found in ran(page)] == []
        assert all(page.status_code < 500 for page in pages) and not people.faults
        assert sum("xss-probe" in page.text for page in pages) >= 6, "the words are there, as words"
        assert "49" not in "".join(page.text.partition("xss-probe")[2][:60] for page in pages)


def png_bomb(side: int) -> bytes:
    """A PNG of side x side black pixels that is a few kilobytes on its way."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compressobj(9)
    line = b"\0" * (1 + side // 8)
    packed = b"".join(rows.compress(line * 1000) for _ in range(side // 1000)) + rows.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def jpeg_with(tail: bytes) -> bytes:
    """A picture with something behind it."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "JPEG")
    return out.getvalue() + tail


@pytest.mark.parametrize(
    ("content", "is_taken"),
    [
        (png_bomb(40_000), False),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', False),
        (b"GIF89a/*" + b"\0" * 50 + b"*/=1;alert(1)", False),
        (b"%PDF-1.7 nothing", False),
        (b"<html><script>alert(1)</script>", False),
        (b"\xff\xd8\xff\xe0" + b"\0" * 5000, False),
        (jpeg_with(b"<script>alert(1)</script>PK\x03\x04"), True),
    ],
    ids=["bomb", "svg", "gif", "pdf", "html", "torn", "tail"],
)
async def test_only_pixels_of_a_picture_get_in(people: People, content: bytes, is_taken: bool) -> None:
    async with people:
        files = {"photo": ("x.jpg", content, "image/jpeg")}
        answer = await people.send(await people.get("/en/report"), files=files, text="Leak", go="next")

        assert answer.status_code == (200 if is_taken else 422)
        kept = list((people.folder / "photos").rglob("*.jpg"))
        assert len(kept) == int(is_taken)
        assert not any(b"script" in file.read_bytes() or b"PK\x03\x04" in file.read_bytes() for file in kept)


async def test_every_cookie_is_for_this_server_alone(people: People) -> None:
    async with people:
        answers = [await people.get("/en/report"), await people.enter("leader")]
        cookies = [line for each in answers for line in each.headers.get_list("set-cookie")]

        assert cookies
        for line in cookies:
            assert all(word in line for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/")), line
            assert "Domain" not in line


async def test_over_plain_http_nothing_claims_to_be_secret(people: People) -> None:
    async with people:
        people.browser = httpx.AsyncClient(transport=httpx.ASGITransport(app=people.app), base_url="http://pages")
        page = await people.get("/en/sign-in")
        answer = await people.enter("leader")

        assert "strict-transport-security" not in page.headers
        assert "sc_session" in people.browser.cookies and "__Host-" not in str(answer.headers)
        assert (await people.get("/en/desk/list")).status_code == 200


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Says who asks, as the server sees it."""
    body = f"{scope['client'][0]} {scope['scheme']}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@pytest.mark.parametrize(
    ("behind", "seen"),
    [((), "127.0.0.1 http"), (("10.0.0.0/8",), "127.0.0.1 http"), (("127.0.0.1",), "203.0.113.9 https")],
)
async def test_only_a_named_proxy_is_believed_about_who_asks_and_how(behind: tuple[str, ...], seen: str) -> None:
    listening, stop = listen("127.0.0.1", 0), asyncio.Event()
    serving = asyncio.create_task(answer(echo, listening, stop, behind))
    headers = {"x-forwarded-for": "198.51.100.7, 203.0.113.9", "x-forwarded-proto": "https"}

    async with httpx.AsyncClient() as client:
        told = await client.get(url_of(listening, "127.0.0.1"), headers=headers)
    stop.set()
    await serving
    listening.close()

    assert told.text == seen


async def test_a_token_reaches_neither_the_log_nor_the_trace_of_a_fault(
    rules: Rules, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "shancheng")
    async with Front(rules, tmp_path) as front:
        front.api.fault = keeper_of_faults(tmp_path / "faults")

        async def broken(*_: object, **__: object) -> AsyncIterator[None]:
            raise RuntimeError("a fault of ours")

        token = front.token(CLERK)
        front.desk.report = broken  # type: ignore[method-assign, assignment]
        told = await front.ask("POST", "/matters", token, json=LEAK)

    traces = "".join(file.read_text("utf-8") for file in (tmp_path / "faults").iterdir())
    said = "\n".join(str(record.__dict__) for record in caplog.records)
    assert told.status_code == 500 and told.headers["x-content-type-options"] == "nosniff"
    assert "a fault of ours" in traces
    assert token not in traces + said + told.text
