"""An import that is done twice, or interrupted anywhere, leaves the same ledger."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.doors.feeds.bringing import HEADER, OPEN, SHUT, Office, row

from shancheng.doors.feeds.seen import Seen
from shancheng.loop.errors import Stopped
from shancheng.loop.ledger import Batch
from shancheng.store.memory import MemoryLedger

ROWS = 2000


class CutOff(MemoryLedger):
    """A ledger that loses power after some batches."""

    def __init__(self, batches: int) -> None:
        super().__init__("little")
        self.left = batches

    async def append(self, batch: Batch) -> None:
        """Take the batch while there is power."""
        if self.left == 0:
            raise Stopped("The power is gone.")
        self.left -= 1
        await super().append(batch)


def content(ledger: MemoryLedger) -> list[tuple[object, ...]]:
    """All that the ledger says, apart from the order between matters."""
    return sorted((m.matter, m.matter_seq, m.verb, m.at, m.actor, m.payload) for m in ledger.lines)


def lines() -> list[str]:
    """Many rows; every tenth cannot go in, and every hundredth has an id that was there before."""
    return [HEADER, *(row(no=str(n - n % 100 * (n % 100 == 99)), town=str(1 + (n % 10 == 7) * 8)) for n in range(ROWS))]


def test_bringing_a_file_in_twice_changes_nothing(office: Office) -> None:
    first = office.rows(SHUT, OPEN)
    head = office.ledger.head
    second = office.rows(SHUT, OPEN)

    assert office.ledger.head == head
    assert (first.written, second.written, second.repeated, second.moves) == (2, 0, 2, 0)
    assert first.stages == second.stages


def test_a_file_of_which_the_ledger_has_a_part_is_completed(office: Office) -> None:
    office.rows(*(row(no=str(n)) for n in range(10, 20)))
    summary = office.rows(*(row(no=str(n)) for n in range(5, 30)))

    assert (summary.written, summary.repeated) == (15, 10)


def test_a_part_that_was_not_noticed_is_still_not_written_twice(office: Office) -> None:
    office.rows(*(row(no=str(n)) for n in range(101, 104)))
    summary = office.rows(*(row(no=str(n)) for n in range(300)))

    assert (summary.written, summary.repeated, summary.refused) == (297, 3, 0)
    assert summary.moves == 297 * 7


@pytest.mark.parametrize("batches", [0, 1, 7, 8, 13, 20, 27])
def test_an_interrupted_run_is_taken_up_and_leaves_the_same_ledger(office: Office, batches: int) -> None:
    file = office.file(lines())
    whole, cut = MemoryLedger("little"), CutOff(batches)
    once = office.bring(file, whole)
    refused_once = office.refused()
    with pytest.raises(Stopped):
        office.bring(file, cut)
    cut.left = -1
    again = office.bring(file, cut)

    assert content(cut) == content(whole)
    assert office.refused() == refused_once
    assert (again.read, again.refused, again.reasons) == (once.read, once.refused, once.reasons)
    assert again.written + again.repeated == once.written
    assert again.resumed_after == max(0, batches // 7 * 512)


def test_a_checkpoint_of_another_ledger_is_not_believed(office: Office) -> None:
    file = office.file(lines())
    cut = CutOff(13)
    with pytest.raises(Stopped):
        office.bring(file, cut)
    summary = office.bring(file, MemoryLedger("little"))

    assert summary.resumed_after == 0
    assert summary.repeated == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda office: office.file([*lines(), OPEN]),
        lambda office: setattr(office, "map_text", office.map_text + "\n# another map\n"),
    ],
)
def test_a_checkpoint_of_another_file_or_map_is_not_believed(
    office: Office, change: Callable[[Office], object]
) -> None:
    file = office.file(lines())
    cut = CutOff(13)
    with pytest.raises(Stopped):
        office.bring(file, cut)
    change(office)
    cut.left = -1
    summary = office.bring(file, cut)

    assert summary.resumed_after == 0
    assert summary.repeated > 0


@given(st.lists(st.lists(st.sampled_from([str(n) for n in range(60)] + [""]), max_size=20), max_size=12))
@settings(max_examples=60, deadline=None)
def test_an_id_counts_as_seen_exactly_when_it_was(chunks: list[list[str]]) -> None:
    seen, before = Seen(), set[str]()
    for chunk in chunks:
        expected = []
        for key in chunk:
            expected.append(bool(key) and key in before)
            before.add(key)

        assert seen.repeats(chunk) == expected


def test_the_checkpoint_is_gone_when_all_is_done(office: Office) -> None:
    office.rows(SHUT)

    assert not (office.folder / "checkpoint").exists()
    assert asyncio.run(office.ledger.matter("hotline.7")) is not None
