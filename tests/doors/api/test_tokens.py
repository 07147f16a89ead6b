"""Tokens: shown once, kept as hashes, good for their days, taken back at once; and the gate for who has none."""

import asyncio
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.doors.api.front import LEAK, Front, wrong
from tests.loop.world import OPERATOR

from shancheng.doors.api.bucket import Gate, Rate, prefix_of
from shancheng.doors.api.follow import Follow
from shancheng.doors.api.problem import Problem
from shancheng.doors.api.token import Tokens, TokensUnreadable, random_token


def test_a_token_is_not_in_its_file_and_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path / "tokens.json")

    token = tokens.create(OPERATOR, now=100, days=1, chance=random_token)

    assert token not in (tmp_path / "tokens.json").read_text()
    assert (tmp_path / "tokens.json").stat().st_mode & 0o077 == 0
    assert Tokens(tmp_path / "tokens.json").actor(token, 101) == OPERATOR


def test_a_token_is_good_for_its_days(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path / "tokens.json")
    token = tokens.create(OPERATOR, now=100, days=1, chance=random_token)

    assert tokens.actor(token, 100 + 86_399) == OPERATOR
    assert tokens.actor(token, 100 + 86_400) is None


def test_a_token_taken_back_elsewhere_stops_working_within_a_second(tmp_path: Path) -> None:
    here, elsewhere = Tokens(tmp_path / "tokens.json"), Tokens(tmp_path / "tokens.json")
    token = here.create(OPERATOR, now=100, chance=random_token)
    assert here.actor(token, 100) == OPERATOR

    assert elsewhere.revoke(elsewhere.all()[0].key)

    assert here.actor(token, 101) is None
    assert not elsewhere.revoke("nothing")


def test_a_damaged_tokens_file_lets_nobody_in(tmp_path: Path) -> None:
    (tmp_path / "tokens.json").write_text("{")

    with pytest.raises(TokensUnreadable, match="mend or remove it"):
        Tokens(tmp_path / "tokens.json")


@pytest.mark.parametrize("header", ["Bearer", "Bearer nonsense", "Basic abc", "Bearer \xff", "sc_x"])
def test_a_wrong_token_is_turned_away_even_where_none_is_needed(front: Front, header: str) -> None:
    async def story() -> tuple[int, str, str]:
        async with front:
            headers = {b"Authorization": header.encode("latin-1")}
            return wrong(await front.client.post("/matters", json=LEAK, headers=headers))  # type: ignore[arg-type]

    assert asyncio.run(story()) == (401, "no-token", "Authorization")


@given(st.binary(max_size=40), st.text(max_size=60))
def test_a_follow_token_cannot_be_made_up(seed: bytes, other: str) -> None:
    follow = Follow(b"k" * 32)
    pseudonym = follow.pseudonym(seed)
    token = follow.token(pseudonym)

    assert follow.pseudonym_of(token) == pseudonym
    assert follow.pseudonym_of(other) is None
    assert Follow(b"j" * 32).pseudonym_of(token) is None
    assert follow.pseudonym_of(token + "a") is None


class Waiting:
    """Somebody who sleeps without time passing, and remembers how long."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


def test_a_network_in_a_hurry_is_held_and_then_asked_to_come_later() -> None:
    waiting = Waiting()
    gate = Gate(each=Rate(1.0, 2.0), wait_seconds_max=3.0, sleep=waiting)

    async def rush() -> None:
        for number in itertools.count(1):
            await gate.enter(f"10.0.0.{number}", 0.0)

    with pytest.raises(Problem) as turned_away:
        asyncio.run(rush())

    assert waiting.slept == [1.0, 2.0, 3.0]
    assert turned_away.value.status == 429
    assert dict(turned_away.value.headers) == {b"retry-after": b"4"}
    assert gate.waiting == 0
    asyncio.run(gate.enter("10.0.1.1", 0.0))
    assert len(waiting.slept) == 3, "another network is let in at once"


def test_many_networks_at_once_cannot_bury_one_town() -> None:
    waiting = Waiting()
    gate = Gate(town=Rate(1.0, 2.0), wait_seconds_max=3.0, sleep=waiting)

    async def crowd() -> None:
        for number in itertools.count(1):
            await gate.enter(f"10.0.{number}.1", 0.0, town=4)

    with pytest.raises(Problem):
        asyncio.run(crowd())

    assert waiting.slept == [1.0, 2.0, 3.0], "they are held before anybody is asked to come later"
    asyncio.run(gate.enter("10.0.1.1", 0.0, town=5))
    assert len(waiting.slept) == 3, "another town is open"


def test_the_gate_remembers_a_bounded_number_of_networks() -> None:
    gate = Gate(prefixes_max=10, sleep=Waiting())

    async def crowd() -> None:
        for number in range(100):
            await gate.enter(f"10.0.{number}.1", 0.0)

    asyncio.run(crowd())
    assert len(gate._prefixes) == 10


def test_networks_are_what_one_sender_is_likely_to_hold() -> None:
    assert prefix_of("203.0.113.77") == "203.0.113.0/24"
    assert prefix_of("::ffff:203.0.113.77") == "203.0.113.0/24"
    assert prefix_of("2001:db8:1:2ff::1") == "2001:db8:1:200::/56"
    assert prefix_of("") == ""
