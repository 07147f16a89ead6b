"""Two leaders of one lane: the one that lost its session and does not know it must not write."""

import asyncpg
import pytest

from shancheng.loop.errors import NotHolder, Stopped
from shancheng.loop.ledger import Batch
from shancheng.store.opening import open_lane
from shancheng.store.postgres.connection import LANE_LOCK
from shancheng.store.postgres.lane import PostgresLane


async def fence(where: str) -> None:
    """The former leader's lock is taken from it, as after a long pause; another takes the lane; both write."""
    former = await open_lane(where, "city")
    assert isinstance(former, PostgresLane)
    with pytest.raises(NotHolder):
        await open_lane(where, "city")
    await former._connection.execute("SELECT pg_advisory_unlock($1, hashtext('city'))", LANE_LOCK)
    present = await open_lane(where, "city")
    empty = Batch(
        moves=(), rows=(), counters={}, parties=(), keys=(), forgotten=(), head=former.head, previous=former.head
    )

    with pytest.raises(NotHolder, match="taken over"):
        await former.append(empty)

    with pytest.raises(Stopped):
        await former.append(empty)
    await present.append(empty)
    await _lose_the_server(where, present, empty)
    await former.close()
    await present.close()


async def _lose_the_server(where: str, lane: PostgresLane, batch: Batch) -> None:
    """The session is ended from outside: the lane stops with a sentence and stays stopped."""
    other = await asyncpg.connect(where)
    await other.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'shancheng lane'"
    )
    await other.close()
    for _ in range(2):
        with pytest.raises(Stopped, match="acknowledged"):
            await lane.append(batch)
