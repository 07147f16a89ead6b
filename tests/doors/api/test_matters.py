"""Matters over HTTP: reported, followed, acted on, looked at."""

import asyncio

import msgspec
from tests.doors.api.front import JSON, LEAK, Front, wrong
from tests.loop.world import LEADER, OPERATOR, QUAY, SUPERVISOR, handler
from tests.wings.governance.town import CHECKER

from shancheng.doors.api import looking
from shancheng.doors.api.form import Form
from shancheng.loop.matter import Matter

PHOTO = [{"kind": "photo", "ref": "p1"}, {"kind": "visit", "ref": "v1"}]


def test_anybody_reports_and_follows_with_the_token_that_comes_back(front: Front) -> None:
    async def story() -> None:
        async with front:
            answer = await front.ask("POST", "/matters", json=LEAK)
            receipt = answer.json()

            seen = await front.ask("GET", f"/matters/{receipt['matter']}", receipt["follow"])
            stranger = await front.ask("GET", f"/matters/{receipt['matter']}", receipt["follow"][:-1] + "a")

        assert answer.status_code == 201
        assert answer.headers["location"] == f"/matters/{receipt['matter']}"
        assert receipt["recorded"] == "2025-09-28T16:10:00+08:00"
        assert seen.json()["stage"] == "reported"
        assert seen.json()["about"]["cell"] == {"id": QUAY, "code": "EQ", "name": "码头镇", "name_en": "码头镇"}
        assert wrong(stranger) == (401, "no-token", "Authorization")

    asyncio.run(story())


def test_what_one_reporter_may_see_another_may_not(front: Front) -> None:
    async def story() -> None:
        async with front:
            first = (await front.ask("POST", "/matters", json=LEAK)).json()
            second = (await front.ask("POST", "/matters", json=LEAK)).json()

            other = await front.ask("GET", f"/matters/{first['matter']}", second["follow"])
            listed = await front.ask("GET", "/worklist", second["follow"])

        assert wrong(other) == (404, "not-found", "")
        assert [found["id"] for found in listed.json()["matters"]] == [second["matter"]]

    asyncio.run(story())


def test_a_matter_goes_round_the_whole_loop(front: Front) -> None:
    async def story() -> None:
        async with front:
            receipt = (await front.ask("POST", "/matters", json=LEAK)).json()
            matter, reporter = receipt["matter"], receipt["follow"]
            steps = [
                ("accept", {}, OPERATOR),
                ("assign", {}, OPERATOR),
                ("sign", {}, handler("quay-office")),
                ("sign", {}, handler("water")),
                ("finish", {"outcome": "settled", "evidence": PHOTO}, handler("water")),
                ("finish", {"outcome": "settled", "evidence": PHOTO}, handler("quay-office")),
                ("verify", {"passed": True, "evidence": PHOTO}, CHECKER),
                ("close", {"outcome": "settled", "reply": "修好了", "evidence": PHOTO}, OPERATOR),
                ("rate", {"contacted": True, "satisfied": True}, reporter),
            ]

            for verb, body, by in steps:
                front.later(minutes=5)
                answer = await front.ask("POST", f"/matters/{matter}/{verb}", by, json=body)
                assert answer.status_code == 200, (verb, answer.text)
            seen = (await front.ask("GET", f"/matters/{matter}", OPERATOR)).json()
            history = (await front.ask("GET", f"/matters/{matter}/history", reporter)).json()
            why = (await front.ask("GET", f"/matters/{matter}/why", OPERATOR)).json()

        assert seen["stage"] == "closed"
        assert [move["verb"] for move in history["moves"]] == ["report", *(verb for verb, _, _ in steps)]
        assert history["moves"][1]["at"] == "2025-09-28T16:15:00+08:00"
        assert any(reason["pack"].startswith("base/promises.toml, line") for reason in why["reasons"])

    asyncio.run(story())


def test_a_repeat_under_the_same_key_is_given_the_same_receipt(front: Front) -> None:
    async def story() -> None:
        async with front:
            key = {"Idempotency-Key": "6a1f"}
            first = await front.ask("POST", "/matters", json=LEAK, headers=key)
            again = await front.ask("POST", "/matters", json=LEAK, headers=key)
            other = await front.ask("POST", "/matters", OPERATOR, json=LEAK, headers=key)
            changed = await front.ask("POST", "/matters", json=LEAK | {"place": "N1"}, headers=key)

        assert (first.status_code, again.status_code) == (201, 200)
        assert again.json() == first.json() | {"repeated": True}
        assert other.json()["matter"] != first.json()["matter"], "keys of different senders never meet"
        assert wrong(changed) == (409, "key-reused", "")

    asyncio.run(story())


