"""Why: every deadline, route and holder, down to the pack line and the moves."""

from tests.loop.world import DISTRICT, OPERATOR, RESIDENT, Story, handler

from shancheng.loop.act import Accept, Assign, Extend, Pause, Raise, Return, Take
from shancheng.loop.batch import Gathering, act_bytes
from shancheng.loop.ledger import Command, Head
from shancheng.loop.move import Move
from shancheng.loop.why import Reason, Why, explain


def why(story: Story, matter: str) -> Why:
    """The reasons of a matter, from moves written as a lane writes them."""
    moves: list[Move] = []
    for step in (step for step in story.steps if step.matter == matter):
        gathering = Gathering("tiny", Head(len(moves)), lambda place: place)
        command = Command(act=step.act, matter=matter, by=RESIDENT, at=step.after.at, now=step.after.moved)
        gathering.take(command, act_bytes(step.act), (step,))
        moves += gathering.moves
    return explain(story.matters[matter], moves, story.rules)


def reason(found: Why, of: str) -> Reason:
    """The reason of one thing."""
    return next(reason for reason in found.reasons if reason.of == of)


def test_a_deadline_names_the_make_up_sunday_and_the_holidays_it_passes(story: Story) -> None:
    matter = story.report()
    story.tell(matter, Accept(), OPERATOR)

    told = reason(why(story, matter), "clock:finish")

    assert "make-up workday, counted" in told.en and "09-28" in told.en
    assert "off (国庆节)" in told.en
    assert "调休上班，计入" in told.zh
    assert told.pack.startswith("base/promises.toml, line ")
    assert told.moves == (2,)


def test_a_route_names_the_line_that_won_and_those_it_passed_over(story: Story) -> None:
    matter = story.report()
    story.tell(matter, Accept(), OPERATOR)
    story.tell(matter, Assign(), OPERATOR)

    told = reason(why(story, matter), "route:quay-office")

    assert "leak-quay" in told.en and "more specific than leak, streets, all" in told.en
    assert "时段 全天" in told.zh
    assert told.pack == "tiny/duties.csv, line 6"
    assert told.moves == (3,)


def test_the_chinese_reason_of_a_stage_holds_no_english_word(story: Story) -> None:
    matter = story.report()
    story.tell(matter, Accept(), OPERATOR)

    told = reason(why(story, matter), "stage")

    assert "已受理" in told.zh
    assert not any("a" <= letter.lower() <= "z" for letter in told.zh)


def test_an_own_decision_says_so(story: Story) -> None:
    matter = story.report()
    story.tell(matter, Accept(), OPERATOR)
    for agency in ("water", "roads"):
        story.tell(matter, Assign(lead=agency), OPERATOR)
        story.tell(matter, Return(reason="not-our-duty"), handler(agency))
    story.tell(matter, Assign(lead="water", own_decision=True), OPERATOR)

    assert "in its own name" in reason(why(story, matter), "route:water").en


def test_pauses_and_extensions_are_part_of_the_reason(story: Story) -> None:
    matter = story.report()
    story.tell(matter, Accept(), OPERATOR)
    story.tell(matter, Extend(minutes=480, reason="needs-works"), OPERATOR)
    story.tell(matter, Pause(reason="weather", until=story.now + 86_400), OPERATOR)

    told = reason(why(story, matter), "clock:finish")

    assert "+ 8 h granted" in told.en
    assert "paused by o-quay for weather until 2025-09-29" in told.en
    assert told.moves == (2, 3, 4)


def test_a_hand_over_explains_the_holder(story: Story) -> None:
    matter = story.report()
    story.tell(matter, Raise(why="too large"), OPERATOR)
    story.tell(matter, Take(), DISTRICT)

    told = reason(why(story, matter), "holder")

    assert "after a hand-over, epoch 2" in told.en
    assert told.moves == (1, 2, 3)


def test_a_deadline_past_the_last_published_year_is_provisional(story: Story) -> None:
    story.now += 10 * 366 * 86_400
    matter = story.report()

    assert "provisional" in reason(why(story, matter), "clock:answer").en
