"""Stories of single matters: what each verb does, and what it refuses."""

from tests.loop.world import (
    CITY,
    DISTRICT,
    EAST,
    ENGINE,
    GATE,
    HILL,
    OPERATOR,
    OTHER_OPERATOR,
    PHOTO,
    QUAY,
    RESIDENT,
    SUPERVISOR,
    WEST,
    Actor,
    Story,
    at,
    handler,
    leak,
)  # fmt: skip

from shancheng.loop.act import (
    Accept,
    Ask,
    Assign,
    Close,
    Consult,
    Decline,
    Deny,
    Escalate,
    Evidence,
    Extend,
    Finish,
    Grade,
    Lower,
    Merge,
    Note,
    Offer,
    Part,
    Pause,
    Raise,
    Rate,
    Redact,
    Refuse,
    Reopen,
    Resume,
    Return,
    Sign,
    Split,
    Supervise,
    Take,
    Unmerge,
    Unseal,
    Verify,
    Waive,
    Withdraw,
)  # fmt: skip
from shancheng.loop.ledger import counted
from shancheng.loop.matter import Stage
from shancheng.loop.rules import Rules

QUAY_OFFICE, WATER = handler("quay-office"), handler("water")


def signed(story: Story) -> str:
    """A leak, accepted, routed and signed by both agencies."""
    matter = story.report()
    story.tell(matter, Accept(), OPERATOR)
    story.tell(matter, Assign(), OPERATOR)
    story.tell(matter, Sign(), QUAY_OFFICE)
    story.tell(matter, Sign(), WATER)
    return matter


def done(story: Story) -> str:
    """A leak that both agencies say is done."""
    matter = signed(story)
    story.later(hours=1)
    story.tell(matter, Finish(outcome="settled", evidence=PHOTO), QUAY_OFFICE)
    story.tell(matter, Finish(outcome="settled"), WATER)
    return matter


def closed(story: Story) -> str:
    """A leak that was verified and closed."""
    matter = done(story)
    story.tell(matter, Verify(passed=True, evidence=PHOTO), OPERATOR)
    story.tell(matter, Close(outcome="settled", reply="修好了"), OPERATOR)
    return matter


def code(story: Story, matter: str, act: object, by: Actor) -> str:
    """The code an act is refused with."""
    refusal = story.try_(matter, act, by)  # type: ignore[arg-type]
    assert refusal is not None
    return refusal.code


def test_a_report_is_held_by_the_town_and_counted_there(story: Story) -> None:
    matter = story.report()

    assert story.matters[matter].custody.holder == QUAY
    assert counted(story.matters[matter]) == (QUAY, "leak", 0)


def test_a_matter_goes_from_report_to_rating(story: Story) -> None:
    matter = closed(story)

    story.tell(matter, Rate(satisfied=True, resolved=True), RESIDENT)

    after = story.matters[matter]
    assert after.stage is Stage.CLOSED
    assert after.reporters["r-1"].reply == "修好了"
    assert after.reporters["r-1"].satisfied is True
    assert not any(clock.is_open for clock in after.clocks.values())


def test_the_most_specific_line_of_the_duty_list_names_lead_and_supports(story: Story) -> None:
    matter = story.report()
    story.tell(matter, Accept(), OPERATOR)

    legs = story.tell(matter, Assign(), OPERATOR).legs

    assert {agency: (leg.part, leg.duty) for agency, leg in legs.items()} == {
        "quay-office": ("lead", "leak-quay"),
        "water": ("support", "leak-quay"),
    }


def test_a_line_bound_to_hours_wins_at_night_over_one_that_always_holds(rules: Rules) -> None:
    by_day = rules.route("flood", HILL, at("2025-09-25 10:00"))
    by_night = rules.route("flood", HILL, at("2025-09-25 23:00"))

    assert by_day is not None and by_day.lead == "roads"
    assert by_night is not None and by_night.lead == "night-team"
    assert by_night.passed_over == ("all",)


