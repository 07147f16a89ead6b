"""The scorer of early detection: the benchmark's own example, worked examples, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.methods.series import nab

from shancheng.methods.series.early import LOW_FALSE, LOW_MISSED, STANDARD, Costs, early_curve
from shancheng.methods.series.errors import BadReadings


@pytest.mark.parametrize(("costs", "score"), [(STANDARD, 36.71), (LOW_FALSE, 21.40), (LOW_MISSED, 45.17)])
def test_the_benchmarks_own_windowed_gaussian_gets_its_published_score(shared_data, costs, score):
    files = nab.series(shared_data)

    found = early_curve([nab.published(shared_data, file.name) for file in files], [f.windows for f in files], costs)

    assert (len(files), found.windows) == (31, 57)
    assert found.best[1] == pytest.approx(score, abs=0.005)


def sigmoid(place):
    return 2 / (1 + np.exp(5 * place)) - 1


def test_saying_nothing_is_zero_and_every_window_at_its_first_row_is_a_hundred():
    score = np.zeros(200)
    score[[100, 150]] = 1.0

    found = early_curve([score], [[(100, 119), (150, 169)]])

    assert found.at(2.0) == 0.0
    assert found.at(1.0) == pytest.approx(100.0)


def test_only_the_best_row_of_a_window_counts_and_every_false_one_costs():
    score = np.zeros(200)
    score[[50, 110, 118, 125]] = 1.0

    found = early_curve([score], [[(100, 119)]])

    hit = sigmoid(-10 / 20) / sigmoid(-1)
    false = 0.11 * (-1 + sigmoid(6 / 19))
    assert found.at(1.0) == pytest.approx(100 * (hit + false + 1) / 2)


def test_the_beginning_of_a_series_does_not_count():
    score = np.zeros(200)
    score[10] = 1.0

    assert early_curve([score], [[(100, 119)]]).at(1.0) == 0.0


@st.composite
def worlds(draw):
    """Scores and windows of one to three short series."""
    scores, windows = [], []
    for _ in range(draw(st.integers(1, 3))):
        rows = draw(st.integers(20, 60))
        scores.append(draw(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=rows, max_size=rows)))
        ends = sorted(draw(st.lists(st.integers(0, rows - 1), min_size=4, max_size=4, unique=True)))
        windows.append(list(zip(ends[::2], ends[1::2], strict=True)))
    return scores, windows


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_at_every_threshold_it_is_the_rules_applied_row_by_row(world):
    scores, windows = world

    found = early_curve(scores, windows)

    count = sum(map(len, windows))
    for threshold in (0.1, 0.25, 0.3, 0.5, 1.0):
        raw = sum(by_hand(score, pairs, threshold) for score, pairs in zip(scores, windows, strict=True))
        assert found.at(threshold) == pytest.approx(100 * (raw + count) / (2 * count))


def by_hand(score, pairs, threshold):
    """The rules as they are written down, one row after the other."""
    begin, best, raw, ended = min(int(0.15 * len(score)), 750), {}, 0.0, None
    for row, level in enumerate(score):
        within = next((pair for pair in pairs if pair[0] <= row <= pair[1]), None)
        ended = next((pair for pair in reversed(pairs) if pair[1] < row), None)
        if row < begin or level < threshold:
            continue
        if within:
            value = sigmoid(-(within[1] - row + 1) / (within[1] - within[0] + 1)) / sigmoid(-1)
            best[within] = max(best.get(within, 0.0), value)
        elif ended is None:
            raw -= 0.11
        else:
            place = (row - ended[1]) / (ended[1] - ended[0])
            raw += 0.11 * (sigmoid(place) if place <= 3 else -1)
    return raw + sum(best.get(pair, -1.0) for pair in pairs)


@pytest.mark.parametrize(
    ("scores", "windows", "word"),
    [
        ([[0.0]], [[]], "one window"),
        ([[0.0]], [], "go together"),
        ([[np.nan, 0.0]], [[(0, 1)]], "each a number"),
        ([[0.0, 0.0]], [[(0, 2)]], "within the 2 rows"),
        ([[0.0] * 5], [[(3, 4), (1, 2)]], "follow each other"),
    ],
)
def test_scores_and_windows_that_do_not_fit_are_refused(scores, windows, word):
    with pytest.raises(BadReadings, match=word):
        early_curve(scores, windows, Costs())
