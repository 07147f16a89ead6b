"""What goes down and comes back when damage is mended: the whole course of an event, and what it costs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shancheng.methods.cascade import replay_kernel
from shancheng.methods.cascade.errors import ScenarioError
from shancheng.methods.cascade.failure import Scenarios, check, ending, weighed
from shancheng.methods.cascade.network import Flags, Floats, Short, SupplyNetwork
from shancheng.methods.given import numbers


@dataclass(frozen=True)
class Course:
    """Every change up to the horizon, in the order of time; all assets are up before the first."""

    assets: int
    horizon: float
    minute: Floats
    """(c,)"""
    asset: Short
    """(c,)"""
    up: Flags
    """(c,) whether the asset came back (or went down)."""

    @property
    def down_minutes(self) -> Floats:
        """(n,) minutes each asset was down up to the horizon."""
        left = np.where(self.up, -1.0, 1.0) * (self.horizon - self.minute)
        down: Floats = np.bincount(self.asset, left, self.assets).astype(np.float64)
        return down

    def up_at(self, minute: float) -> Flags:
        """(n,) which assets are up once everything of that minute has happened."""
        until = int(np.searchsorted(self.minute, minute, "right"))
        up = np.ones(self.assets, bool)
        up[self.asset[:until]] = self.up[:until]
        return up

    def loss(self, weight: npt.ArrayLike) -> Floats:
        """(services,) weight x minutes down, with weights float[n, services]; ScenarioError where they do not fit."""
        lost: Floats = self.down_minutes @ weighed(self.assets, weight)
        return lost


def replay(network: SupplyNetwork, hits: Scenarios, mended: npt.ArrayLike, *, horizon: float) -> Course:
    """The course of one scenario in which hit j is mended at `mended[j]`, float[h] minutes, inf for never.

    An asset is up while none of its damage is open and none of its supply groups has been short for the group's
    autonomy or longer; a group that is met has its whole autonomy again at once. At one minute everything that comes
    back does so before anything goes down, and an asset comes back only when what it lives on is up already, so a
    ring of assets that feed one another stays down until one of them has another supply. Without repairs it is
    `failures`. Raises ScenarioError as `failures` does, where a repair does not come after its damage, or where the
    horizon is endless.
    """
    if len(hits) != 1:
        raise ScenarioError(f"One scenario at a time can be replayed, not {len(hits)}.")
    check(network, hits, horizon)
    ending(horizon)
    mends = numbers(mended, "minutes of repairs", ScenarioError).ravel()
    if len(mends) != len(hits.asset):
        raise ScenarioError(f"{len(hits.asset)} hits are mended at {len(mends)} minutes; give one minute for each.")
    if not (mends > hits.minute).all():
        raise ScenarioError("A repair ends at or before the minute of its damage, or is not a number.")
    return _play(network, _wired(network, hits, mends), horizon)


def _wired(network: SupplyNetwork, hits: Scenarios, mends: Floats) -> replay_kernel.Replay:
    minute = np.concatenate([hits.minute, mends])
    which = np.repeat(np.array([0, 1], np.int32), len(mends))
    asset = np.concatenate([hits.asset, hits.asset]).astype(np.int32)
    order = np.lexsort((asset, 1 - which, minute))
    order = order[np.isfinite(minute[order])]
    events = (minute[order], asset[order], which[order])
    parts = (network.first, network.need, network.owner, network.autonomy, network.serves_first, network.serves)
    return replay_kernel.Replay(*parts, *events)


def _play(network: SupplyNetwork, wired: replay_kernel.Replay, horizon: float) -> Course:
    room, changes = 0, 2 * network.assets
    while changes > room:
        room = changes
        state = _all_up(network, room)
        changes = replay_kernel.run(wired, state, float(horizon))
    minute, asset = state.change_minute[:changes].copy(), state.change_asset[:changes].copy()
    return Course(network.assets, float(horizon), minute, asset, state.change_up[:changes].astype(bool))


def _all_up(network: SupplyNetwork, room: int) -> replay_kernel.State:
    n, g = network.assets, network.groups
    return replay_kernel.State(
        harm=np.zeros(n, np.int32),
        dry=np.zeros(n, np.int32),
        alive=np.diff(network.first).astype(np.int32),
        runs_out=np.full(g, np.inf),
        empty=np.zeros(g, np.int32),
        queue=np.empty(n, np.int32),
        change_minute=np.empty(room),
        change_asset=np.empty(room, np.int32),
        change_up=np.empty(room, np.int32),
    )
