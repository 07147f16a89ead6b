"""Texts and reports of matters at their bars: split in groups or in time, nothing chosen on what is measured.

Letters: five folds that keep near-duplicates together, drawn with seeds 0 and 1; settings, score widths and the
threshold come from folds inside the training part of each. The peer sees the same folds.
"""

import csv
import gzip
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from bench.claim import Claim
from shancheng.methods.text.abstain import margins
from shancheng.methods.text.classifier import TRIED, Settings, choose, learn, macro_f1

COMMAND = "python -m bench.text"
DATA = Path(os.environ.get("SHANCHENG_DATA", Path(__file__).resolve().parents[1].parent / "shared" / "data"))
SEEDS = (0, 1)
Groups = NDArray[np.int64]


@dataclass(frozen=True)
class HeldOut:
    """What a classifier did on texts it had not learnt from."""

    macro_f1: float
    share_alone: float
    accuracy_alone: float
    fit_s: float
    """Median over folds, with widths and threshold, without choosing settings."""
    text_ms: float
    """Median of one text at a time."""


def messages(folder: Path) -> tuple[list[str], list[str], Groups]:
    """Labelled letters, their labels, and the groups of near-duplicates."""
    path = folder / "citizen-messages-zh" / "train_segmented.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    groups = np.array([int(row["dup_group"]) for row in rows], np.int64)
    return [row["text"] for row in rows], [row["label"] for row in rows], groups


def held_out(
    texts: Sequence[str], labels: Sequence[str], groups: Groups, *, seed: int, among: Sequence[Settings]
) -> HeldOut:
    """Five folds; in each the settings are chosen and the threshold set within the other four."""
    letter, label = np.array(texts, object), np.array(labels, object)
    names, truth = np.unique(label.astype(str), return_inverse=True)
    found, alone = np.zeros(len(letter), np.int64), np.zeros(len(letter), bool)
    fits, answers = [], []
    for train, test in _folds(truth, groups, seed):
        part = list(letter[train]), list(label[train])
        settings = choose(*part, groups=groups[train], seed=seed, among=among) if len(among) > 1 else among[0]
        begun = time.perf_counter()
        classifier = learn(*part, groups=groups[train], seed=seed, settings=settings)
        fits.append(time.perf_counter() - begun)
        scores = classifier.scores(list(letter[test]))
        found[test], alone[test] = scores.argmax(axis=1), margins(scores) >= classifier.threshold
        for text in letter[test][:200]:
            begun = time.perf_counter()
            classifier.classify(text)
            answers.append(time.perf_counter() - begun)
    return HeldOut(
        macro_f1(truth, found, len(names)),
        float(alone.mean()),
        float((found == truth)[alone].mean()),
        median(fits),
        1000 * median(answers),
    )


def words_alone(texts: Sequence[str], labels: Sequence[str], groups: Groups, seed: int) -> HeldOut:
    """The usual peer on the same folds: TF-IDF of words and pairs, linear support vectors; abstains by nothing."""
    letter, label = np.array(texts, object), np.array(labels, object)
    names, truth = np.unique(label.astype(str), return_inverse=True)
    found, fits = np.zeros(len(letter), np.int64), []
    for train, test in _folds(truth, groups, seed):
        words = TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), min_df=2, sublinear_tf=True)
        peer = make_pipeline(words, LinearSVC(C=0.3, random_state=0))
        begun = time.perf_counter()
        peer.fit(letter[train], truth[train])
        fits.append(time.perf_counter() - begun)
        found[test] = peer.predict(letter[test])
    return HeldOut(macro_f1(truth, found, len(names)), 1.0, float((found == truth).mean()), median(fits), np.nan)


def claims() -> list[Claim]:
    """Every bar of the texts."""
    return letters()


def letters() -> list[Claim]:
    """The classifier beside the usual one; each ratio is the figure over its bar."""
    data = messages(DATA)
    peer = f"scikit-learn {version('scikit-learn')} TF-IDF of words + LinearSVC"
    found = []
    for seed in SEEDS:
        ours, theirs = held_out(*data, seed=seed, among=TRIED), words_alone(*data, seed)
        where = f"letters, 5 folds by near-duplicates, seed {seed}"
        f1, alone = (
            f"macro-F1 {theirs.macro_f1:.4f}; bar 0.915",
            f"{theirs.accuracy_alone:.4f} of all; bar 75 % at 98 %",
        )
        kept = f"{ours.share_alone:.1%} alone, {ours.accuracy_alone:.2%} of them right"
        share = ours.share_alone if ours.accuracy_alone >= 0.98 else 0.0
        found += [
            Claim(f"macro-F1, {where}", peer, ours.macro_f1 / 0.915, 1, f"{ours.macro_f1:.4f}", f1, COMMAND),
            Claim(f"answers that stand alone, {where}", peer, share / 0.75, 1, kept, alone, COMMAND),
        ]
    speed = f"{ours.fit_s:.1f} s to learn 4,000 letters, {ours.text_ms:.2f} ms each"
    ratio = min(10 / ours.fit_s, 1 / ours.text_ms)
    bars = f"{theirs.fit_s:.1f} s without widths and threshold; bars 10 s, 1 ms"
    return [*found, Claim("time to learn and to answer", peer, ratio, 1, speed, bars, COMMAND)]


def _folds(truth: NDArray[np.int64], groups: Groups, seed: int) -> list[tuple[Groups, Groups]]:
    return list(StratifiedGroupKFold(5, shuffle=True, random_state=seed).split(truth, truth, groups))


if __name__ == "__main__":
    for claim in claims():
        print(claim)