def test_a_refused_matter_tells_its_reporter_where_to_go(story: Story) -> None:
    matter = story.report()

    story.tell(matter, Refuse(reason="not-the-city", elsewhere="请联系供电公司"), OPERATOR)

    after = story.matters[matter]
    assert after.stage is Stage.REFUSED
    assert after.reporters["r-1"].reply == "请联系供电公司"
    assert after.clocks["answer"].met


def test_a_matter_cannot_skip_acceptance_but_an_incident_may_be_handled_first(story: Story) -> None:
    request = story.report()
    incident = story.report(leak(kind="incident", category="flood"))

    assert code(story, request, Assign(lead="water"), OPERATOR) == "wrong-stage"

    story.tell(incident, Assign(lead="water"), DISTRICT)
    story.tell(incident, Sign(), WATER)
    story.tell(incident, Accept(), DISTRICT)
    assert story.matters[incident].stage is Stage.DOING
    assert "finish" in story.matters[incident].clocks


def test_only_the_holding_centre_decides(story: Story) -> None:
    matter = story.report()

    assert code(story, matter, Accept(), DISTRICT) == "not-holder"


def test_an_operator_of_another_range_does_not_learn_that_a_matter_exists(story: Story) -> None:
    matter = story.report()
    stranger = Actor("o-west", "operator", centre=WEST, places=(WEST,))

    refusal = story.try_(matter, Accept(), stranger)
    missing = story.try_("m99", Accept(), stranger)

    assert refusal is not None and missing is not None
    assert refusal.code == missing.code == "not-found"


def test_after_the_second_return_the_holder_decides_in_its_own_name(story: Story) -> None:
    matter = story.report()
    story.tell(matter, Accept(), OPERATOR)
    for agency in ("water", "roads"):
        story.tell(matter, Assign(lead=agency), OPERATOR)
        story.tell(matter, Return(reason="not-our-duty"), handler(agency))

    assert code(story, matter, Assign(lead="water"), OPERATOR) == "own-decision-needed"
    story.tell(matter, Assign(lead="water", own_decision=True), OPERATOR)
    assert code(story, matter, Return(reason="not-our-duty"), WATER) == "cannot-return"
    assert story.matters[matter].tallies.returns == 2


def test_a_return_without_a_known_reason_is_refused_and_names_the_known_ones(story: Story) -> None:
    matter = story.report()
    story.tell(matter, Accept(), OPERATOR)
    story.tell(matter, Assign(), OPERATOR)

    refusal = story.try_(matter, Return(reason="no-time"), QUAY_OFFICE)

    assert refusal is not None and "not-our-duty" in refusal.message


def test_the_handler_never_verifies(story: Story) -> None:
    matter = story.report()
    both = Actor("o-quay", "operator", centre=QUAY, places=(QUAY,), agency="quay-office")
    story.tell(matter, Accept(), OPERATOR)
    story.tell(matter, Assign(lead="quay-office"), OPERATOR)
    worker = Actor("g-1", "grid-worker", centre=QUAY, agency="quay-office", places=(QUAY,))
    story.tell(matter, Sign(), worker)
    story.tell(matter, Finish(outcome="settled", evidence=PHOTO), worker)

    assert code(story, matter, Verify(passed=True, evidence=PHOTO), both) == "handler-verifies"
    assert code(story, matter, Verify(passed=True, evidence=PHOTO), worker) == "handler-verifies"
    story.tell(matter, Verify(passed=True, evidence=PHOTO), OTHER_OPERATOR)


def test_verification_without_evidence_is_refused(story: Story) -> None:
    matter = done(story)

    assert code(story, matter, Verify(passed=True), OPERATOR) == "evidence-missing"


