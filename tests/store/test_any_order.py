"""Whatever is done to a ledger, in whatever order, it answers as brute force over its moves does."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.postgres import Cluster
from tests.store.trial import Trial

from shancheng.loop.rules import Rules
from shancheng.store import upkeep

Doing = Callable[[Trial], Awaitable[None]]


async def write(t: Trial) -> None:
    """Some moves more."""
    await t.write(t.chance.randint(1, 12))


async def index(t: Trial) -> None:
    """Some words more."""
    limit = t.chance.choice((1, 7, 1000))
    assert await t.lane.index_words(limit) == await t.model.index_words(limit)


async def open_again(t: Trial) -> None:
    """Close and open."""
    await t.close()
    await t.open()


async def rebuild(t: Trial) -> None:
    """Everything beside the moves made again; the search begins again with it."""
    await t.close()
    await upkeep.rebuild(t.where, t.left_of)
    await t.open()
    await t.lane.index_words(100_000)
    await t.model.index_words(100_000)


async def reform(t: Trial) -> None:
    """The places are numbered anew."""
    t.shift = t.chance.randrange(31)
    await t.lane.renumber(t.left_of)
    t.model.rows = {key: msgspec.structs.replace(row, left=t.left_of(row.place)) for key, row in t.model.rows.items()}


async def save(t: Trial) -> None:
    """Back up, restore over an empty place, go on there."""
    await t.close()
    copy = Path(t.where).with_name(f"copy{t.model.head.seq}-{t.chance.random()}.db")
    await upkeep.backup(t.where, copy)
    restored = str(copy.with_suffix(".again"))
    assert (await upkeep.restore(copy, restored))["city"] == t.model.head
    t.where = restored
    await t.open()


async def look(t: Trial) -> None:
    """Ask."""
    for _ in range(4):
        await t.compare_lists()
    await t.compare_all()


async def play(t: Trial, doings: list[Doing]) -> None:
    """One thing after the other, with looks between."""
    await t.open()
    try:
        for doing in (write, *doings, look):
            await doing(t)
    finally:
        await t.close()
    assert (await upkeep.verify(t.where)).is_whole


EVERYWHERE = (write, write, write, index, open_again, rebuild, reform, look, look)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), doings=st.lists(st.sampled_from((*EVERYWHERE, save)), max_size=14))
def test_an_sqlite_ledger_answers_right_in_any_order(rules: Rules, seed: int, doings: list[Doing]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Trial(rules, str(Path(folder) / "ledger.db"), seed), doings))


@pytest.mark.postgres
@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), doings=st.lists(st.sampled_from(EVERYWHERE), max_size=10))
def test_a_postgresql_ledger_answers_right_in_any_order(
    rules: Rules, postgres: Cluster, seed: int, doings: list[Doing]
) -> None:
    asyncio.run(play(Trial(rules, postgres.create_next(), seed), doings))
