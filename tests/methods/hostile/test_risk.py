"""Hostile inputs: matters and chances from which no risk is worked out."""

import numpy as np
import pytest

from shancheng.methods import risk

from .refusal import INF, NAN, Rows, refused

TABLE, LATE = np.zeros((300, 2)), np.arange(300) % 2 == 0
DAYS, LIMIT = np.arange(300), np.ones(300, int)


def queue(arrived=(1, 2), ended=(3, 4), group=(0, 0), late=(True, False), limit=5):
    return risk.queue_state(arrived, ended, group, late, limit=limit)


def follow(table=TABLE, arrived=DAYS, late=LATE, limit=LIMIT, first=250, last=260):
    return risk.follow(table, arrived, late, limit, first=first, last=last, seed=0)


ROWS: Rows = {
    "too few matters": lambda: risk.learn_risk(np.zeros((5, 2)), [True] * 5, seed=0),
    "one outcome only": lambda: risk.learn_risk(TABLE, np.ones(300, bool), seed=0),
    "infinite numbers": lambda: risk.learn_risk(TABLE + INF, LATE, seed=0),
    "rows of others": lambda: risk.learn_risk(TABLE[:9], LATE, seed=0),
    "a table in words": lambda: risk.learn_risk([["a"]] * 300, LATE, seed=0),
    "days that are NaN": lambda: queue(arrived=(NAN, 1.0)),
    "an end before the beginning": lambda: queue(ended=(0, 4)),
    "a group below 0": lambda: queue(group=(-1, 0)),
    "fewer outcomes": lambda: queue(late=(True,)),
    "a limit below 0": lambda: queue(limit=-1),
    "limits of others": lambda: risk.known_on(5, [1, 2], [1, 2, 3]),
    "arrivals of NaN": lambda: risk.known_on(5, [NAN], [1]),
    "follow other rows": lambda: follow(table=TABLE[:9]),
    "follow nobody known": lambda: follow(first=0, last=5),
    "follow limits of others": lambda: follow(limit=LIMIT[:9]),
    "follow other outcomes": lambda: follow(late=LATE[:9]),
    "chances of another table": lambda: risk.learn_risk(TABLE, LATE, seed=0).chances(np.zeros((2, 3))),
    "chances of infinite numbers": lambda: risk.learn_risk(TABLE, LATE, seed=0).chances(np.full((2, 2), INF)),
    "a rhythm of no day": lambda: risk.Rhythm(refit_days=0),
    "an offset of NaN": lambda: risk.shifted([0.5], NAN),
    "a chance of NaN to shift": lambda: risk.shifted([NAN], 0.0),
    "a chance of NaN": lambda: risk.offset_of([NAN, 0.5], [True, False]),
    "chances of others": lambda: risk.offset_of([0.5], [True, False]),
    "a calibration of NaN": lambda: risk.calibration_error([NAN] * 10, [True] * 10),
    "a calibration above 1": lambda: risk.calibration_error([2.0] * 10, [True] * 10),
    "a calibration in no part": lambda: risk.calibration_error([0.5] * 10, [True] * 10, parts=0),
}


@pytest.mark.parametrize("name", ROWS)
def test_what_cannot_be_is_refused_in_a_sentence(name):
    refused(ROWS[name], risk.RiskError)