def test_work_that_fails_its_check_goes_on_under_the_same_promise(story: Story) -> None:
    matter = done(story)
    due = story.matters[matter].clocks["finish"].due
    story.later(days=1)

    story.tell(matter, Verify(passed=False), OPERATOR)

    again = story.matters[matter]
    assert again.stage is Stage.DOING
    assert again.clocks["finish"].due == due
    assert again.clocks["finish"].is_open
    assert again.tallies.failed_checks == 1


def test_a_matter_is_done_only_when_lead_and_supports_are(story: Story) -> None:
    matter = signed(story)
    story.tell(matter, Finish(outcome="settled", evidence=PHOTO), QUAY_OFFICE)
    waiting = story.matters[matter].stage

    story.tell(matter, Waive(agency="water", reason="no pipe there"), OPERATOR)

    assert waiting is Stage.DOING
    assert story.matters[matter].stage is Stage.DONE


def test_a_pause_asked_by_the_agency_is_granted_by_the_holder_and_ends_by_itself(story: Story) -> None:
    matter = signed(story)
    due = story.matters[matter].clocks["finish"].due
    story.tell(matter, Ask(what="pause", reason="waiting-for-permit"), QUAY_OFFICE)
    story.later(hours=2)
    until = story.now + 86_400
    own = Actor("h-quay-office", "operator", centre=QUAY, places=(QUAY,), agency="quay-office")
    assert code(story, matter, Pause(reason="weather", until=until), own) == "own-request"

    story.tell(matter, Pause(reason="waiting-for-permit", until=until), OPERATOR)
    story.now = until
    story.tell(matter, Escalate(clock="finish"), ENGINE)

    after = story.matters[matter]
    assert not after.marks.asked
    assert after.clocks["finish"].waited == story.rules.calendars["work"].elapsed(until - 86_400, until)
    assert story.rules.calendars["work"].elapsed(due, after.clocks["finish"].due) == after.clocks["finish"].waited


def test_an_extension_moves_the_deadline_and_a_denial_does_not(story: Story) -> None:
    matter = signed(story)
    due = story.matters[matter].clocks["finish"].due
    story.tell(matter, Ask(what="extend", reason="needs-works", minutes=480), QUAY_OFFICE)
    story.tell(matter, Deny(what="extend"), OPERATOR)
    assert story.matters[matter].clocks["finish"].due == due

    story.tell(matter, Extend(minutes=480, reason="needs-works"), OPERATOR)

    work = story.rules.calendars["work"]
    assert story.matters[matter].clocks["finish"].due == work.deadline(due, 480 * 60)


def test_a_broken_promise_cannot_be_extended_away(story: Story) -> None:
    matter = signed(story)
    story.later(days=60)

    assert code(story, matter, Extend(minutes=480, reason="needs-works"), OPERATOR) == "too-late"


def test_a_graver_severity_brings_the_deadline_forward_and_a_milder_one_never_back(story: Story) -> None:
    matter = signed(story)
    due = story.matters[matter].clocks["finish"].due

    graver = story.tell(matter, Grade(severity=1, reason="main pipe"), OPERATOR).clocks["finish"]
    milder = story.tell(matter, Grade(severity=4, reason="not so bad"), OPERATOR).clocks["finish"]

    assert graver.due < due
    assert milder.due == graver.due


def test_the_ladder_is_climbed_rung_by_rung_and_ends_in_supervision(story: Story) -> None:
    matter = signed(story)
    rungs = []
    while (wake := story.matters[matter].clocks["finish"].wake) and len(rungs) < 10:
        story.now = wake
        rungs.append(story.tell(matter, Escalate(clock="finish"), ENGINE).clocks["finish"].rung)

    assert rungs == [50, 80, 100, 150, 300]
    assert story.matters[matter].marks.supervised is not None


def test_the_engine_does_not_escalate_before_the_time(story: Story) -> None:
    matter = signed(story)

    assert code(story, matter, Escalate(clock="finish"), ENGINE) == "nothing-due"