def test_an_act_on_what_has_changed_meanwhile_is_refused(front: Front) -> None:
    async def story() -> None:
        async with front:
            matter = await front.open()
            tag = (await front.ask("GET", f"/matters/{matter}", OPERATOR)).headers["etag"]
            unchanged = await front.ask("GET", f"/matters/{matter}", OPERATOR, headers={"If-None-Match": tag})
            first = await front.ask("POST", f"/matters/{matter}/accept", OPERATOR, headers={"If-Match": tag}, json={})
            second = await front.ask("POST", f"/matters/{matter}/assign", OPERATOR, headers={"If-Match": tag}, json={})
            nonsense = await front.ask("POST", f"/matters/{matter}/assign", OPERATOR, headers={"If-Match": '"x"'})

        assert unchanged.status_code == 304
        assert not unchanged.content
        assert first.headers["etag"] == '"2"'
        assert wrong(second) == (412, "changed-meanwhile", "")
        assert wrong(nonsense) == (422, "wrong-value", "If-Match")

    asyncio.run(story())


def test_times_go_in_and_out_with_their_zone(front: Front) -> None:
    async def story() -> None:
        async with front:
            matter = await front.open(occurred="2025-09-28T07:30:00Z")
            body = {"why": "拖得太久", "report_by": "2025-09-30T09:00:00+08:00"}
            watched = await front.ask("POST", f"/matters/{matter}/supervise", SUPERVISOR, json=body)
            bare = await front.ask(
                "POST", f"/matters/{matter}/supervise", SUPERVISOR, json=body | {"report_by": "2025-09-30"}
            )
            seen = (await front.ask("GET", f"/matters/{matter}", LEADER)).json()
            moves = (await front.ask("GET", f"/matters/{matter}/history", LEADER)).json()["moves"]

        assert watched.status_code == 200
        assert seen["opening"]["at"] == "2025-09-28T15:30:00+08:00"
        assert seen["marks"]["supervised"]["report_by"] == "2025-09-30T09:00:00+08:00"
        assert moves[1]["act"]["report_by"] == "2025-09-30T09:00:00+08:00"
        assert wrong(bare) == (422, "wrong-value", "report_by")

    asyncio.run(story())


def test_a_matter_is_shown_as_the_description_says(front: Front) -> None:
    async def story() -> None:
        async with front:
            matter = await front.open()
            seen = await front.ask("GET", f"/matters/{matter}", OPERATOR)

        decoded = msgspec.json.decode(seen.content, type=Form(Matter).type)
        assert decoded.id == matter
        assert decoded.opening.at.isoformat() == "2025-09-28T16:10:00+08:00"

    asyncio.run(story())


def test_a_list_is_asked_for_by_wishes_and_read_page_by_page(front: Front) -> None:
    async def story() -> list[str]:
        async with front:
            opened = [await front.open(text=f"第{number}处") for number in range(5)]
            await front.open(place="N2", category="lamp")
            path = "/worklist?place=N0&order=opened&limit=2&category=leak,lamp&stage=reported"
            found: list[str] = []
            after = ""
            while True:
                page = (await front.ask("GET", f"{path}&after={after}" if after else path, LEADER)).json()
                found += [matter["id"] for matter in page["matters"]]
                after = page["next"]
                if not after:
                    break
            assert sorted(found) == sorted(opened)
            return found

    asyncio.run(story())


def test_a_wrong_wish_is_a_sentence_about_its_parameter(front: Front) -> None:
    async def story() -> list[tuple[int, str, str]]:
        async with front:
            wishes = (
                "stge=doing",
                "stage=flying",
                "severity=9",
                "after=%%%",
                "since=yesterday",
                "place=N99",
                "late=si",
            )
            return [wrong(await front.ask("GET", f"/worklist?{wish}", LEADER)) for wish in wishes]

    assert [(status, field) for status, _, field in asyncio.run(story())] == [
        (422, "stge"),
        (422, "stages"),
        (422, "severity"),
        (422, "after"),
        (422, "since"),
        (422, "place"),
        (422, "late"),
    ]


