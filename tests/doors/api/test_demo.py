"""Tokens to try a city with: one a role, each for people and places that go together."""

from pathlib import Path

from tests.loop.world import QUAY

from shancheng.doors.api.demo import demo_tokens, example_of
from shancheng.doors.api.token import Tokens
from shancheng.ground.access import Actor
from shancheng.loop.rules import Rules


class Home:
    """An installation, as far as tokens need one."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def actor(self, role: str, place: str, agency: str) -> Actor:
        """An account; its place by code."""
        places = tuple(node.id for node in self.rules.places.nodes if place and node.code == place)
        return Actor(f"{role}-1", role, agency=agency, places=places)

    def now(self) -> int:
        """Some instant."""
        return 1_790_000_000


def test_a_grid_worker_has_a_town_and_an_agency_and_the_handler_the_same_agency(rules: Rules, tmp_path: Path) -> None:
    tokens, home = Tokens(tmp_path / "tokens.json"), Home(rules)

    made = demo_tokens(tokens, home, {"place": "EQ", "agency": "water"})

    worker, handler = (tokens.actor(made[role], home.now()) for role in ("grid-worker", "handler"))
    assert worker is not None and handler is not None
    assert (worker.agency, worker.places) == ("water", (QUAY,))
    assert (handler.agency, handler.places) == ("water", ())


def test_an_example_names_a_town_and_without_an_agency_nobody_works_for_one(rules: Rules, tmp_path: Path) -> None:
    example = example_of(rules, 1_790_000_000)
    tokens = Tokens(tmp_path / "tokens.json")

    made = demo_tokens(tokens, Home(rules), {"place": "EQ"})

    worker = tokens.actor(made["grid-worker"], 1_790_000_000)
    assert example["place"] in {"EQ", "EH", "WM", "WG"} and "handler" not in made
    assert worker is not None and worker.agency == ""
