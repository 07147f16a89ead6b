"""The course of a place says step by step and place by place what the table of figures says for each of them."""

import asyncio
import threading
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.loop.world import CITY, EAST, QUAY, at
from tests.wings.governance.logs import START, random_log

from shancheng.loop.ledger import Head
from shancheng.loop.rules import Rules
from shancheng.store.memory import MemoryLedger
from shancheng.wings.governance.book import Book
from shancheng.wings.governance.course import COMPARED, Course, course
from shancheng.wings.governance.figures import Figures, figures
from shancheng.wings.governance.keeper import FactsKeeper

WEEK = 7 * 86_400


def book_of(rules: Rules, seed: int) -> tuple[Book, int]:
    """A book of random moves, and when the last of them occurred."""
    moves = random_log(rules, seed, 400)
    book = Book()
    book.take(moves)
    return book, max(move.at for move in moves)


def told(book: Book, rules: Rules, place: int, edges: list[int], as_of: int, categories: tuple[str, ...]) -> Course:
    """The course of a place."""
    return course(book, rules, place=place, edges=edges, as_of=as_of, lane="r", head=Head(), categories=categories)


def table(
    book: Book, rules: Rules, place: int, period: tuple[int, int], as_of: int, categories: tuple[str, ...]
) -> Figures:
    """The table of figures of a place."""
    return figures(book, rules, place=place, period=period, as_of=as_of, lane="r", head=Head(), categories=categories)


@pytest.mark.parametrize("categories", [(), ("streets",), ("flood", "lamp")])
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 50), place=st.sampled_from([CITY, EAST, QUAY]))
def test_steps_and_places_have_the_counts_of_the_table(
    rules: Rules, categories: tuple[str, ...], seed: int, place: int
) -> None:
    book, as_of = book_of(rules, seed)
    edges = [START + number * WEEK for number in range(8)]

    found = told(book, rules, place, edges, as_of, categories)

    for step, period in zip(found.steps, pairwise(edges), strict=True):
        whole = table(book, rules, place, period, as_of, categories)
        assert (step.reported, step.closings) == (whole["reported"].value, whole["closings"].value)
        assert step.on_time_rate == whole["on_time_rate"]
    assert [row.place for row in found.places] == list(rules.places.children(place))
    for row in found.places:
        own = table(book, rules, row.place, (edges[0], edges[-1]), as_of, categories)
        assert (row.reported, row.closings) == (own["reported"].value, own["closings"].value)
        for key in COMPARED:
            ours, theirs = row[key], own[key]
            assert (ours.numerator, ours.denominator) == (theirs.numerator, theirs.denominator), key
            assert (ours.value, ours.low, ours.high) == (theirs.value, theirs.low, theirs.high), key


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 50))
def test_categories_add_up_to_the_whole(rules: Rules, seed: int) -> None:
    book, as_of = book_of(rules, seed)
    edges = [START, START + 20 * WEEK]

    found, whole = told(book, rules, CITY, edges, as_of, ()), table(book, rules, CITY, (edges[0], edges[1]), as_of, ())

    assert sum(row.reported for row in found.topics) == whole["reported"].value
    assert sum(row.closings for row in found.topics) == whole["closings"].value
    assert sum(row.on_time_rate.denominator or 0 for row in found.topics) == whole["due"].value
    for row in found.topics:
        if row.category:
            own = table(book, rules, CITY, (edges[0], edges[1]), as_of, (row.category,))
            assert (row.reported, row.on_time_rate) == (own["reported"].value, own["on_time_rate"])


def test_a_city_in_which_nothing_happened_has_a_course_too(rules: Rules) -> None:
    begin = at("2025-09-01 00:00")

    found = told(Book(), rules, CITY, [begin, begin + WEEK], begin + WEEK, ())

    assert [(step.reported, step.on_time_rate.value) for step in found.steps] == [(0, None)]
    assert all(figure.value is None for row in found.places for figure in row.figures)
    assert found.topics == ()


def test_the_house_goes_on_while_figures_are_worked_out(rules: Rules) -> None:
    ledger = MemoryLedger("random")
    ledger.lines = list(random_log(rules, 3, 50))
    ledger.head = Head(len(ledger.lines), ledger.lines[-1].hash)
    keeper, elsewhere = FactsKeeper(ledger, "random"), threading.Event()

    async def story() -> bool:
        working = asyncio.create_task(keeper.work_out(2**40, lambda book, head: elsewhere.wait(20)))
        await asyncio.sleep(0)
        elsewhere.set()
        return await working

    assert asyncio.run(story())
