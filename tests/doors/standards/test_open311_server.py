"""The Open311 endpoint of the invented city: what it gives, to whom, and what it says when something is wrong."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from tests.doors.standards.front import BASE, HOLE, LAMP, Front, wrong
from tests.wings.governance.town import AUDITOR, given

from shancheng.app import house
from shancheng.doors.api.bucket import Gate, Rate
from shancheng.doors.standards.open311.door import METHODS
from shancheng.doors.standards.open311.records import STATUSES
from shancheng.ground.access import Actor
from shancheng.ground.pack.check import check_packs
from shancheng.loop import act as acts
from shancheng.loop.act import Report

pytestmark = pytest.mark.anyio
IDENTIFIER = re.compile(r"[\w\-]+", re.ASCII).fullmatch
DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)").fullmatch
SERVICE = {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"}
ATTRIBUTE = {"variable", "code", "datatype", "required", "datatype_description", "order", "description", "values"}
REQUEST = {
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
    "agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address",
    "address_id", "zipcode", "lat", "long", "media_url",
}  # fmt: skip
UPDATE = {"update_id", "service_request_id", "status", "updated_datetime", "description", "media_url"}


async def test_services_carry_every_field_of_the_standard_in_both_forms(front: Front) -> None:
    async with front:
        rows = await front.rows("services", lang="en")
        tree = await front.tree("services", lang="en")

    assert {len(rows), len(tree)} == {len(front.desk.reportable())}
    assert all(set(row) == SERVICE and row["type"] == "realtime" and IDENTIFIER(row["service_code"]) for row in rows)
    assert (tree.tag, {row.tag for row in tree}) == ("services", {"service"})
    assert [row.findtext("service_code") for row in tree] == [row["service_code"] for row in rows]
    hole = next(row for row in rows if row["service_code"] == "road-pothole")
    assert hole["service_name"] == "Pothole or broken paving"
    assert hole["group"] == "Public works"
    assert hole["keywords"] == "road, paving, hole, 路面, 坑洞"
    assert hole["metadata"] is True


async def test_a_definition_lists_what_is_asked_of_who_reports(front: Front) -> None:
    async with front:
        answer = (await front.ask("services/road-pothole.json", lang="en")).json()
        tree = await front.tree("services/road-pothole")

    (attribute,) = answer["attributes"]
    assert answer["service_code"] == "road-pothole"
    assert set(attribute) == ATTRIBUTE
    assert attribute["values"][1] == {"key": "pavement", "name": "pavement"}
    assert tree.tag == "service_definition"
    assert tree.findtext("attributes/attribute/values/value/key") == "carriageway"
    assert tree.findtext("attributes/attribute/required") == "true"


async def test_discovery_says_where_the_endpoint_is(front: Front) -> None:
    async with front:
        found = (await front.ask("discovery.json")).json()
        tree = await front.tree("discovery")

    (endpoint,) = found["endpoints"]
    assert endpoint["url"] == f"{BASE}/"
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["formats"] == ["application/json", "text/xml"]
    assert tree.findtext("endpoints/endpoint/formats/format") == "application/json"
    assert found["contact"] and found["key_service"]


async def test_a_report_is_answered_with_its_number_and_a_key_to_follow_it_by(front: Front) -> None:
    async with front:
        receipt = (await front.post("requests.json", HOLE | front.spot)).json()
        number, key = receipt[0]["service_request_id"], receipt[0]["account_id"]
        followed = await front.rows(f"requests/{number}", api_key=key)
        matter = await front.see(number)

    assert followed[0]["description"] == "人行道上有个坑\n在什么位置: 人行道"
    assert matter.opening.kind == "request"
    assert matter.opening.located == "point"
    assert len(matter.reporters) == 1


async def test_a_request_carries_every_field_the_adapters_schema_asks_for(front: Front) -> None:
    async with front:
        number = await front.open()
        await front.carry_out(number)
        (row,) = await front.rows("requests", extensions="true")
        (element,) = await front.tree("requests")

    assert set(row) == REQUEST | {"extended_attributes"}
    assert {part.tag for part in element} == REQUEST
    assert IDENTIFIER(row["service_request_id"]) and IDENTIFIER(row["service_code"])
    assert DATETIME(row["requested_datetime"]) and DATETIME(row["updated_datetime"])
    assert isinstance(row["lat"], float) and isinstance(row["long"], float)
    assert (row["status"], row["status_notes"]) == ("closed", "已修好。")
    assert row["extended_attributes"]["status"] == "fixed"
    assert (element.tag, element.getparent().tag) == ("request", "service_requests")


async def test_filters_hold_at_once_and_pages_follow_each_other(front: Front) -> None:
    async with front:
        holes = [await front.open() for _ in range(3)]
        lamp = await front.open(LAMP)
        await front.carry_out(holes[0])

        by_code = await front.rows("requests", service_code="street-light,manhole")
        still_open = await front.rows("requests", status="open", service_code="road-pothole")
        closed = await front.rows("requests", status="closed")
        both = await front.rows("requests", status="open,closed")
        pages = [await front.rows("requests", page=page, page_size=2) for page in (1, 2, 3)]
        before = await front.rows("requests", start_date="2025-07-01T00:00:00Z", end_date="2025-08-01T00:00:00Z")
        since = await front.rows("requests", start_date="2025-09-28T00:00:00+08:00")

    def numbers(rows: list[dict[str, Any]]) -> list[str]:
        return [row["service_request_id"] for row in rows]

    assert numbers(by_code) == [lamp]
    assert sorted(numbers(still_open)) == holes[1:]
    assert numbers(closed) == [holes[0]]
    assert [len(page) for page in pages] == [2, 2, 0]
    assert sorted(numbers(pages[0] + pages[1])) == sorted(numbers(both)) == sorted(numbers(since)) == [*holes, lamp]
    assert before == []


async def test_a_list_of_numbers_overrides_every_other_filter(front: Front) -> None:
    async with front:
        first, second = await front.open(), await front.open(LAMP)

        rows = await front.rows("requests", service_request_id=f"{second},{first},no-such", service_code="manhole")

    assert [row["service_request_id"] for row in rows] == [second, first]


async def test_anybody_sees_only_what_the_city_publishes_and_no_words_unless_it_says_so(front: Front) -> None:
    async with front:
        shown = await front.open()
        nameless = await front.open({"service_code": "street-dirty", "description": "张三家门口很脏"})
        kept = await front.open({"service_code": "home-flooded", "description": "地下室进水"})
        rows = {row["service_request_id"]: row for row in await front.rows("requests")}
        hidden = await front.ask(f"requests/{kept}.json")
        updates = await front.rows("servicerequestupdates")
        keyed = await front.rows("requests", api_key=front.everybody)

    assert set(rows) == {shown, nameless}
    assert rows[nameless]["description"] == ""
    assert rows[shown]["description"]
    assert wrong(hidden)[0] == 404
    assert updates == []
    assert {row["service_request_id"] for row in keyed} == {shown, nameless, kept}


async def test_disputes_drills_and_others_reports_are_never_shown(front: Front) -> None:
    async with front:
        drill = await front.report(
            Report(kind="request", category="road-pothole", text="演练", place=front.root, drill=True), AUDITOR
        )
        quarrel = await front.report(
            Report(kind="request", category="road-pothole", text="邻里", place=front.root, confidential=True), AUDITOR
        )
        other = (await front.post("requests.json", LAMP | front.spot)).json()[0]["account_id"]
        mine = await front.rows("requests", api_key=other)
        rows = await front.rows("requests")
        answers = [await front.ask(f"requests/{number}.json") for number in (drill, quarrel)]

    assert len(mine) == len(rows) == 1
    assert [wrong(answer)[0] for answer in answers] == [404, 404]


async def test_an_address_is_read_for_the_places_it_names(front: Front) -> None:
    places = front.rules.places
    town = next(node for node in places.nodes if node.level == 3)
    district = places.name(town.parent or 0)
    async with front:
        named = await front.open_at(address_string=f"{district}{town.name}临江路8号")
        coded = await front.open_at(address_id=town.code)
        nowhere = await front.open_at(address_string="某处")

    assert (named.about.place, coded.about.place) == (town.id, town.id)
    assert nowhere.about.place == places.nodes[0].id
    assert named.opening.text.endswith(f"地址: {district}{town.name}临江路8号")


async def test_contact_data_are_sealed_and_personal_data_in_texts_are_masked(front: Front) -> None:
    async with front:
        number = await front.open(
            first_name="三", last_name="张", phone="13912345678", email="z@example.org", description="电话13912345678"
        )
        (move,) = await front.ledger.history(number)
        centre = (await front.see(number)).custody.holder
        clerk = Actor("o", "operator", centre=centre, places=(centre,))
        (opened,) = given(await front.desk.unseal(number, move.actor, "call back", clerk))
        (row,) = await front.rows("requests")

    assert json.loads(opened.contact) == {"name": "三 张", "phone": "13912345678", "email": "z@example.org"}
    assert b"13912345678" not in move.payload
    assert "13912345678" not in row["description"]


async def test_the_same_report_under_the_same_key_is_one_matter(front: Front) -> None:
    headers = {"Idempotency-Key": "7f1c"}
    async with front:
        first = await front.post("requests.json", HOLE | front.spot, headers=headers)
        again = await front.post("requests.json", HOLE | front.spot, headers=headers)

    assert first.json() == again.json()
    assert front.ledger.head.seq == 1


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize(
    ("path", "fields", "status", "words"),
    [
        ("services/no-such", {}, 404, "no service_code"),
        ("requests/no-such", {}, 404, "no service_request_id"),
        ("tokens/no-such", {}, 404, "no token"),
        ("requests", {"service_code": "no-such"}, 404, "no service_code"),
        ("requests", {"jurisdiction_id": "elsewhere"}, 404, "jurisdiction_id"),
        ("requests", {"api_key": "sc_made-up"}, 403, "api_key"),
        ("requests", {"status": "half"}, 400, "open or closed"),
        ("requests", {"start_date": "yesterday"}, 400, "not a time"),
        ("requests", {"start_date": "2025-01-01T00:00:00Z", "end_date": "2025-09-01T00:00:00Z"}, 400, "90 days"),
        ("requests", {"start_date": "2025-09-01T00:00:00Z", "end_date": "2025-01-01T00:00:00Z"}, 400, "before"),
        ("requests", {"page": "0"}, 400, "page is a whole number"),
        ("requests", {"page_size": "5000"}, 400, "page_size"),
        ("requests", {"page": "900", "page_size": "900"}, 400, "beyond"),
        ("servicerequestupdates", {"end_date": "9999-99-99"}, 400, "not a time"),
        ("no-such", {}, 404, "nothing at"),
        ("services/a/b", {}, 404, "nothing at"),
    ],
)
async def test_a_wrong_question_gets_the_standards_error(
    front: Front, form: str, path: str, fields: dict[str, str], status: int, words: str
) -> None:
    async with front:
        answer = await front.ask(f"{path}.{form}", **fields)

    found, sentences = wrong(answer)
    assert found == status
    assert words in sentences[0]
    assert not front.faults


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({}, 400, ["service_code was not provided; add it.", "Say where"]),
        ({"service_code": "no-such"}, 404, ["no service_code"]),
        (HOLE, 400, ["Say where"]),
        (HOLE | {"lat": "29.5"}, 400, ["degrees"]),
        (HOLE | {"lat": "NaN", "long": "106"}, 400, ["degrees"]),
        (HOLE | {"lat": "48.1", "long": "11.5"}, 400, ["outside the city"]),
        (HOLE | {"address_id": "nowhere"}, 400, ["no address_id"]),
        (HOLE | {"attribute[lane]": "sky", "address_id": "990100"}, 400, ["one of carriageway"]),
        ({"service_code": "road-pothole", "address_id": "990100"}, 400, ["attribute[lane] was not provided"]),
        (LAMP | {"attribute[colour]": "red", "address_id": "990100"}, 400, ["not asked"]),
        (LAMP | {"description": "灯" * 8001, "address_id": "990100"}, 400, ["longer"]),
        (LAMP | {"api_key": "sc_made-up", "address_id": "990100"}, 403, ["api_key"]),
        (LAMP | {"jurisdiction_id": "elsewhere", "address_id": "990100"}, 404, ["jurisdiction_id"]),
    ],
)
async def test_a_wrong_report_is_told_every_fault_at_once(
    front: Front, form: str, fields: dict[str, str], status: int, words: list[str]
) -> None:
    async with front:
        answer = await front.post(f"requests.{form}", fields)

    found, sentences = wrong(answer)
    assert found == status
    assert len(sentences) == len(words)
    assert all(word in sentence for word, sentence in zip(words, sentences, strict=True))
    assert front.ledger.head.seq == 0


async def test_what_is_no_form_no_method_and_no_form_of_answer_is_turned_away(front: Front) -> None:
    async with front:
        no_form = await front.client.post(f"{BASE}/requests.json", json=HOLE)
        broken = await front.client.post(
            f"{BASE}/requests.json", content=b"\xff=1", headers={"content-type": "application/x-www-form-urlencoded"}
        )
        long = await front.post("requests.json", {"description": "x" * 300_000})
        many = await front.post("requests.json", {f"f{number}": "" for number in range(300)})
        method = await front.client.delete(f"{BASE}/requests.json")
        formless = await front.ask("services")
        file = await front.post("requests.json", LAMP | front.spot, files={"media": ("a.jpg", b"\xff\xd8")})

    assert [wrong(answer)[0] for answer in (no_form, broken, long, many, method, formless, file)] == [
        415, 400, 413, 400, 405, 404, 400,
    ]  # fmt: skip
    assert method.headers["allow"] == "GET, POST"


async def test_a_form_in_parts_is_read_like_any_other(front: Front) -> None:
    parts = {name: (None, value) for name, value in (LAMP | front.spot).items()}
    async with front:
        answer = await front.client.post(f"{BASE}/requests.json", files=parts)  # type: ignore[arg-type]

    assert answer.status_code == 200, answer.text


async def test_too_many_reports_without_a_key_are_asked_to_come_back(front: Front) -> None:
    front.api.gate = Gate(each=Rate(per_second=0.001, burst=1.0))
    front.reopen()
    async with front:
        await front.open()
        answer = await front.post("requests.xml", HOLE | front.spot)

    assert wrong(answer)[0] == 429
    assert int(answer.headers["retry-after"]) > 0


async def test_text_that_xml_cannot_hold_is_shown_without_it(front: Front) -> None:
    async with front:
        await front.open(description="a\x00\x0b<b>&\ufffe]]>")
        tree = await front.tree("requests")

    assert tree.findtext("request/description").startswith("a\ufffd\ufffd<b>&\ufffd]]>")


async def test_a_fault_of_ours_is_kept_and_told_by_its_number(front: Front) -> None:
    async with front:
        front.desk.reportable = None  # type: ignore[method-assign,assignment]
        answer = await front.ask("services.json")

    assert wrong(answer)[0] == 500
    assert next(iter(front.faults)) in answer.text


async def test_updates_tell_what_became_of_a_request_and_when(front: Front) -> None:
    async with front:
        number = await front.open()
        await front.by_holder(number, acts.Note(text="内部备注"))
        await front.carry_out(number, reply="已修好。")
        rows = await front.rows("servicerequestupdates")
        (last,) = await front.rows("servicerequestupdates", start_date=rows[-1]["updated_datetime"])
        tree = await front.tree("servicerequestupdates")
        named = await front.rows("servicerequestupdates", service_request_id=number, page=2, page_size=4)

    assert all(set(row) == UPDATE and row["status"] in STATUSES and DATETIME(row["updated_datetime"]) for row in rows)
    assert [row["status"] for row in rows][0::5] == ["investigating", "fixed"]
    assert last == rows[-1]
    assert last["description"] == "已修好。"
    assert "内部备注" not in str(rows)
    assert (tree.tag, {row.tag for row in tree}) == ("service_request_updates", {"request_update"})
    assert named == rows[4:8]


async def test_an_update_of_a_partner_is_a_public_note_once_and_closes_nothing(front: Front) -> None:
    async with front:
        number = await front.open()
        key = front.everybody
        fields = {
            "api_key": key, "service_request_id": number, "update_id": "u-1", "status": "FIXED",
            "updated_datetime": "2025-09-28T16:05:00+08:00", "description": "我们已处理",
        }  # fmt: skip
        first = await front.post("servicerequestupdates.json", fields)
        again = await front.post("servicerequestupdates.xml", fields)
        rows = await front.rows("servicerequestupdates")
        matter = await front.see(number)

    assert first.json() == [{"update_id": "u-1", "account_id": None}]
    assert etree.fromstring(again.content).findtext("request_update/update_id") == "u-1"
    assert matter.seq == 2
    assert matter.stage == "reported"
    assert [(row["update_id"], row["status"], row["description"]) for row in rows] == [("u-1", "fixed", "我们已处理")]


async def test_an_agency_that_says_fixed_has_finished_its_own_leg_and_no_more(front: Front) -> None:
    async with front:
        number = await front.open()
        await front.by_holder(number, acts.Accept())
        lead = (await front.by_holder(number, acts.Assign())).lead
        assert lead is not None
        key = front.token(Actor("h-1", "handler", agency=lead.agency))
        fields = {"api_key": key, "service_request_id": number, "updated_datetime": "2025-09-28T16:20:00+08:00"}
        await front.post("servicerequestupdates.json", fields | {"update_id": "1", "status": "in_progress"})
        doing = await front.see(number)
        await front.post("servicerequestupdates.json", fields | {"update_id": "2", "status": "fixed"})
        done = await front.see(number)

    assert (doing.stage, done.stage) == ("doing", "done")
    assert done.tallies.finished_by == lead.agency


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"api_key": ""}, 403, ["api_key"]),
        ({"service_request_id": ""}, 400, ["service_request_id"]),
        ({"service_request_id": "no-such"}, 404, ["no service_request_id"]),
        ({"status": "excellent", "update_id": ""}, 400, ["update_id was not", "no status"]),
        ({"updated_datetime": "soon"}, 400, ["not a time"]),
        ({"update_id": "x" * 121}, 400, ["longer"]),
    ],
)
async def test_a_wrong_update_gets_the_standards_error(
    front: Front, fields: dict[str, str], status: int, words: list[str]
) -> None:
    async with front:
        whole = {
            "api_key": front.everybody, "service_request_id": await front.open(), "update_id": "1", "status": "open",
            "updated_datetime": "2025-09-28T16:05:00+08:00", "description": "",
        }  # fmt: skip
        answer = await front.post("servicerequestupdates.json", whole | fields)

    found, sentences = wrong(answer)
    assert found == status
    assert all(word in sentence for word, sentence in zip(words, sentences, strict=True))
    assert front.ledger.head.seq == 1


async def test_everything_outside_the_endpoint_is_answered_by_the_other_door(front: Front) -> None:
    async with front:
        answers = [await front.client.get(f"http://front{path}") for path in ("/", "/open311", "/open311/v20/x.json")]

    assert {answer.status_code for answer in answers} == {418}


def test_every_method_names_who_may_use_it() -> None:
    assert {method.permission for method in METHODS} == {"anybody", "key"}
    assert [method.path for method in METHODS if method.permission == "key"] == ["servicerequestupdates"]


def test_a_pack_that_publishes_what_is_locked_is_told_so(city: Path, tmp_path: Path) -> None:
    over = tmp_path / "over"
    over.mkdir()
    (over / "city.toml").write_text('key = "over"\nname = { zh = "上", en = "over" }\nsource = "invented"\n')
    (over / "services.csv").write_text(
        "key,keywords,published,source\nneighbours,,words,invented\npotholes,,,invented\nmanhole,,aloud,invented\n"
    )
    (over / "open311.toml").write_text(
        '[[record]]\nkey = "over"\ncontact = { en = "x" }\nkey_service = { en = "x" }\nsource = "invented"\n'
        'statuses = { settled = "splendid", unheard = "fixed" }\n'
    )
    locked = [
        row.partition(",")[0] for row in (city / "categories.csv").read_text("utf-8").splitlines() if "dispute" in row
    ]
    text = (over / "services.csv").read_text().replace("neighbours", locked[-1])
    (over / "services.csv").write_text(text)

    rooms = house()
    _, faults = check_packs([city, over], list(rooms.tables), list(rooms.checks), [])

    errors = [str(fault) for fault in faults if fault.severity == "error"]
    assert len(errors) == 5, errors
    assert "are locked; leave 'published' empty" in str(errors)
    assert "no category named 'potholes'" in str(errors)
    assert "'splendid' is no extended status" in str(errors)
    assert "'unheard' is no stage" in str(errors)


def test_the_invented_city_has_no_faults(city: Path) -> None:
    rooms = house()

    _, faults = check_packs([city], list(rooms.tables), list(rooms.checks), [])

    assert not [
        str(fault) for fault in faults if fault.file.endswith(("services.csv", "open311.toml", "questions.toml"))
    ]


async def test_answers_are_never_kept_and_may_be_asked_for_by_any_page(front: Front) -> None:
    async with front:
        answer = await front.ask("services.json")

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"
