"""A stranger opens a matter by HTTP, three roles settle it, and everything is still there after a restart."""

import json
import signal
import time
from pathlib import Path

import pytest
from tests.journeys.conftest import Runner, RunningHouse, answer_of, shancheng

PROOF = [{"kind": "photo", "ref": "p"}, {"kind": "visit", "ref": "v"}, {"kind": "call", "ref": "c"}]
pytestmark = pytest.mark.slow


def settle(house: RunningHouse, matter: str) -> None:
    """From accepted to closed, as the operator of the town, the handler of the agency and the verifier."""
    steps = [
        ("accept", {}, "OPERATOR"),
        ("assign", {"lead": house.words["AGENCY"]}, "OPERATOR"),
        ("sign", {}, "HANDLER"),
        ("finish", {"outcome": "settled", "text": "done", "evidence": PROOF}, "HANDLER"),
        ("verify", {"passed": True, "evidence": PROOF}, "VERIFIER"),
        ("close", {"outcome": "settled", "reply": "Thank you; it is done.", "evidence": PROOF}, "OPERATOR"),
    ]
    for verb, body, role in steps:
        answer = house.ask("POST", f"/matters/{matter}/{verb}", role, json=body)
        assert answer.status_code == 200, (verb, answer.text)


def test_a_matter_from_first_report_to_verified_closure_and_through_a_restart(start: Runner, home: Path) -> None:
    house = start("--speed", "1")
    report = {
        "kind": "request",
        "category": house.words["CATEGORY"],
        "place": house.words["PLACE"],
        "text": "The bins have not been emptied for a week.",
        "contact": {"phone": "13812345678"},
    }
    key = {"Idempotency-Key": "first-report"}

    first = house.ask("POST", "/matters", json=report, headers=key)
    again = house.ask("POST", "/matters", json=report, headers=key)
    matter, follow = first.json()["matter"], first.json()["follow"]
    settle(house, matter)
    rated = house.ask("POST", f"/matters/{matter}/rate", follow, json={"contacted": True, "satisfied": True})
    seen = house.ask("GET", f"/matters/{matter}", "OPERATOR").json()
    why = house.ask("GET", f"/matters/{matter}/why", follow).json()
    board = house.ask("GET", f"/boards/{house.words['PLACE']}", "OPERATOR").json()

    assert again.json() == first.json() | {"repeated": True}
    assert rated.status_code == 200, rated.text
    assert seen["stage"] == "closed"
    assert any("promises.toml, line" in reason["pack"] for reason in why["reasons"])
    assert board["place"]["stages"][board["stages"].index("closed")] >= 1
    assert "closed" in house.command("matter", matter)
    assert "clock:finish" in house.command("why", matter)
    assert "13812345678" not in (home / "ledger.db").read_bytes().decode("latin-1")

    head = house.ask("GET", "/health").json()["seq"]
    assert house.stop(signal.SIGINT) == 0
    house = start("--no-day")
    after = house.ask("GET", f"/matters/{matter}", follow)
    assert after.json()["stage"] == "closed"
    assert house.ask("GET", "/health").json()["seq"] >= head
    assert house.ask("POST", "/matters", json=report, headers=key).json()["matter"] == matter, "a late repeat"


def test_a_house_that_is_killed_has_lost_nothing_it_acknowledged(start: Runner) -> None:
    house = start("--no-day")
    place = house.ask("GET", "/places?level=3").json()["places"][0]["code"]
    answers = [
        house.ask("POST", "/matters", json={"kind": "request", "text": f"number {number}", "place": place}).json()
        for number in range(20)
    ]

    house.stop(signal.SIGKILL)
    house = start("--no-day")

    for answer in answers:
        assert house.ask("GET", f"/matters/{answer['matter']}", answer["follow"]).status_code == 200


def test_a_second_house_on_the_same_folder_or_port_is_refused_with_a_sentence(
    start: Runner, home: Path, tmp_path: Path
) -> None:
    house = start("--no-day")
    port = house.words["SHANCHENG"].rpartition(":")[2]

    same_home = shancheng("--home", str(home), "up", "--port", "0", code=1)
    same_port = shancheng("--home", str(tmp_path), "up", "--port", port, "--scale", "0.2", code=1)
    act = shancheng("--home", str(home), "do", "new", "report", "kind=request", "text=x", "place=990101001", code=1)

    assert "runs already" in same_home
    assert "in use by another program" in same_port
    assert house.words["SHANCHENG"] in act


def test_tokens_and_acts_from_the_command_line(start: Runner, home: Path) -> None:
    place = "990101001"
    made = answer_of(
        shancheng("--home", str(home), "token", "create", "--role", "operator", "--place", place, "--json")
    )
    as_operator = ["--as", f"operator@{place}"]
    fields = ["kind=request", "category=litter-uncollected", "text=垃圾没人收", f"place={place}"]
    opened = answer_of(
        shancheng("--home", str(home), "do", "new", "report", *fields, *as_operator, "--key", "k", "--json")
    )
    said = shancheng("--home", str(home), "do", str(opened["matter"]), "accept", *as_operator)
    wrong = shancheng("--home", str(home), "do", str(opened["matter"]), "acept", *as_operator, code=1)
    role = shancheng("--home", str(home), "token", "create", "--role", "operater", code=1)

    assert "accept of matter" in said
    assert "Did you mean 'accept'" in wrong
    assert "Did you mean 'operator'" in role

    house = start("--no-day")
    seen = house.ask("GET", f"/matters/{opened['matter']}", str(made["token"]))
    assert seen.json()["stage"] == "accepted"
    listed = json.loads(shancheng("--home", str(home), "token", "list", "--json"))
    shancheng("--home", str(home), "token", "revoke", next(t["key"] for t in listed if t["actor"] == made["actor"]))
    until = time.monotonic() + 30
    while (answer := house.ask("GET", "/worklist", str(made["token"]))).is_success and time.monotonic() < until:
        time.sleep(0.1)
    assert answer.status_code == 401
