"""The classifier on an invented town's messages, and at its bars on real ones."""

import numpy as np
import pytest
from bench.text import held_out, messages

from shancheng.methods.text.classifier import Settings, choose, learn, macro_f1
from shancheng.methods.text.errors import NothingToLearn, NotUsable, WrongShape
from shancheng.methods.text.grams import Reading

THINGS = {
    "light": ["路灯", "灯不亮", "灯杆", "照明"],
    "road": ["路面", "坑洼", "井盖", "人行道"],
    "noise": ["噪音", "施工", "广场舞", "扰民"],
}
SMALL = Settings(Reading(texts_min=2))


def letters(n, seed):
    """Short letters with one or two things of their class, and now and then one of another."""
    chance = np.random.default_rng(seed)
    kinds, texts = [], []
    for _ in range(n):
        kind = str(chance.choice(list(THINGS)))
        other = str(chance.choice(list(THINGS)))
        said = [*chance.choice(THINGS[kind], 2), chance.choice(THINGS[other]) if chance.random() < 0.4 else ""]
        kinds.append(kind)
        texts.append(f"关于{said[0]}的问题，{''.join(chance.permutation(said[1:]))}，请尽快处理")
    return texts, kinds


def test_letters_of_a_town_find_their_class_with_their_reasons():
    texts, kinds = letters(300, seed=1)
    new, truth = letters(200, seed=2)

    classifier = learn(texts, kinds, groups=range(300), seed=0, settings=SMALL)

    found = [classifier.classify(text) for text in new]
    assert np.mean([answer.label == kind for answer, kind in zip(found, truth, strict=True)]) > 0.97
    assert all(answer.second != answer.label and answer.margin >= 0 for answer in found)
    assert all(answer.alone <= (answer.chance >= classifier.sureness.least) for answer in found)
    said = {run for run, _ in classifier.reasons("关于路灯的问题", "light")}
    assert any("灯" in run for run in said)


def test_one_text_and_many_have_the_same_scores():
    texts, kinds = letters(120, seed=3)
    classifier = learn(texts, kinds, groups=range(120), seed=0, settings=SMALL)

    together = classifier.scores(texts[:20])

    alone = np.vstack([classifier.scores([text]) for text in texts[:20]])
    assert np.allclose(together, alone)
    assert [classifier.classify(text).label for text in texts[:20]] == [
        classifier.labels[at] for at in together.argmax(axis=1)
    ]


def test_the_same_seed_gives_the_same_classifier():
    texts, kinds = letters(120, seed=4)

    one, other = (learn(texts, kinds, groups=range(120), seed=9, settings=SMALL) for _ in range(2))

    assert np.array_equal(one.weights, other.weights)
    assert one.sureness.least == other.sureness.least


def test_two_classes_are_enough_and_a_text_of_unknown_words_never_stands_alone():
    texts, kinds = letters(200, seed=5)
    two = [(text, kind) for text, kind in zip(texts, kinds, strict=True) if kind != "noise"]

    classifier = learn(*zip(*two, strict=True), groups=range(len(two)), seed=0, settings=SMALL)

    assert classifier.labels == ("light", "road")
    assert not classifier.classify("zzz").alone
    assert not classifier.classify("").alone
    assert np.isnan(classifier.classify("").chance)


def test_settings_are_chosen_among_those_given():
    texts, kinds = letters(120, seed=6)

    assert choose(texts, kinds, groups=range(120), seed=0, among=(SMALL,)) == SMALL
    with pytest.raises(NotUsable, match="at least one"):
        choose(texts, kinds, groups=range(120), seed=0, among=())


def test_what_cannot_be_learnt_from_is_said():
    with pytest.raises(NothingToLearn, match="at least two"):
        learn(["路灯"] * 9, ["light"] * 9, groups=range(9), seed=0)
    with pytest.raises(NothingToLearn, match="'road' has 1"):
        learn(["路灯"] * 9, ["light"] * 8 + ["road"], groups=range(9), seed=0)
    with pytest.raises(WrongShape, match="9 texts and 8 labels"):
        learn(["路灯"] * 9, ["light"] * 8, groups=range(9), seed=0)
    with pytest.raises(NothingToLearn, match="give more texts"):
        learn([chr(0x4E00 + at) for at in range(20)], ["a", "b"] * 10, groups=range(20), seed=0)


def test_macro_f1_counts_every_class_alike():
    assert macro_f1([0, 0, 1, 1], [0, 1, 1, 1], 2) == pytest.approx((2 / 3 + 4 / 5) / 2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 22])
def test_real_letters_reach_the_bars_on_folds_that_were_not_learnt_from(shared_data, seed):
    """Settings as they come, two partitions; `python -m bench.text` also chooses settings within each training part."""
    texts, labels, groups = messages(shared_data)

    result = held_out(texts, labels, groups, seed=seed, among=(Settings(),))

    assert result.macro_f1 >= 0.915
    assert result.share_alone >= 0.75
    assert result.accuracy_alone >= 0.98
