"""What fails, when and why, after some assets are hit: in the order of time, and once more by rounds in plain numpy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from shancheng.methods.cascade import kernel
from shancheng.methods.cascade.errors import ScenarioError
from shancheng.methods.cascade.network import Floats, Integers, Short, SupplyNetwork
from shancheng.methods.given import numbers, whole_numbers

NEVER = np.inf


@dataclass(frozen=True)
class Scenarios:
    """Which assets are hit and when, scenario after scenario: those of i are entries `first[i]` to `first[i + 1]`."""

    first: Integers
    """(s + 1,)"""
    asset: Short
    """(h,)"""
    minute: Floats
    """(h,) minutes from the beginning."""

    def __len__(self) -> int:
        return len(self.first) - 1

    @classmethod
    def of(cls, assets: Iterable[Sequence[int]]) -> Self:
        """One scenario for each list of assets, all hit at minute 0; ScenarioError where one is no whole number."""
        lists = [assets_of(each) for each in assets]
        first = np.cumsum([0, *(len(each) for each in lists)], dtype=np.int64)
        flat = np.concatenate([*lists, np.empty(0, np.int32)]).astype(np.int32)
        return cls(first, flat, np.zeros(len(flat)))

    @classmethod
    def one(cls, asset: npt.ArrayLike, minute: npt.ArrayLike) -> Self:
        """A single scenario of assets int[h] hit at minutes float[h]; ScenarioError where they do not go together."""
        assets, minutes = assets_of(asset), numbers(minute, "minutes of hits", ScenarioError).ravel()
        if len(assets) != len(minutes):
            raise ScenarioError(f"{len(assets)} assets are hit at {len(minutes)} minutes; give one minute for each.")
        return cls(np.array([0, len(assets)]), assets, minutes)


@dataclass(frozen=True)
class Failures:
    """What one scenario does."""

    minute: Floats
    """(n,) when each asset fails, inf where it does not by the horizon."""
    because: Short
    """(n,) the supply group that brought it down, -1 where none did; one of several that run out at the same minute."""
    order: Short
    """(f,) the failed assets as they failed; within a minute, causes come before what they cause."""


@dataclass(frozen=True)
class Consequences:
    """What each of many scenarios costs."""

    failed: Integers
    """(s,) assets down at the horizon, those hit included."""
    loss: Floats
    """(s, services) weight x minutes down until the horizon, e.g. people-minutes unserved."""


def failures(network: SupplyNetwork, hits: Scenarios, *, horizon: float = NEVER) -> Failures:
    """Failures after one scenario, in the order of time.

    An asset fails when it is hit, or when one of its supply groups has had fewer suppliers alive than it needs for the
    group's autonomy; nothing comes back. This is Dijkstra's algorithm with 'the (size - need + 1)-th failed supplier'
    in place of the least (D. E. Knuth, "A generalization of Dijkstra's algorithm", IPL 6, 1977), so a ring of assets
    that feed one another does not fail by itself. Raises ScenarioError for more or fewer than one scenario, an asset
    outside the network, or a minute or horizon below 0 or NaN.
    """
    if len(hits) != 1:
        raise ScenarioError(f"One scenario at a time can be looked at closely, not {len(hits)}; use `consequences`.")
    check(network, hits, horizon)
    wiring, ordered = kernel.wiring(network), compiled(hits)
    work = kernel.workspace(wiring, network.spare, len(hits.asset))
    failed = kernel.fail(ordered.asset, ordered.minute, float(horizon), wiring, work)
    return Failures(work.minute, work.because, work.order[:failed].copy())


def failures_by_rounds(network: SupplyNetwork, hits: Scenarios, *, horizon: float = NEVER) -> Failures:
    """The same failures without compiled code: every group looked at again and again until nothing changes.

    Each round costs a sort of all links, and there are as many rounds as the longest chain of causes is long. The
    order is by minute, then by the round in which it was found, then by asset; where several groups run out at the
    same minute, order and `because` may name another one than `failures` does. Raises ScenarioError as `failures` does.
    """
    if len(hits) != 1:
        raise ScenarioError(f"One scenario at a time can be worked out by rounds, not {len(hits)}.")
    check(network, hits, horizon)
    own = np.full(network.assets, NEVER)
    np.minimum.at(own, hits.asset, hits.minute)
    minute = np.where(own <= horizon, own, NEVER)
    found, because = np.zeros(network.assets, np.int64), np.full(network.assets, -1, np.int32)
    group_of, critical = (
        np.repeat(np.arange(network.groups), np.diff(network.first)),
        network.first[:-1] + network.spare,
    )
    rounds = 0
    while True:
        rounds += 1
        sorted_minutes = minute[network.supplier][np.lexsort((minute[network.supplier], group_of))]
        due = sorted_minutes[critical] + network.autonomy
        then = minute.copy()
        np.minimum.at(then, network.owner, np.where(due <= horizon, due, NEVER))
        if (then == minute).all():
            break
        sooner = np.flatnonzero(then < minute)
        found[sooner], because[sooner], minute = rounds, _brought(network, due, then)[sooner], then
    return Failures(minute, because, _ordered(minute, found))


def consequences(network: SupplyNetwork, hits: Scenarios, weight: npt.ArrayLike, *, horizon: float) -> Consequences:
    """What each scenario costs by the horizon; weight float[n, services] is what a minute without the asset costs.

    Raises ScenarioError as `failures` does, and where the weights do not fit or the horizon is endless.
    """
    check(network, hits, horizon)
    ending(horizon)
    weights = weighed(network.assets, weight)
    failed, loss = np.zeros(len(hits), np.int64), np.zeros((len(hits), weights.shape[1]))
    wiring = kernel.wiring(network)
    work = kernel.workspace(wiring, network.spare, len(hits.asset))
    kernel.fail_many(compiled(hits), float(horizon), weights, wiring, work, failed, loss)
    return Consequences(failed, loss)


def compiled(hits: Scenarios) -> kernel.Hits:
    """The scenarios as the compiled loops take them, each in the order of time."""
    order = np.lexsort((hits.minute, np.repeat(np.arange(len(hits)), np.diff(hits.first))))
    return kernel.Hits(hits.first, hits.asset[order], hits.minute[order])


def check(network: SupplyNetwork, hits: Scenarios, horizon: float) -> None:
    """Raise ScenarioError where the scenarios do not fit the network."""
    outside = hits.asset[(hits.asset < 0) | (hits.asset >= network.assets)]
    if outside.size:
        raise ScenarioError(f"Asset {outside[0]} is to be hit, but there are only assets 0 to {network.assets - 1}.")
    if not (hits.minute >= 0).all():
        raise ScenarioError("A minute at which something is hit is below 0 or not a number; count from the beginning.")
    if not horizon >= 0:
        raise ScenarioError(f"A horizon is 0 or more minutes, not {horizon}.")


def weighed(assets: int, weight: npt.ArrayLike) -> Floats:
    """The weights as float[assets, services], or a ScenarioError that says what is wrong with them."""
    weights = np.ascontiguousarray(numbers(weight, "weights", ScenarioError))
    if weights.ndim != 2 or len(weights) != assets:
        raise ScenarioError(f"Weights are a table of {assets} assets by services, not of shape {weights.shape}.")
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise ScenarioError("A weight is below 0 or not a number; give 0 to assets nobody depends on directly.")
    return weights


def assets_of(given: npt.ArrayLike) -> Short:
    """Assets that are named in a scenario or a scan, as int32[h]; ScenarioError where one is no whole number."""
    named = whole_numbers(given, "assets that are hit", ScenarioError).ravel()
    if (np.abs(named) > np.iinfo(np.int32).max).any():
        raise ScenarioError("An asset that is hit has a number far beyond all assets; number them from 0.")
    return named.astype(np.int32)


def ending(horizon: float) -> None:
    """Raise ScenarioError where minutes down cannot be counted because the horizon is endless."""
    if not np.isfinite(horizon):
        raise ScenarioError("To count minutes down, give a horizon that ends.")


def _brought(network: SupplyNetwork, due: Floats, minute: Floats) -> Short:
    """(n,) the lowest group of each asset whose autonomy ends at its minute."""
    group = np.flatnonzero(due == minute[network.owner])[::-1]
    brought = np.full(network.assets, -1, np.int32)
    brought[network.owner[group]] = group
    return brought


def _ordered(minute: Floats, found: Integers) -> Short:
    order = np.lexsort((np.arange(len(minute)), found, minute))
    return order[: int(np.isfinite(minute).sum())].astype(np.int32)
