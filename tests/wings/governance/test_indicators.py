"""Indicators are columns, one entry a place, and say NaN where nothing is known."""

import numpy as np

from shancheng.loop.matter import OPEN, STAGES
from shancheng.wings.governance.indicators import late_share, matters_per_thousand, on_time_closing_rate, open_matters


def test_open_matters_are_those_in_an_open_stage() -> None:
    by_stage = np.arange(16.0).reshape(2, 8)

    counted = open_matters(by_stage)

    expected = [sum(row[number] for number, stage in enumerate(STAGES) if stage in OPEN) for row in by_stage]
    assert counted.tolist() == expected


def test_a_place_with_nothing_due_has_no_rate() -> None:
    rate = on_time_closing_rate([9, 0], [12, 0])

    assert rate[0] == 0.75
    assert np.isnan(rate[1])


def test_shares_go_place_by_place() -> None:
    late, many = late_share([1, 2], [4, 4]), matters_per_thousand([30, 1], [10_000, 1_000])

    assert late.tolist() == [0.25, 0.5]
    assert many.tolist() == [3.0, 1.0]