def test_a_board_and_the_figures_are_of_a_place_by_code_or_number(front: Front) -> None:
    async def story() -> None:
        async with front:
            await front.open()
            by_code = (await front.ask("GET", "/boards/E", LEADER)).json()
            by_number = (await front.ask("GET", "/boards/2", LEADER)).json()
            table = (await front.ask("GET", "/figures/E?from=2025-09-01&until=2025-10-01", LEADER)).json()
            outside = await front.ask("GET", "/boards/W", OPERATOR)
            nowhere = await front.ask("GET", "/boards/XX", LEADER)
            no_period = await front.ask("GET", "/figures/E", LEADER)
            lamps = await front.ask("GET", "/figures/E?from=2025-09-01&until=2025-10-01&category=lamp", LEADER)
            streets = await front.ask("GET", "/figures/E?from=2025-09-01&until=2025-10-01&category=streets", LEADER)
            unknown = await front.ask("GET", "/figures/E?from=2025-09-01&until=2025-10-01&category=leek", LEADER)
            told = [answer.json()["figures"][0]["value"] for answer in (lamps, streets)]
            assert (told, unknown.status_code) == ([0.0, 1.0], 422)
            assert "Did you mean 'leak'?" in unknown.json()["error"]["message"]

        assert by_code == by_number
        assert by_code["place"]["open"] == 1
        assert by_code["at"] == "2025-09-28T16:10:00+08:00"
        assert table["period"] == ["2025-09-01T00:00:00+08:00", "2025-10-01T00:00:00+08:00"]
        assert next(figure for figure in table["figures"] if figure["key"] == "reported")["value"] == 1
        assert wrong(outside) == (404, "not-found", "")
        assert wrong(nowhere) == (404, "unknown-name", "")
        assert wrong(no_period) == (422, "wrong-value", "from")

    asyncio.run(story())


def test_contact_data_are_sealed_and_opened_with_a_purpose(front: Front) -> None:
    async def story() -> None:
        async with front:
            body = LEAK | {"contact": {"phone": "13812345678"}, "text": "水管漏水，电话13812345678"}
            matter = (await front.ask("POST", "/matters", OPERATOR, json=body)).json()["matter"]
            seen = (await front.ask("GET", f"/matters/{matter}", OPERATOR)).text
            reporter = next(iter(msgspec.json.decode(seen)["reporters"]))
            asked = {"reporter": reporter, "purpose": "回电"}
            opened = await front.ask("POST", f"/matters/{matter}/unseal", CHECKER, json=asked)

        assert "13812345678" not in seen
        assert opened.json()["sealed"][0]["contact"]["phone"] == "13812345678"
        assert "13812345678" in opened.json()["sealed"][0]["original"]["text"]

    asyncio.run(story())


def test_who_reports_without_a_token_is_a_resident_and_nothing_else(front: Front) -> None:
    async def story() -> list[tuple[int, str, str]]:
        async with front:
            bodies = ({"origin": "sensor"}, {"drill": True}, {"reporter": "r-someone-else"})
            answers = [await front.ask("POST", "/matters", json=LEAK | body) for body in bodies]
            matter = await front.desk.matter(answers[2].json()["matter"], LEADER)
            assert isinstance(matter, Matter)
            assert "r-someone-else" not in matter.reporters
            return [wrong(answer) for answer in answers[:2]]

    assert asyncio.run(story()) == [(403, "not-allowed", "origin"), (403, "not-allowed", "drill")]


def test_an_act_of_somebody_without_a_token_is_turned_away(front: Front) -> None:
    async def story() -> None:
        async with front:
            matter = await front.open()
            answer = await front.ask("POST", f"/matters/{matter}/accept", json={})

        assert wrong(answer) == (401, "no-token", "Authorization")
        assert answer.headers["www-authenticate"] == "Bearer"

    asyncio.run(story())


def test_a_verb_without_content_needs_no_body(front: Front) -> None:
    async def story() -> None:
        async with front:
            matter = await front.open()
            answer = await front.client.post(
                f"/matters/{matter}/accept", headers={"Authorization": f"Bearer {front.token(OPERATOR)}"}
            )
            unknown = await front.ask("POST", f"/matters/{matter}/fly", OPERATOR, content=b"{}", headers=JSON)

        assert answer.status_code == 200
        assert wrong(unknown) == (404, "no-such-page", "verb")

    asyncio.run(story())


def test_every_query_parameter_of_a_list_is_described() -> None:
    from shancheng.doors.api.routes import WISHES

    assert set(WISHES) == set(looking.WISHES)
