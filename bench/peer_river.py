"""Anomaly scores of river's HalfSpaceTrees for the series of one file, run by an interpreter that has it."""

import sys
import time

import numpy as np
from river import anomaly, preprocessing


def main(given: str, found: str) -> None:
    """Reads series from one npz, writes scores to another, prints seconds."""
    with np.load(given) as kept:
        series = [kept[f"arr_{place}"].tolist() for place in range(len(kept.files))]
    begun = time.perf_counter()
    scores = [score(values) for values in series]
    seconds = time.perf_counter() - begun
    np.savez(found, *scores)
    print(seconds)


def score(values: list[float]) -> np.ndarray:
    """Scores of one series; the scale is learnt on the way, as the trees want values from 0 to 1."""
    scale, trees = preprocessing.MinMaxScaler(), anomaly.HalfSpaceTrees(n_trees=10, height=8, window_size=250, seed=7)
    found = np.zeros(len(values))
    for row, value in enumerate(values):
        scale.learn_one({"value": value})
        point = scale.transform_one({"value": value})
        found[row] = trees.score_one(point)
        trees.learn_one(point)
    return found


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
