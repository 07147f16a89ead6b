"""The door itself: one shape for what is wrong, limits, tokens, descriptions."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from openapi_spec_validator import validate
from tests.doors.api.front import JSON, LEAK, Front, wrong
from tests.loop.world import LEADER, OPERATOR

from shancheng.doors.api.openapi import description
from shancheng.doors.api.routes import PERMISSIONS, ROUTES
from shancheng.ground.access import Actor
from shancheng.loop.act import VERBS
from shancheng.loop.errors import Busy
from shancheng.loop.ledger import Command

ADMIN = Actor("admin-1", "admin")


def test_every_route_names_its_permission() -> None:
    without = [route.name for route in ROUTES if route.permission not in PERMISSIONS]

    assert not without


def test_the_description_is_valid_and_names_every_verb() -> None:
    described = json.loads(description())

    validate(described)
    acts = {path.rpartition("/")[2] for path in described["paths"] if path.startswith("/matters/{matter}/")}
    assert set(VERBS) - {"report"} <= acts
    operations = [one for path in described["paths"].values() for one in path.values()]
    assert all(one["x-permission"] in PERMISSIONS for one in operations)
    assert len({one["operationId"] for one in operations}) == len(operations)


@pytest.mark.parametrize(
    ("body", "code", "field", "says"),
    [
        (b"", "wrong-value", "", "lacks the field 'kind'"),
        (b"{", "not-json", "", "ends too early"),
        (b"\xff\xfe", "not-json", "", ""),
        (b'{"text":"\xff"}', "not-json", "", "UTF-8"),
        (b"[1,2]", "wrong-value", "", "has to be an object in { }, not a list"),
        (b'{"kind":"request","text":"a"}', "place-missing", "place", "'point' [lon, lat]"),
        (b'{"kind":"request","text":7,"place":8}', "wrong-value", "text", "has to be text, not a whole number"),
        (b'{"kind":"request","text":"a","place":8,"wher":1}', "wrong-value", "", "'wher' that is not known"),
        (b'{"kind":"request","text":"a","place":"N77"}', "unknown-name", "place", "Did you mean 'N7'"),
        (b'{"kind":"reqest","text":"a","place":8}', "unknown-name", "kind", "Did you mean 'request'"),
        (b'{"kind":"request","text":"a","place":8,"severity":9}', "wrong-value", "severity", "<= 4"),
        (b'{"kind":"request","text":"a","place":8,"occurred":"tomorrow"}', "wrong-value", "occurred", "with a zone"),
        (
            b'{"kind":"request","text":"a","place":8,"occurred":"2025-09-28T08:00:00"}',
            "wrong-value",
            "occurred",
            "zone",
        ),
        (b'{"kind":"request","text":"a","place":8,"occurred":"2031-01-01T00:00:00Z"}', "bad-time", "at", "future"),
        (b'{"kind":"request","text":"a","point":[200,1]}', "wrong-value", "point[0]", "<= 180"),
        (b'{"kind":"request","text":"a","point":[10,1]}', "outside", "point", "outside the city"),
        (b'{"kind":"request","text":"a","place":8,"origin":"ufo"}', "not-allowed", "origin", ""),
        (b'{"kind":"request","text":"' + b"a" * 9000 + b'","place":8}', "wrong-value", "text", "8000"),
        (b'{"kind":"request","text":"\\ud800","place":8}', "not-json", "", ""),
    ],
)
def test_a_wrong_body_is_a_sentence_with_its_field(front: Front, body: bytes, code: str, field: str, says: str) -> None:
    async def story() -> None:
        async with front:
            answer = await front.ask("POST", "/matters", content=body, headers=JSON)

        status, found, where = wrong(answer)
        assert status in (400, 403, 422)
        assert (found, where) == (code, field), answer.text
        assert says in answer.json()["error"]["message"]

    asyncio.run(story())


def test_pages_methods_types_and_versions_that_are_not_there(front: Front) -> None:
    async def story() -> None:
        async with front:
            nowhere = await front.ask("GET", "/nowhere")
            method = await front.ask("DELETE", "/matters")
            form = await front.ask("POST", "/matters", data={"kind": "request"})
            version = await front.ask("GET", "/places", headers={"Accept": "application/vnd.shancheng.v9+json"})
            ours = await front.ask("GET", "/places", headers={"Accept": "application/vnd.shancheng.v1+json"})
            head = await front.ask("HEAD", "/health")

        assert wrong(nowhere) == (404, "no-such-page", "")
        assert wrong(method) == (405, "no-such-method", "")
        assert method.headers["allow"] == "POST"
        assert wrong(form) == (415, "not-json", "Content-Type")
        assert wrong(version) == (406, "no-such-version", "")
        assert ours.headers["shancheng-version"] == "1"
        assert head.status_code == 200

    asyncio.run(story())


def test_a_body_is_cut_off_at_its_limit_while_it_streams(front: Front) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 4096
            yield b" " * 4096

    async def story() -> None:
        async with front:
            announced = await front.ask("POST", "/matters", content=b" " * 70_000, headers=JSON)
            streamed = await front.ask("POST", "/matters", content=endless(), headers=JSON)

        assert wrong(announced) == (413, "too-long", "")
        assert wrong(streamed) == (413, "too-long", "")
        assert sent < 100_000

    asyncio.run(story())


def test_a_request_keeps_the_number_it_brings_if_it_is_a_decent_one(front: Front) -> None:
    async def story() -> None:
        async with front:
            kept = await front.ask("GET", "/nowhere", headers={"X-Request-ID": "abc-1"})
            ours = await front.ask("GET", "/nowhere", headers={"X-Request-ID": "a b<script>"})

        assert kept.headers["x-request-id"] == "abc-1"
        assert ours.headers["x-request-id"].startswith("t-")

    asyncio.run(story())


def test_a_fault_of_ours_is_kept_and_shows_nothing(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    async def story() -> None:
        async with front:
            monkeypatch.setattr(front.desk, "matter", broken)
            answer = await front.ask("GET", "/matters/x", LEADER)

        assert wrong(answer) == (500, "fault", "")
        assert "secret" not in answer.text
        assert isinstance(front.faults[answer.headers["x-request-id"]], ZeroDivisionError)

    asyncio.run(story())


def test_a_stopped_house_says_so_and_goes_on_reading(front: Front) -> None:
    async def story() -> None:
        async with front:
            matter = await front.open()
            front.sequencer.stopped = "The disk is full. Nothing more is acknowledged."
            report = await front.ask("POST", "/matters", json=LEAK)
            seen = await front.ask("GET", f"/matters/{matter}", OPERATOR)
            health = await front.ask("GET", "/health")

        assert wrong(report) == (503, "stopped", "")
        assert report.headers["retry-after"] == "30"
        assert seen.status_code == 200
        assert health.status_code == 503
        assert health.json()["message"] == "The disk is full. Nothing more is acknowledged."

    asyncio.run(story())


def test_a_busy_house_asks_to_come_back(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(command: Command) -> None:
        raise Busy("4096 commands wait for lane tiny; try again in a second.")

    async def story() -> None:
        async with front:
            monkeypatch.setattr(front.sequencer, "submit", full)
            answer = await front.ask("POST", "/matters", json=LEAK)

        assert wrong(answer) == (503, "busy", "")
        assert answer.headers["retry-after"] == "1"

    asyncio.run(story())


def test_places_are_found_by_code_and_below_each_other(front: Front) -> None:
    async def story() -> None:
        async with front:
            root = (await front.ask("GET", "/places")).json()["places"]
            under = (await front.ask("GET", "/places?under=E")).json()["places"]
            level = (await front.ask("GET", "/places?under=W&level=4")).json()["places"]
            code = (await front.ask("GET", "/places?code=N3")).json()["places"][0]
            near = await front.ask("GET", "/places?near=106.5")
            far = await front.ask("GET", "/places?near=1,2")

        assert [place["code"] for place in root] == ["C"]
        assert [place["code"] for place in under] == ["EH", "EQ"]
        assert len(level) == 4
        assert [above["code"] for above in code["chain"]] == ["C", "E", "EH", "N3"]
        assert wrong(near) == (422, "wrong-value", "near")
        assert wrong(far) == (404, "outside", "near")

    asyncio.run(story())


def test_the_ledger_is_for_peers_and_metrics_for_managers(front: Front) -> None:
    async def story() -> None:
        async with front:
            for _ in range(3):
                await front.open()
            refused = [
                wrong(await front.ask("GET", "/ledger/tiny", OPERATOR)),
                wrong(await front.ask("GET", "/metrics", LEADER)),
                wrong(await front.ask("GET", "/ledger/other", LEADER)),
            ]
            lines = (await front.ask("GET", "/ledger/tiny?after=1&limit=1", LEADER)).json()
            metrics = (await front.ask("GET", "/metrics", ADMIN)).text

        assert refused == [(403, "not-allowed", ""), (403, "not-allowed", ""), (404, "not-found", "lane")]
        assert (lines["head"], [line["seq"] for line in lines["lines"]]) == (3, [2])
        assert 'shancheng_requests_total{route="POST /matters",status="201"} 3' in metrics
        assert 'shancheng_request_seconds_count{route="POST /matters"} 3' in metrics
        assert "shancheng_ledger_head 3" in metrics

    asyncio.run(story())
