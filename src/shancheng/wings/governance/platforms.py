"""Platforms of a town's governance: which part of the town's board a matter belongs to, as a city's packs say."""

from collections.abc import Iterator, Sequence

from shancheng.ground.pack import Fault, Packs, Table
from shancheng.ground.pack.check import references
from shancheng.loop.kind import Names, Record
from shancheng.loop.rules import Rules


class Platform(Record, frozen=True, kw_only=True):
    """One platform of the town: the categories it looks after, or else the kinds."""

    name: Names
    order: int = 0
    kinds: tuple[str, ...] = ()
    """Kinds that belong here where no platform names the category."""
    categories: tuple[str, ...] = ()
    """Categories that belong here with everything under them; the closest one named wins."""


TABLES = (Table("platforms", Platform, ("key",), dated=True),)


def platforms(rules: Rules, at: int) -> tuple[Platform, ...]:
    """The platforms that stand at an instant, in their order."""
    standing = rules.packs.standing("platforms", Platform, rules.day(at))
    return tuple(sorted(standing, key=lambda platform: (platform.order, platform.key)))


def platform_of(category: str, among: Sequence[Platform], rules: Rules, at: int) -> str:
    """Key of the platform that a category belongs to; empty where it belongs to none."""
    for key in rules.category_chain(category, at):
        named = next((platform.key for platform in among if key in platform.categories), "")
        if named:
            return named
    record = rules.category(category, at)
    return next((platform.key for platform in among if record is not None and record.kind in platform.kinds), "")


_REFERENCES = (
    references("platforms", "kinds", "kinds", what="kind of matter"),
    references("platforms", "categories", "categories", what="category"),
)


def check(packs: Packs) -> Iterator[Fault]:
    """Unknown kinds and categories, and those that two platforms claim."""
    for reference in _REFERENCES:
        yield from reference(packs)
    claimed: dict[tuple[str, str], str] = {}
    for index, platform in enumerate(packs.table("platforms", Platform)):
        for field, names in (("kinds", platform.kinds), ("categories", platform.categories)):
            for name in names:
                other = claimed.setdefault((field, name), platform.key)
                if other != platform.key:
                    message = f"'{name}' belongs to platform '{other}' already; name it in one of the two."
                    yield packs.fault("platforms", index, "two-platforms", message, field=field)
