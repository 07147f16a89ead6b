"""Topics planted among invented messages."""

import math

import pytest
from bench.planted import DAY, planted
from bench.text import topics_in_time

from shancheng.methods.text.errors import NotUsable
from shancheng.methods.text.topics import Hearing, Topics, best_f1


def test_planted_topics_are_found_again():
    messages = planted([at * 3 * DAY for at in range(12)], seed=1)
    topics = Topics()

    found = [topics.hear(message.text, at=message.at, person=message.person) for message in messages]

    assert best_f1([message.topic for message in messages], found) > 0.75


def test_the_same_stream_gives_the_same_topics():
    messages = planted([0, 5 * DAY], seed=2)

    one, other = ([topics.hear(m.text, at=m.at, person=m.person) for m in messages] for topics in (Topics(), Topics()))

    assert one == other


def test_heat_counts_people_not_messages_and_cools():
    topics = Topics(Hearing(half_life_s=10 * DAY))
    for hour in range(5):
        topics.hear("望江路路灯坏了没人修", at=hour, person=1)
    for person in range(3):
        topics.hear("梅园里停水三天了", at=5, person=person)

    first, second = topics.hottest(5, people_min=1)
    later = topics.hottest(5 + 10 * DAY, people_min=1)[0]

    assert (first.people, first.messages) == (3, 3)
    assert (second.people, second.messages) == (1, 5)
    assert first.heat == pytest.approx(3)
    assert later.heat == pytest.approx(1.5)
    assert any("停水" in term for term in first.terms)
    assert [topic.people for topic in topics.hottest(5)] == [3]


def test_a_topic_that_has_been_silent_begins_anew():
    topics = Topics(Hearing(silence_s=10 * DAY))
    first = topics.hear("望江路路灯坏了没人修", at=0, person=1)

    soon = topics.hear("望江路路灯坏了没人修", at=9 * DAY, person=2)
    late = topics.hear("望江路路灯坏了没人修", at=20 * DAY, person=3)

    assert first == soon != late


def test_messages_without_words_are_topics_of_their_own():
    topics = Topics()

    assert topics.hear("", at=0, person=1) != topics.hear("！！", at=0, person=2)


def test_the_best_f1_is_the_mean_over_true_topics():
    assert best_f1([0, 0, 1, -1], [5, 5, 6, 6]) == pytest.approx((1 + 2 / 3) / 2)
    assert math.isnan(best_f1([-1], [3]))


def test_a_stream_out_of_order_and_settings_out_of_bounds_are_refused():
    topics = Topics()
    topics.hear("停水", at=5, person=1)

    with pytest.raises(NotUsable, match="order of time"):
        topics.hear("停水", at=4, person=1)
    with pytest.raises(NotUsable, match="between 0 and 1"):
        Hearing(threshold=1.5)


@pytest.mark.slow
def test_topics_planted_among_real_letters_are_found_and_nothing_swallows_the_rest(shared_data):
    ours, _ = topics_in_time(shared_data, among=(0.15,))

    assert ours.f1 > 0.75
    assert ours.largest <= 0.02
