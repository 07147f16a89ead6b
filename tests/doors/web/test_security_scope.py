"""Nobody learns of a matter outside role, places and kinds through any route of the API: 0 leaks in many worlds."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.doors.api.front import Front
from tests.loop.world import CITY, EAST, GATE, HILL, MILL, QUAY, WEST, leak
from tests.wings.governance.town import AUDITOR, CLERK

from shancheng.doors.api.routes import ROUTES
from shancheng.ground.access import Actor
from shancheng.loop.act import Assign
from shancheng.loop.rules import Rules

CATEGORIES = {"request": "leak", "incident": "flood", "hazard": "slope", "dispute": "noise", "task": "report-card"}
ROLES = (
    "resident", "intake", "operator", "leader", "handler", "grid-worker", "mediator", "supervisor", "verifier",
    "delivery-unit", "planner", "admin", "sensor",
)  # fmt: skip
PLACES = (CITY, EAST, WEST, QUAY, HILL, MILL, GATE, 8, 10, 13)
AGENCIES = ("water", "roads", "parks", "quay-office")


@dataclass(frozen=True)
class Secret:
    """A matter that not everybody may know of."""

    number: str
    word: str
    kind: str
    place: int
    confidential: bool
    agencies: tuple[str, ...]
    reporter: str


Planned = tuple[str, int, bool, str, str]
planned = st.tuples(
    st.sampled_from(sorted(CATEGORIES)),
    st.sampled_from([8, 9, 10, 12, 14, 15]),
    st.booleans(),
    st.sampled_from(["", *AGENCIES]),
    st.sampled_from(["r-1", "r-2"]),
)
people = st.builds(
    lambda role, places, agency, kinds: Actor(
        "r-1" if role == "resident" else "who",
        role,
        centre=0 if agency else (places[0] if places else CITY),
        agency=agency,
        places=tuple(places),
        kinds=tuple(kinds),
    ),
    st.sampled_from(ROLES),
    st.lists(st.sampled_from(PLACES), max_size=2, unique=True),
    st.sampled_from(["", *AGENCIES]),
    st.lists(st.sampled_from(sorted(CATEGORIES)), max_size=2, unique=True),
)


def may_know(rules: Rules, who: Actor, secret: Secret) -> bool:
    """What the roles say in words, written down once more without the loop's own scope."""
    role = rules.roles[who.role]
    if role.sees == "own":
        return secret.reporter == who.id and (not who.kinds or secret.kind in who.kinds)
    if role.sees == "none" or (secret.confidential and not role.confidential):
        return False
    if who.kinds and secret.kind not in who.kinds:
        return False
    if role.sees == "legs":
        return who.agency in secret.agencies
    return not who.places or any(place in rules.places.chain(secret.place) for place in who.places)


async def hide(front: Front, plan: list[Planned]) -> list[Secret]:
    """Matters with a word each that occurs nowhere else."""
    secrets = []
    for number, (kind, place, confidential, agency, reporter) in enumerate(plan):
        word = f"SECRET{number}WORD"
        act = leak(kind=kind, category=CATEGORIES[kind], place=place, confidential=confidential, text=word)
        by = Actor(reporter, "resident") if kind == "request" else AUDITOR
        matter = await front.report(act, by)
        if agency:
            await front.desk.do(matter, Assign(lead=agency), AUDITOR)
        seen = await front.see(matter)
        secrets.append(
            Secret(
                matter,
                word,
                kind,
                place,
                seen.marks.confidential,
                tuple(seen.legs),
                next(iter(seen.reporters), ""),
            )
        )
    return secrets


async def everything(front: Front, who: Actor, secrets: list[Secret]) -> dict[str, httpx.Response]:
    """The answer of every route, for every matter and place."""
    token, found = front.token(who), {}
    for route in ROUTES:
        for path, query in _filled(route.path, secrets):
            body: dict[str, Any] = {"json": {"text": "x"}} if route.method == "POST" else {}
            if path.endswith("/unseal"):
                body = {"json": {"reporter": "r-1", "purpose": "x"}}
            if route.method == "POST" and path == "/matters":
                continue
            found[f"{route.method} {path}{query}"] = await front.ask(route.method, path + query, token, **body)
    return found


def _filled(path: str, secrets: list[Secret]) -> list[tuple[str, str]]:
    if "{matter}" in path:
        return [(path.replace("{matter}", s.number).replace("{verb}", "note"), "") for s in secrets]
    if path == "/worklist":
        words = [f"?words={secret.word}" for secret in secrets]
        return [(path, query) for query in ("?merged=true", "?order=opened", "?order=moved&limit=1", *words)]
    if "{place}" in path:
        query = "?from=2025-01-01&until=2026-01-01" if "figures" in path else ""
        return [(path.replace("{place}", str(place)), query) for place in (CITY, QUAY, MILL)]
    return [(path.replace("{lane}", "tiny"), "")]


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(plan=st.lists(planned, min_size=1, max_size=4), who=people)
def test_no_route_tells_of_a_matter_outside_the_scope_of_who_asks(
    rules: Rules, tmp_path_factory: pytest.TempPathFactory, plan: list[Planned], who: Actor
) -> None:
    async def story() -> None:
        async with Front(rules, Path(tmp_path_factory.mktemp("front"))) as front:
            secrets = await hide(front, plan)
            answers = await everything(front, who, secrets)

            for secret in secrets:
                allowed = may_know(rules, who, secret)
                own = answers[f"GET /matters/{secret.number}"]
                assert (own.status_code == 200) is allowed, (secret, own.text)
                for asked, answer in answers.items():
                    if not allowed:
                        assert secret.word not in answer.text, (asked, secret)
                        told = answer.text.replace(secret.number, "") if secret.number in asked else answer.text
                        assert f'"{secret.number}"' not in told, (asked, secret)
                    if not allowed and secret.number in asked:
                        assert answer.status_code in (403, 404), (asked, answer.text)

    asyncio.run(story())


@settings(max_examples=40, deadline=None)
@given(plan=st.lists(planned, min_size=2, max_size=6), place=st.sampled_from(PLACES))
def test_not_found_and_not_for_you_cannot_be_told_apart(
    rules: Rules, tmp_path_factory: pytest.TempPathFactory, plan: list[Planned], place: int
) -> None:
    async def story() -> None:
        async with Front(rules, Path(tmp_path_factory.mktemp("front"))) as front:
            secrets = await hide(front, plan)
            who = Actor("who", "operator", centre=place, places=(place,))
            token = front.token(who)
            nowhere = (await front.ask("GET", "/matters/n99999", token)).json()["error"]
            for secret in secrets:
                if may_know(rules, who, secret):
                    continue
                told = (await front.ask("GET", f"/matters/{secret.number}", token)).json()["error"]
                assert (told["code"], told["field"]) == (nowhere["code"], nowhere["field"])
                assert told["message"].replace(secret.number, "") == nowhere["message"].replace("n99999", "")

    asyncio.run(story())


def test_a_clerk_sees_what_lies_in_the_own_town(rules: Rules, tmp_path: Path) -> None:
    async def story() -> None:
        async with Front(rules, tmp_path) as front:
            (secret,) = await hide(front, [("request", 8, False, "water", "r-1")])
            answers = await everything(front, CLERK, [secret])

            assert any(secret.word in answer.text for answer in answers.values()), "the search itself finds something"

    asyncio.run(story())
