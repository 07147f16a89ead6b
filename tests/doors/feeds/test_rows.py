"""What becomes of single rows: their walk, their times, and why some do not go in."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from tests.doors.feeds.bringing import HEADER, NOW, OPEN, SHUT, Office, row

from shancheng.doors.feeds.walk import matter_id

ZONE = ZoneInfo("Asia/Shanghai")


def at(text: str) -> int:
    """Local time as an instant."""
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp())


def test_a_closed_row_walks_the_whole_loop_at_its_own_times(office: Office) -> None:
    summary = office.rows(SHUT)

    begun, ended = at("2024-03-01T09:00"), at("2024-03-04T10:30")
    early = [(verb, begun) for verb in ("report", "accept", "assign", "sign")]
    late = [(verb, ended) for verb in ("finish", "verify", "close")]
    assert office.walk("hotline.7") == early + late
    assert (summary.read, summary.written, summary.moves, summary.stages) == (1, 1, 7, {"closed": 1})


def test_a_closed_row_keeps_what_it_said_who_handled_it_and_what_was_answered(office: Office) -> None:
    office.rows(SHUT)

    matter = office.matter("hotline.7")
    assert (matter.stage, matter.opening.text, matter.about.place) == ("closed", "The lamp is dark", 1)
    assert (matter.tallies.outcome, matter.tallies.finished_by) == ("closed-at-source", "roads")
    assert matter.tallies.closed == at("2024-03-04T10:30")
    assert office.ledger.lines[-1].act.reply == "Mended"  # type: ignore[union-attr]


def test_an_open_row_goes_as_far_as_its_status_says(office: Office) -> None:
    office.rows(OPEN, row(no="9", state="new", shut=""))

    assert office.matter("hotline.8").stage == "doing"
    assert office.matter("hotline.8").about.place == 2
    assert office.matter("hotline.9").stage == "reported"


def test_who_handled_and_who_verified_are_two_accounts(office: Office) -> None:
    office.rows(SHUT)

    by = {move.verb: move.actor for move in office.ledger.lines}
    assert by["finish"] == "import:hotline:handler"
    assert by["verify"] == "import:hotline:verifier"


def test_a_row_marked_as_a_duplicate_is_refused_at_its_closing(office: Office) -> None:
    office.rows(row(state="double"))

    assert office.walk("hotline.7") == [("report", at("2024-03-01T09:00")), ("refuse", at("2024-03-04T10:30"))]
    assert office.matter("hotline.7").tallies.outcome == "settled-already"


def test_a_row_that_names_no_agency_is_routed_by_the_duty_list(office: Office) -> None:
    office.rows(row(who=""))

    assert office.matter("hotline.7").tallies.first_lead == "roads"


def test_phone_numbers_in_texts_are_masked_on_their_way_in(office: Office) -> None:
    office.rows(row(words="Call 13812345678"))

    assert "13812345678" not in office.matter("hotline.7").opening.text


def test_a_later_export_takes_the_same_matter_on(office: Office) -> None:
    office.rows(row(state="open", shut="", answer=""))
    summary = office.rows(SHUT)

    assert [verb for verb, _ in office.walk("hotline.7")][-3:] == ["finish", "verify", "close"]
    assert (summary.written, summary.moves) == (1, 3)


def test_a_later_export_keeps_a_new_answer_of_an_open_row_as_a_note_once(office: Office) -> None:
    still_open = row(state="open", shut="", answer="")
    office.rows(still_open)
    answered = row(state="open", shut="", answer="We are at it")
    first = office.rows(answered)
    again = office.rows(answered)

    assert (first.moves, again.moves, again.repeated) == (1, 0, 1)
    assert [verb for verb, _ in office.walk("hotline.7")] == ["report", "accept", "assign", "sign", "note"]


def test_a_matter_that_has_gone_its_own_way_since_is_left_alone(office: Office) -> None:
    office.rows(SHUT)
    head = office.ledger.head
    office.rows(row(state="open", shut="", answer=""))

    assert office.ledger.head == head
    assert office.matter("hotline.7").stage == "closed"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"opened": "yesterday"}, "no-time: 'yesterday' is not a time in any of the forms iso, %d.%m.%Y."),
        ({"opened": ""}, "no-time: The time of creation is missing."),
        ({"shut": "1900-01-01"}, "too-early: The time lies before 1990-01-01"),
        ({"shut": "2024-02-28"}, "closed-before-created: The row was closed before it was created"),
        ({"shut": "2031-01-01"}, "in-the-future: The time lies in the future"),
        ({"shut": ""}, "no-closing-time: The status is 'shut', and no closing time is given"),
        ({"state": "open"}, "closed-yet-open: The status is 'open', yet a closing time is given"),
        ({"state": "shutt"}, "unknown-status: The map does not say what the status 'shutt' means"),
        ({"about": "trees"}, "unknown-category: The map does not say which category 'trees' is"),
        ({"town": "9"}, "unknown-place: The city has no place with code '009' of scheme 'little'."),
        ({"town": ""}, "missing-place: The row names no place"),
        ({"town": "", "town_name": "北镇"}, "unknown-place: In this city no place is called '北镇'"),
        ({"who": "raods"}, "unknown-agency: The city has no agency 'raods'"),
        ({"no": ""}, "missing-id: The row has no id"),
        ({"words": " "}, "missing-text: The row says nothing"),
        ({"words": "x" * 8001}, "too-long: The text has 8,001 characters, more than 8,000"),
        ({"answer": "x" * 8001}, "too-long: The text has 8,001 characters, more than 8,000"),
        ({"words": "a\0b"}, "not-text: Column 'words' holds a NUL byte"),
        ({"words": "a\x07b"}, "not-text: Column 'words' holds control characters"),
        ({"no": "x" * 201}, "too-long: The id has more than 200 characters."),
    ],
)
def test_a_row_that_cannot_go_in_says_why(office: Office, cells: dict[str, str], reason: str) -> None:
    summary = office.rows(row(**cells), OPEN)

    assert office.reason().startswith(reason)
    assert (summary.read, summary.written, summary.refused) == (2, 1, 1)
    assert sum(summary.reasons.values()) == 1


def test_near_misses_are_named(office: Office) -> None:
    office.rows(row(state="shutt"), row(no="2", who="raods"))

    assert "Did you mean 'shut'?" in office.refused()[0]["reason"]
    assert "Did you mean 'roads'?" in office.refused()[1]["reason"]


def test_only_the_first_row_of_an_id_is_taken(office: Office) -> None:
    summary = office.rows(SHUT, OPEN, row(words="Another story"))

    assert summary.reasons == {"duplicate-id": 1}
    assert office.refused()[0]["line"] == "4"
    assert office.matter("hotline.7").opening.text == "The lamp is dark"


def test_ids_that_are_no_plain_words_still_make_one_matter_each(office: Office) -> None:
    office.rows(row(no="甲 7/1"))

    (number,) = {move.matter for move in office.ledger.lines}
    assert number == matter_id("hotline", "甲 7/1")
    assert number.startswith("hotline.~")


def test_forms_are_tried_in_turn(office: Office) -> None:
    office.rows(row(opened="29.02.2024", shut="2024-03-04T10:30+00:00"))

    walk = dict(office.walk("hotline.7"))
    assert walk["report"] == at("2024-02-29T00:00")
    assert walk["close"] == at("2024-03-04T18:30")


def test_whole_days_begin_at_their_first_second(office: Office) -> None:
    office.map_text = office.map_text.replace("[times]", "[times]\nwhole_days = true")
    office.rows(row(opened="2024-03-01T18:00", shut="2024-03-01T09:00"))

    assert dict(office.walk("hotline.7"))["close"] == at("2024-03-01T00:00")


def test_an_excel_formula_in_the_list_of_refused_rows_is_only_text(office: Office) -> None:
    office.rows(row(no="=HYPERLINK(1)", state='"=cmd|x"'), row(no="2", who="-73.9"))

    refused = office.refused()
    assert refused[0]["row"] == "'=HYPERLINK(1)"
    assert refused[0]["value"] == "'=cmd|x"
    assert refused[1]["value"] == "-73.9"


def test_a_formula_in_a_text_goes_in_as_it_is(office: Office) -> None:
    office.rows(row(words="=1+1"))

    assert office.matter("hotline.7").opening.text == "=1+1"


def test_what_the_loop_refuses_is_a_row_with_a_reason(office: Office) -> None:
    office.map_text = office.map_text.replace('"hotline"', '"other"')
    office.rows(row(state="double"))
    summary = office.rows(SHUT)

    assert summary.refused == 1
    assert "It was not taken when it was to" in office.reason()


def test_every_row_is_accounted_for(office: Office) -> None:
    lines = [row(no=str(n), town=str(n % 4), opened=f"2024-03-{n % 33:02}") for n in range(1500)]
    summary = office.bring(office.file([HEADER, *lines]))

    assert summary.read == 1500 == summary.written + summary.repeated + summary.refused
    assert len(office.refused()) == summary.refused == sum(summary.reasons.values())
    assert len({move.matter for move in office.ledger.lines}) == summary.written
    assert all(found["reason"].endswith((".", "?")) for found in office.refused())
    assert office.now == NOW
