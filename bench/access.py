"""E2SFCA beside pysal's access: the same pairs of home and clinic, the same steps of time, the same figures."""

import time
import warnings
from importlib.metadata import version
from statistics import median

import numpy as np
import pandas as pd

from access import Access, weights
from bench.claim import Claim
from shancheng.methods.access import decay_of_steps, two_step
from shancheng.methods.siting.reach import Reach

ROUNDS = 5
COMMAND = "python -m bench access"
HOMES, CLINICS, NEAR = 20_000, 400, 30
STEPS = {300: 1.0, 600: 0.68, 900: 0.22}
SEED = 20261124


def claims() -> list[Claim]:
    """Access of 20,000 homes to 400 clinics over 600,000 pairs; tables and pairs made ready on both sides."""
    chance = np.random.default_rng(SEED)
    home = np.repeat(np.arange(HOMES), NEAR)
    clinic = chance.permuted(np.tile(np.arange(CLINICS), (HOMES, 1)), axis=1)[:, :NEAR].ravel()
    spent = chance.integers(0, 1_000, len(home))
    people, supply = chance.integers(1, 200, HOMES), chance.integers(1, 20, CLINICS)
    reach, decay = (
        Reach.of(clinic, home, spent, sites=CLINICS, demands=HOMES),
        decay_of_steps(*zip(*STEPS.items(), strict=True)),
    )
    peer = _peer(home, clinic, spent, people, supply)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        found = two_step(reach, supply, people, decay=decay)
        ours.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        peer.enhanced_two_stage_fca(name="e2sfca", weight_fn=weights.step_fn(STEPS))
        theirs.append(time.perf_counter() - begun)
    expected = peer.access_df["e2sfca_supply"].reindex(np.arange(HOMES)).fillna(0.0).to_numpy()
    np.testing.assert_allclose(found.access, expected, rtol=1e-12, atol=0)
    name = "E2SFCA of 20,000 homes and 400 clinics over 600,000 pairs, equal to 1e-12"
    told = [f"{median(times) * 1000:.1f} ms" for times in (ours, theirs)]
    return [Claim(name, f"access {version('access')}", median(theirs) / median(ours), 30, told[0], told[1], COMMAND)]


def _peer(home: np.ndarray, clinic: np.ndarray, spent: np.ndarray, people: np.ndarray, supply: np.ndarray) -> Access:
    warnings.filterwarnings("ignore")
    pairs = pd.DataFrame({"origin": home, "dest": clinic, "cost": spent})
    return Access(
        demand_df=pd.DataFrame({"home": np.arange(HOMES), "people": people}),
        demand_index="home",
        demand_value="people",
        supply_df=pd.DataFrame({"clinic": np.arange(CLINICS), "supply": supply}),
        supply_index="clinic",
        supply_value=["supply"],
        cost_df=pairs,
        cost_origin="origin",
        cost_dest="dest",
        cost_name="cost",
    )


if __name__ == "__main__":
    for claim in claims():
        print(claim)
