"""The series of the Numenta benchmark, dealt alternately into two halves in each category, and their judgement."""

import gzip
import itertools
import json
from dataclasses import dataclass

import numpy as np

from shancheng.methods.series.early import early_curve
from shancheng.methods.series.novelty import Novelty, NoveltySettings

GRID = [
    NoveltySettings(neighbours=neighbours, tail=tail, rest=rest)
    for neighbours, tail, rest in itertools.product((1, 2, 3, 5, 8), (0.05, 0.1), (100, 150, 200, 300))
]
"""Settings among which each half chooses for the other."""


@dataclass(frozen=True)
class Series:
    """One file: its values, its windows as rows, and the half it was dealt into."""

    name: str
    values: np.ndarray
    windows: list
    half: int


def series(shared_data):
    """Every file in order of its name."""
    folder = shared_data / "nab"
    found, dealt = [], {}
    for name, spans in sorted(json.loads((folder / "combined_windows.json").read_text()).items()):
        path = folder / "data" / f"{name}.gz"
        if path.exists():
            category = name.split("/")[0]
            dealt[category] = dealt.get(category, -1) + 1
            at, values = _columns(path)
            found.append(Series(name, values, [_rows(at, span) for span in spans], dealt[category] % 2))
    return found


def _columns(path):
    with gzip.open(path, "rt") as file:
        rows = [line.split(",") for line in file.read().splitlines()[1:]]
    return np.array([row[0] for row in rows], "M8[s]"), np.array([float(row[1]) for row in rows])


def _rows(at, span):
    first, last = np.array(span, "M8[s]")
    return int(np.searchsorted(at, first)), int(np.searchsorted(at, last, "right")) - 1


def published(shared_data, name):
    """The benchmark's own windowed Gaussian scores of one file."""
    with gzip.open(shared_data / "nab" / "check" / "windowedGaussian" / f"{name}.gz", "rt") as file:
        return np.array([float(line) for line in file.read().splitlines()[1:]])


def fresh_scores(files, settings):
    """What a detector finds fresh in each file."""
    return [Novelty(settings).take(file.values).fresh for file in files]


def curve(files, scores, half):
    """The curve of one half."""
    chosen = [place for place, file in enumerate(files) if file.half == half]
    return early_curve([scores[place] for place in chosen], [files[place].windows for place in chosen])


def carried_over(files, choices):
    """Scores of the two halves and of both together, each at what the other half chose among `choices` of scores.

    With one choice only the threshold is carried over; with many, settings and threshold.
    """
    curves = [[curve(files, scores, half) for half in (0, 1)] for scores in choices]
    found = []
    for half in (0, 1):
        judged = max(curves, key=lambda pair: pair[1 - half].best[1])
        found.append((judged[half].at(judged[1 - half].best[0]), judged[half].windows))
    (first, few), (second, many) = found
    return first, second, (first * few + second * many) / (few + many)
