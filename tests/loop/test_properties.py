"""What holds whatever is asked: deciding never raises, state is the fold of its moves, promises never move back."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.loop.chance import command
from tests.loop.world import at

from shancheng.loop.act import Extend, Pause, Reopen, Resume
from shancheng.loop.batch import Gathering, act_bytes
from shancheng.loop.decide import decide
from shancheng.loop.ledger import GENESIS, Command, Head, Refusal, counted
from shancheng.loop.matter import STAGES, Matter
from shancheng.loop.move import Move, fold
from shancheng.loop.rules import Rules


class Run:
    """A log made by a seed: every command decided, the moves written to a ledger in memory."""

    def __init__(self, rules: Rules, seed: int, length: int) -> None:
        self.chance, self.rules = random.Random(seed), rules
        self.now = at("2025-09-20 08:00")
        self.matters: dict[str, Matter] = {}
        self.moves: list[Move] = []
        self.refused: Counter[str] = Counter()
        self.commands: list[tuple[Command, dict[str, Matter]]] = []
        self.head = Head(0, GENESIS)
        self.counters: Counter[tuple[int, str, int]] = Counter()
        for number in range(length):
            self.now += self.chance.choice((30, 600, 7200, 40_000))
            self._one(number)

    def _one(self, number: int) -> None:
        asked = command(self.chance, self.matters, self.now, number)
        before = dict(self.matters)
        steps = decide(self.matters, asked, self.rules)
        if isinstance(steps, Refusal):
            self.refused[steps.code] += 1
            return
        gathering = Gathering("tiny", self.head, lambda place: place)
        gathering.take(asked, act_bytes(asked.act), steps)
        batch = gathering.batch()
        self.moves += batch.moves
        self.head = batch.head
        for (cell, category), deltas in batch.counters.items():
            self.counters.update({(cell, category, stage): change for stage, change in enumerate(deltas)})
        self.matters.update((step.matter, step.after) for step in steps)
        self.commands.append((asked, before))

    def of(self, matter: str) -> list[Move]:
        """The moves of one matter."""
        return [move for move in self.moves if move.matter == matter]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_state_is_the_fold_of_its_moves_and_every_prefix_can_be_folded_on(rules: Rules, seed: int) -> None:
    run = Run(rules, seed, 120)

    for key, matter in run.matters.items():
        moves = run.of(key)
        assert fold(moves) == matter
        for cut in range(1, len(moves)):
            assert fold(moves[cut:], start=fold(moves[:cut])) == matter


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_counters_equal_a_recount(rules: Rules, seed: int) -> None:
    run = Run(rules, seed, 150)

    recount = Counter(place for matter in run.matters.values() if (place := counted(matter)))

    assert +run.counters == recount
    assert all(count >= 0 for count in run.counters.values())


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_promise_moves_later_only_by_a_pause_an_extension_or_a_resumption(rules: Rules, seed: int) -> None:
    run = Run(rules, seed, 120)

    for asked, before in run.commands:
        if isinstance(asked.act, Extend | Pause | Resume | Reopen) or asked.act.__struct_config__.tag == "escalate":
            continue
        was, now = before.get(asked.matter), run.matters[asked.matter]
        for name, clock in (was.clocks if was else {}).items():
            later = fold([m for m in run.of(asked.matter) if m.matter_seq <= was.seq + 1])  # type: ignore[union-attr]
            assert later is not None and now is not None
            if "." not in name and name not in ("verify", "attend", "reply") and not name.startswith("sign:"):
                assert later.clocks[name].due <= clock.due, (asked, name)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_numbers_are_dense_and_epochs_never_fall(rules: Rules, seed: int) -> None:
    run = Run(rules, seed, 150)

    assert [move.seq for move in run.moves] == list(range(1, len(run.moves) + 1))
    for key in run.matters:
        moves = run.of(key)
        assert [move.matter_seq for move in moves] == list(range(1, len(moves) + 1))
        assert [m.epoch for m in moves] == sorted(m.epoch for m in moves)
        assert [m.at for m in moves] == sorted(m.at for m in moves)


def test_random_commands_reach_every_stage_and_most_refusals(rules: Rules) -> None:
    runs = [Run(rules, seed, 300) for seed in range(20)]

    stages = {matter.stage for run in runs for matter in run.matters.values()}
    refused = {code for run in runs for code in run.refused}

    assert stages == set(STAGES)
    assert {"wrong-stage", "not-allowed", "not-found", "not-holder", "unknown-name", "handler-verifies"} <= refused


@pytest.mark.slow
def test_deciding_never_raises_in_a_hundred_thousand_commands(rules: Rules) -> None:
    decided = sum(len(run.commands) + run.refused.total() for run in (Run(rules, seed, 1000) for seed in range(100)))

    assert decided == 100_000