def test_merged_reporters_are_answered_and_may_rate(story: Story) -> None:
    first, second = story.report(), story.report(leak(reporter="r-2"))
    story.tell(second, Merge(into=first, score=0.97), OPERATOR)
    assert counted(story.matters[second]) is None
    story.tell(first, Accept(), OPERATOR)
    story.tell(first, Assign(lead="water"), OPERATOR)
    story.tell(first, Sign(), WATER)
    story.tell(first, Finish(outcome="settled", evidence=PHOTO), WATER)
    story.tell(first, Verify(passed=True, evidence=PHOTO), OPERATOR)

    story.tell(first, Close(outcome="settled", reply="修好了"), OPERATOR)
    story.tell(second, Rate(satisfied=False), Actor("r-2", "resident"))

    assert story.matters[second].stage is Stage.CLOSED
    assert story.matters[second].reporters["r-2"].reply == "修好了"


def test_an_unmerged_matter_has_the_promise_it_had_all_along(story: Story) -> None:
    first, second = story.report(), story.report(leak(reporter="r-2"))
    before = story.matters[second].clocks
    story.tell(second, Merge(into=first), OPERATOR)
    assert code(story, second, Accept(), OPERATOR) == "merged"
    story.later(hours=3)

    story.tell(second, Unmerge(why="another pipe"), OPERATOR)

    assert story.matters[second].clocks == before
    assert story.matters[first].marks.absorbed == ()
    assert counted(story.matters[second]) == (QUAY, "leak", 0)


def test_a_reporter_reopens_within_the_days_and_not_after(story: Story) -> None:
    matter = closed(story)
    story.later(days=29)
    story.tell(matter, Reopen(reason="came-back"), RESIDENT)
    again = story.matters[matter]

    assert again.stage is Stage.ACCEPTED
    assert again.clocks["finish"].started == story.now
    assert again.clocks["finish.1"].met
    other = closed(story)
    story.later(days=31)
    assert code(story, other, Reopen(reason="came-back"), RESIDENT) == "too-late"


def test_another_resident_neither_sees_nor_reopens_a_matter(story: Story) -> None:
    matter = closed(story)

    assert code(story, matter, Reopen(reason="came-back"), Actor("r-9", "resident")) == "not-found"


def test_a_matter_is_raised_and_taken_by_the_district(story: Story) -> None:
    matter = story.report()
    story.tell(matter, Raise(why="beyond the town"), OPERATOR)
    assert code(story, matter, Accept(), OPERATOR) == "handed-over"

    story.tell(matter, Take(), DISTRICT)

    assert story.matters[matter].custody.holder == EAST
    assert story.matters[matter].custody.epoch == 2
    assert code(story, matter, Accept(), OPERATOR) == "not-holder"
    story.tell(matter, Accept(), DISTRICT)


def test_a_declined_offer_leaves_the_holder_in_a_later_epoch(story: Story) -> None:
    matter = story.report()
    story.tell(matter, Raise(why="beyond the town"), OPERATOR)

    story.tell(matter, Decline(why="it is the town's"), DISTRICT)

    assert story.matters[matter].custody.holder == QUAY
    assert story.matters[matter].custody.epoch == 3
    assert code(story, matter, Take(), DISTRICT) == "not-offered"


def test_only_the_offering_centre_withdraws_its_offer(story: Story) -> None:
    matter = story.report()
    story.tell(matter, Offer(to=CITY, why="city road"), OPERATOR)

    assert code(story, matter, Withdraw(why="no"), DISTRICT) == "not-holder"
    story.tell(matter, Withdraw(why="found the pipe"), OPERATOR)
    assert story.matters[matter].custody.offered_to == 0


def test_a_matter_is_lowered_only_to_a_centre_below(story: Story) -> None:
    matter = story.report(leak(kind="incident", category="flood"))

    assert code(story, matter, Lower(to=GATE, why="town"), DISTRICT) == "not-below"
    story.tell(matter, Lower(to=QUAY, why="town"), DISTRICT)
    story.tell(matter, Take(), OPERATOR)
    assert story.matters[matter].custody.holder == QUAY


