"""Near-duplicates against comparing every pair."""

from itertools import combinations

import numpy as np
import pytest
from bench.text import replies
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.text.errors import NotUsable
from shancheng.methods.text.grams import units
from shancheng.methods.text.near import duplicate_groups, near_duplicates

pieces = st.lists(st.sampled_from(["路灯坏了", "没人管", "已经三天", "请尽快", "bus", "晚点", "，"]), max_size=6).map(
    "".join
)


def runs(text):
    found = units(text)
    three = {tuple(found[at : at + 3]) for at in range(len(found) - 2)}
    return three or {(unit,) for unit in found} | {tuple(found)}


def similarity(one, other):
    a, b = runs(one) - {()}, runs(other) - {()}
    return len(a & b) / len(a | b) if a and b else 0.0


@settings(max_examples=80, deadline=None)
@given(st.lists(pieces, max_size=9), st.sampled_from([0.3, 0.5, 0.8, 1.0]))
def test_every_pair_is_found_and_none_is_made_up(texts, least):
    pairs = near_duplicates(texts, similarity=least)

    found = {(a, b): s for a, b, s in zip(pairs.first.tolist(), pairs.second.tolist(), pairs.similarity, strict=True)}
    by_hand = {
        (a, b): similarity(texts[a], texts[b])
        for a, b in combinations(range(len(texts)), 2)
        if similarity(texts[a], texts[b]) >= least - 1e-12
    }
    assert found == pytest.approx(by_hand)


def test_more_texts_than_are_compared_at_once_lose_no_pair():
    texts = [f"第{number}栋楼的路灯坏了 {number * 7}" for number in range(1200)]
    texts += [texts[3], texts[1100]]

    pairs = near_duplicates(texts, similarity=1.0)

    assert list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)) == [(3, 1200), (1100, 1201)]


def test_a_chain_of_near_duplicates_is_one_group():
    texts = ["路灯坏了没人管", "路灯坏了没人", "噪音扰民", "路灯坏了没"]

    group = duplicate_groups(texts, similarity=0.7)

    assert group[0] == group[1] == group[3] != group[2]
    assert duplicate_groups([]).tolist() == []


def test_a_similarity_out_of_bounds_is_refused():
    with pytest.raises(NotUsable, match="above 0"):
        near_duplicates(["a"], similarity=0.0)


@pytest.mark.slow
def test_real_letters_have_the_pairs_that_comparing_all_of_them_finds(shared_data):
    texts = replies(shared_data)["message"].tolist()[:600]

    pairs = near_duplicates(texts)

    sets = [runs(text) - {()} for text in texts]
    expected = sum(len(a & b) >= 0.5 * len(a | b) for a, b in combinations(sets, 2) if a and b)
    assert len(pairs.first) == expected
    assert np.all(pairs.similarity >= 0.5)
