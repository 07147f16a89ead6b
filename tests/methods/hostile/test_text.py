"""Hostile inputs: letters, reports and streams that teach nothing."""

import numpy as np
import pytest

from shancheng.methods.text.abstain import learn_sureness, margins
from shancheng.methods.text.classifier import choose, learn, macro_f1
from shancheng.methods.text.duplicates import best_threshold, learn_duplicates
from shancheng.methods.text.errors import TextError
from shancheng.methods.text.lead import lead
from shancheng.methods.text.near import duplicate_groups, near_duplicates
from shancheng.methods.text.reports import FEATURES, OpenReports, Report
from shancheng.methods.text.reports import replay as replay_reports
from shancheng.methods.text.topics import Hearing, Topics, best_f1

from .refusal import INF, NAN, Rows, refused

LETTERS, KINDS = ["路灯不亮", "井盖坏了"] * 10, ["light", "road"] * 10
DESCRIBED, MARKED = np.zeros((100, len(FEATURES))), np.arange(100) % 2 == 0
LATER = np.arange(100) >= 50


def marks(described=DESCRIBED, marked=MARKED, later=LATER, **changes):
    return learn_duplicates(described, marked, later=later, seed=0, **changes)


ROWS: Rows = {
    "no letters": lambda: learn([], [], groups=[], seed=0),
    "one class": lambda: learn(LETTERS, ["light"] * 20, groups=range(20), seed=0),
    "one class to choose for": lambda: choose(LETTERS, ["light"] * 20, groups=range(20), seed=0),
    "groups of NaN": lambda: learn(LETTERS, KINDS, groups=[NAN] * 20, seed=0),
    "groups in words": lambda: learn(LETTERS, KINDS, groups=["a"] * 20, seed=0),
    "groups in a table": lambda: learn(LETTERS, KINDS, groups=np.zeros((20, 2), int), seed=0),
    "all letters in one group": lambda: learn(LETTERS, KINDS, groups=[0] * 20, seed=0),
    "letters without words": lambda: learn(["。"] * 20, KINDS, groups=range(20), seed=0),
    "an accuracy of NaN": lambda: learn(LETTERS, KINDS, groups=range(20), seed=0, accuracy=NAN),
    "margins of one class": lambda: margins(np.ones((3, 1))),
    "margins of NaN": lambda: margins(np.full((3, 2), NAN)),
    "scores in a row": lambda: margins(np.ones(3)),
    "a score of NaN": lambda: learn_sureness([[NAN, 1.0]], [True]),
    "marks of others": lambda: learn_sureness([[1.0, 2.0]], [True, False]),
    "an answer of no class": lambda: macro_f1([0, 1], [0, 5], 2),
    "an answer below 0": lambda: macro_f1([0, 1], [0, -1], 2),
    "answers that are NaN": lambda: macro_f1([0, 1], [0, NAN], 2),
    "no class to score": lambda: macro_f1([], [], 0),
    "a similarity of NaN": lambda: near_duplicates(LETTERS, similarity=NAN),
    "a similarity of 0": lambda: duplicate_groups(LETTERS, similarity=0.0),
    "marks that are all there": lambda: marks(marked=np.ones(100, bool)),
    "no marks": lambda: marks(marked=np.zeros(100, bool)),
    "reports in a row": lambda: marks(described=np.zeros(100)),
    "reports without end": lambda: marks(described=DESCRIBED + INF),
    "marks of other reports": lambda: marks(marked=MARKED[:9]),
    "no settings": lambda: marks(among=()),
    "a table of reports in words": lambda: marks(described=[["a"] * len(FEATURES)] * 100),
    "chances of NaN": lambda: best_threshold([NAN, 0.5], [True, False]),
    "ends in no order": lambda: replay_reports([Report(5, 0, 0, 0), Report(1, 0, 0, 0)], [9, 9]),
    "ends of NaN": lambda: replay_reports([Report(5, 0, 0, 0)], [NAN]),
    "an end of none": lambda: OpenReports().end(1, 1),
    "a line without room": lambda: lead("路灯不亮", 3),
    "a threshold of NaN": lambda: Hearing(threshold=NAN),
    "a half-life of NaN": lambda: Hearing(half_life_s=NAN),
    "a message before the last": lambda: _hear_backwards(),
    "topics of others": lambda: best_f1([1, 2], [1]),
}


def _hear_backwards():
    topics = Topics()
    return [topics.hear("路灯", at=at, person=1) for at in (5, 4)]


@pytest.mark.parametrize("name", ROWS)
def test_what_cannot_be_is_refused_in_a_sentence(name):
    refused(ROWS[name], TextError)