def test_a_split_matter_waits_for_its_parts(story: Story) -> None:
    matter = story.report()
    story.tell(matter, Accept(), OPERATOR)
    parts = (Part(id="p1", category="leak", text="pipe"), Part(id="p2", category="lamp", text="lamp"))
    story.tell(matter, Split(parts=parts), OPERATOR)

    for part in ("p1", "p2"):
        assert story.matters[matter].stage is Stage.DOING
        story.tell(part, Accept(), OPERATOR)
        story.tell(part, Assign(lead="roads"), OPERATOR)
        story.tell(part, Sign(), handler("roads"))
        story.tell(part, Finish(outcome="settled", evidence=PHOTO), handler("roads"))
        story.tell(part, Verify(passed=True, evidence=PHOTO), OPERATOR)
        story.tell(part, Close(outcome="settled", reply="done"), OPERATOR)

    assert story.matters[matter].stage is Stage.DONE
    story.tell(matter, Verify(passed=True, evidence=PHOTO), OPERATOR)


def test_supervision_and_consultation_change_no_stage(story: Story) -> None:
    matter = signed(story)

    story.tell(matter, Supervise(why="third report this month", report_by=story.now + 3600), SUPERVISOR)
    story.tell(matter, Consult(agencies=("water", "roads"), decision="dig together"), OPERATOR)
    story.tell(matter, Note(text="pump ordered"), WATER)

    after = story.matters[matter]
    assert after.stage is Stage.DOING
    assert after.marks.supervised is not None and after.marks.consultations[0].decision == "dig together"


def test_a_dispute_is_confidential_from_its_first_word(story: Story) -> None:
    matter = story.report(leak(kind="dispute", category="noise"))

    assert story.matters[matter].marks.confidential
    assert code(story, matter, Accept(), OPERATOR) == "not-found"


def test_sealed_data_are_opened_only_by_a_role_that_may_and_never_after_erasure(story: Story) -> None:
    matter = signed(story)
    assert code(story, matter, Unseal(reporter="r-1", purpose="call back"), WATER) == "not-allowed"
    story.tell(matter, Unseal(reporter="r-1", purpose="call back"), OPERATOR)
    admin = Actor("a-1", "admin", centre=CITY)

    story.tell(matter, Redact(reporter="r-1", reason="asked to"), admin)

    assert story.matters[matter].reporters["r-1"].redacted
    assert code(story, matter, Unseal(reporter="r-1", purpose="call back"), OPERATOR) == "redacted"


def test_an_act_on_what_has_changed_meanwhile_is_refused(story: Story) -> None:
    matter = story.report()
    story.tell(matter, Note(text="seen"), OPERATOR)

    refusal = story.try_(matter, Accept(), OPERATOR, expect=1)

    assert refusal is not None and refusal.code == "changed-meanwhile"


def test_a_report_dated_far_back_starts_its_clock_no_further_back_than_the_role_may(story: Story) -> None:
    number = "m-old"
    refusal = story.try_(number, leak(), RESIDENT, at=story.now - 90 * 86_400)

    matter = story.matters[number]
    assert refusal is None
    assert matter.opening.at == story.now - 90 * 86_400
    assert matter.clocks["answer"].started == story.now - 1440 * 60


def test_a_drill_is_on_no_board(story: Story) -> None:
    matter = story.report(leak(drill=True))

    assert counted(story.matters[matter]) is None


def test_a_closing_leaves_no_open_promise(story: Story) -> None:
    matter = closed(story)

    assert story.matters[matter].due == 0
    assert code(story, matter, Resume(), OPERATOR) == "no-such-clock"


def test_evidence_is_kept_with_the_leg(story: Story) -> None:
    matter = done(story)

    assert Evidence("photo", "photo-1") in story.matters[matter].legs["quay-office"].evidence
