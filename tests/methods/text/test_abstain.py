"""How likely an answer is right by its scores, and from which chance on it may stand alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.text.abstain import learn_sureness, margins
from shancheng.methods.text.errors import NotUsable, WrongShape


def answers(n, seed, sureness=1.5):
    """Scores of four classes, and answers that are right by a logistic curve of the two highest."""
    chance = np.random.default_rng(seed)
    scores = chance.normal(0, 2, (n, 4))
    first, second = np.sort(scores, axis=1)[:, [-1, -2]].T
    return scores, chance.random(n) < 1 / (1 + np.exp(-0.5 - sureness * (first - second) - 0.6 * first))


def test_a_margin_is_the_best_score_less_the_second_best():
    assert margins(np.array([[1.0, 5.0, 3.0], [2.0, 2.0, 0.0]])).tolist() == [2, 0]


@pytest.mark.parametrize("seed", range(5))
def test_answers_that_stand_alone_keep_their_promise_on_new_texts(seed):
    new, new_right = answers(100_000, seed=100)

    alone = learn_sureness(*answers(4000, seed=seed), accuracy=0.98).alone(new)

    assert 0.98 <= new_right[alone].mean() < 0.99
    assert alone.mean() > 0.4


def test_a_promise_made_on_few_texts_falls_short_about_as_often_as_its_bound_says():
    new, new_right = answers(50_000, seed=101)

    kept = []
    for seed in range(60):
        alone = learn_sureness(*answers(1000, seed=seed), accuracy=0.95).alone(new)
        kept.append(new_right[alone].mean() >= 0.95)

    assert np.mean(kept) >= 0.9


def test_chances_are_as_often_right_as_they_say():
    sureness = learn_sureness(*answers(5000, seed=1))
    new, new_right = answers(50_000, seed=2)

    said = sureness.chances(new)

    for part in np.array_split(np.argsort(said), 10):
        assert said[part].mean() == pytest.approx(new_right[part].mean(), abs=0.03)


def test_a_text_that_no_class_claims_is_less_sure_than_its_margin_says():
    sureness = learn_sureness(*answers(5000, seed=3))

    claimed, unclaimed = sureness.chances([[3.0, 1.0, 0.0, 0.0], [-1.0, -3.0, -4.0, -4.0]])

    assert claimed > unclaimed


def test_a_class_that_is_easily_mistaken_is_less_sure():
    scores, _ = answers(5000, seed=4)
    found = scores.argmax(axis=1)

    sureness = learn_sureness(scores, np.random.default_rng(0).random(5000) < np.where(found == 2, 0.7, 0.95))

    sure, unsure = sureness.chances([[3.0, 1.0, 0.0, 0.0], [0.0, 1.0, 3.0, 0.0]])
    assert sure > unsure + 0.1


def test_more_accuracy_lets_fewer_stand_alone():
    scores, right = answers(3000, seed=3)

    shares = [
        learn_sureness(scores, right, accuracy=accuracy).alone(scores).mean() for accuracy in (0.9, 0.95, 0.98, 1.0)
    ]

    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == 0


def test_a_handful_of_right_answers_prove_nothing():
    two = [[2.0, 0.0]]

    assert not learn_sureness(two * 10, [True] * 10).alone(two).any()
    assert learn_sureness(two * 400, [True] * 400).alone(two).all()
    assert not learn_sureness(two * 2, [False, False]).alone(two).any()
    assert not learn_sureness(np.empty((0, 2)), []).alone(two).any()


def test_where_every_answer_was_right_one_less_clear_than_all_of_them_does_not_stand_alone():
    scores = np.column_stack([np.linspace(1, 3, 500), np.zeros(500)])

    sureness = learn_sureness(scores, np.ones(500, bool))

    assert sureness.alone([[2.0, 0.0], [1.0, 0.0], [0.5, 0.0]]).tolist() == [True, True, False]


def test_what_is_no_number_or_has_no_mark_is_refused():
    with pytest.raises(NotUsable, match="number"):
        learn_sureness([[np.nan, 1.0]], [True])
    with pytest.raises(WrongShape, match="one for each"):
        learn_sureness([[1.0, 2.0]], [True, False])
    with pytest.raises(NotUsable, match="accuracy"):
        learn_sureness([[1.0, 2.0]], [True], accuracy=1.5)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), min_size=1, max_size=200))
def test_equal_scores_stand_or_fall_together(rows):
    scores = np.array([row[:2] for row in rows], float)

    alone = learn_sureness(scores, [row[2] for row in rows], accuracy=0.7, z=0.0).alone(scores)

    for pair in {tuple(row) for row in scores.tolist()}:
        same = [tuple(row) == pair for row in scores.tolist()]
        assert len(set(alone[same].tolist())) == 1
