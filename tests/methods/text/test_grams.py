"""Texts as sparse rows, against counting by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.text.errors import NothingToLearn, NotUsable
from shancheng.methods.text.grams import Reading, read, units

TEXTS = ["路灯坏了 两天", "路灯坏了 没人管", "bus 12 晚点"]
words = st.text(alphabet="路灯坏了没人管ab1 ，", max_size=12)


def test_han_characters_stand_alone_and_other_words_stay_whole():
    assert units("Ａ区Bus 12路，晚点！") == ["a", "区", "bus", "12", "路", "晚", "点"]


def test_a_row_weighs_runs_by_place_and_rarity():
    reading = Reading(opening=0, boost=2.0, reach=10.0, texts_min=1)

    vocabulary, rows = read(TEXTS, reading).learnt(np.arange(3))

    weigh = {vocabulary.run(column): value for column, value in zip(rows[0].indices, rows[0].data, strict=True)}
    first = math.log1p(3) * (math.log(4 / 3) + 1)
    fifth = math.log1p(1 + 2 * math.exp(-4 / 10)) * (math.log(4 / 2) + 1)
    assert weigh["路"] / weigh["两"] == pytest.approx(first / fifth)
    assert "了 两 天" in weigh
    assert sum(value**2 for value in weigh.values()) == pytest.approx(1)


def test_the_beginning_counts_as_features_of_its_own():
    vocabulary, rows = read(TEXTS, Reading(opening=2, texts_min=1)).learnt(np.arange(3))

    begun = {vocabulary.run(column) for column in rows[0].indices if vocabulary.run(column).startswith("^")}
    assert begun == {"^路", "^路 灯", "^路 灯 坏", "^灯", "^灯 坏", "^灯 坏 了"}


@settings(max_examples=60, deadline=None)
@given(st.lists(words, min_size=1, max_size=6))
def test_a_text_read_again_gives_the_row_it_was_learnt_as(texts):
    texts = [*texts, "路灯", "路灯"]

    vocabulary, rows = read(texts, Reading(texts_min=2)).learnt(np.arange(len(texts)))

    assert np.allclose(vocabulary.rows(texts).toarray(), rows.toarray())
    lengths = np.sqrt((rows.toarray() ** 2).sum(axis=1))
    assert np.all(np.isclose(lengths, 1) | (lengths == 0))


def test_a_run_needs_enough_of_the_chosen_texts():
    corpus = read(TEXTS, Reading(texts_min=2, opening=0))

    vocabulary, _ = corpus.learnt(np.array([0, 1]))

    assert {vocabulary.run(column) for column in range(len(vocabulary.keys))} >= {"路", "路 灯", "灯 坏 了"}
    with pytest.raises(NothingToLearn, match="give more texts"):
        corpus.learnt(np.array([0, 2]))


def test_lengths_out_of_bounds_are_refused():
    with pytest.raises(NotUsable, match="positive"):
        Reading(reach=0)
