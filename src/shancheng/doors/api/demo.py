"""Tokens to try a city with: one a role, for people and places that go together, good for a day."""

from collections.abc import Mapping
from typing import Protocol

from shancheng.doors.api.token import Tokens, random_token
from shancheng.ground.access import Actor
from shancheng.loop.rules import Rules

DEMO = "demo"
DEMO_DAYS = 1
NOT_SHOWN = frozenset({"importer", "system", "sensor", "resident"})
HANDS = frozenset({"grid-worker"})
"""Roles that look after a place and work for an agency there as well."""
WHOLE_CITY = frozenset({"admin", "leader", "supervisor", "planner", "delivery-unit"})
TOWN = 3


def example_of(rules: Rules, now: int) -> dict[str, str]:
    """A town, a category it settles itself, and the agency the duty list names: enough for a first report."""
    places = rules.places
    town = next((node for node in places.nodes if node.level == places.cell_level), places.nodes[-1])
    versions = [dated.latest for dated in rules.categories.values()]
    fitting = [c for c in versions if c.holder_level == TOWN and c.kind == "request" and c.share > 0]
    for category in sorted(fitting, key=lambda record: (-record.share, record.key)):
        route = rules.route(category.key, town.id, now)
        if route is not None:
            return {"place": town.code, "category": category.key, "agency": route.lead}
    return {"place": town.code}


class Accounts(Protocol):
    """What makes accounts: the installation."""

    @property
    def rules(self) -> Rules:
        """The rules its packs make."""

    def actor(self, role: str, place: str, agency: str) -> Actor:
        """An account in a role, for a place and an agency."""

    def now(self) -> int:
        """This instant."""


def demo_tokens(tokens: Tokens, home: Accounts, example: Mapping[str, str]) -> dict[str, str]:
    """A fresh token a role, by role; those of the last start are taken back."""
    for old in tokens.all():
        if old.note == DEMO:
            tokens.revoke(old.key)
    made = {}
    for role in home.rules.roles.values():
        needs_agency = role.sees == "legs"
        if role.key in NOT_SHOWN or (needs_agency and "agency" not in example):
            continue
        place = "" if role.key in WHOLE_CITY or needs_agency else example["place"]
        agency = example.get("agency", "") if needs_agency or role.key in HANDS else ""
        account = home.actor(role.key, place, agency)
        made[role.key] = tokens.create(account, now=home.now(), days=DEMO_DAYS, note=DEMO, chance=random_token)
    return made
