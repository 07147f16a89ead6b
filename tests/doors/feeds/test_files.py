"""Files as the world has them: encodings, delimiters, damage. Nothing ends in a trace, and no good row is lost."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.doors.feeds.bringing import HEADER, OPEN, SHUT, Office, row

from shancheng.doors.feeds.errors import MapError, Unreadable


def with_file_table(office: Office, line: str) -> None:
    """The map with one more line in its [file] table."""
    office.map_text += f"\n[file]\n{line}\n"


def unreadable(office: Office, file: Path) -> str:
    """The sentence with which a file is turned away."""
    with pytest.raises(Unreadable) as caught:
        office.bring(file)
    assert not office.ledger.lines
    return str(caught.value)


def test_a_byte_order_mark_and_semicolons_are_no_obstacle(office: Office) -> None:
    lines = [line.replace(",", ";") for line in (HEADER, SHUT, OPEN)]

    assert office.bring(office.file(lines, encoding="utf-8-sig")).written == 2


def test_a_wrong_delimiter_in_the_map_is_put_right_in_words(office: Office) -> None:
    with_file_table(office, 'delimiter = ";"')

    said = unreadable(office, office.file([HEADER, SHUT]))
    assert "With ';' between its cells, requests.csv has 0 of the 10 columns of the map; with ',' it has 10." in said


def test_a_declared_encoding_is_read(office: Office) -> None:
    with_file_table(office, 'encoding = "gb18030"')
    office.bring(office.file([HEADER, row(words="路灯不亮")], encoding="gb18030"))

    assert office.matter("hotline.7").opening.text == "路灯不亮"


def test_an_undeclared_encoding_is_guessed_in_words(office: Office) -> None:
    said = unreadable(office, office.file([HEADER, row(words="路灯不亮")], encoding="gb18030"))

    assert "line 2: byte 0xB5 is not UTF-8" in said
    assert 'encoding = "gb18030"' in said


def test_utf_16_is_named(office: Office) -> None:
    assert "is UTF-16" in unreadable(office, office.file([HEADER, SHUT], encoding="utf-16"))


def test_an_unknown_encoding_is_named(office: Office) -> None:
    with_file_table(office, 'encoding = "utf-9"')

    assert "no encoding 'utf-9'" in unreadable(office, office.file([HEADER, SHUT]))


def test_a_bad_byte_far_into_a_file_costs_its_own_row_only(office: Office) -> None:
    file = office.file([HEADER, *(row(no=str(n), words="x" * 200) for n in range(400))])
    content = file.read_bytes()
    at = content.rindex(b"x" * 200)
    file.write_bytes(content[:at] + b"\xff" + content[at + 1 :])
    summary = office.bring(file)

    assert (summary.written, summary.refused) == (399, 1)
    assert office.reason().startswith("not-text: Column 'words' holds bytes that are not text")


def test_gzip_is_read(office: Office) -> None:
    file = office.folder / "requests.csv.gz"
    file.write_bytes(gzip.compress("\n".join([HEADER, SHUT, OPEN]).encode()))

    assert office.bring(file).written == 2


def test_a_truncated_gzip_gives_its_whole_rows_and_a_sentence(office: Office) -> None:
    lines = [row(no=str(n), words=f"lamp {n * 7919 % 10007}") for n in range(5000)]
    whole = gzip.compress("\n".join([HEADER, *lines]).encode())
    file = office.folder / "requests.csv.gz"
    file.write_bytes(whole[: len(whole) // 2])
    summary = office.bring(file)

    assert 0 < summary.written < 5000
    assert summary.refused == 0
    assert "ends in the middle of its gzip stream" in summary.broken
    assert office.matter(f"hotline.{summary.written - 1}").stage == "closed"


def test_gzip_that_is_none_after_its_first_bytes_is_turned_away(office: Office) -> None:
    file = office.folder / "requests.csv.gz"
    file.write_bytes(b"\x1f\x8bnonsense")

    assert "damaged at its very beginning" in unreadable(office, file)


def test_rows_of_another_width_are_named_and_the_rest_goes_in(office: Office) -> None:
    summary = office.rows("7,only,four,cells", SHUT + ",more", OPEN)

    assert summary.reasons == {"wrong-width": 2}
    assert "The row has 4 cells, the header 10" in office.refused()[0]["reason"]


def test_a_cell_of_ten_megabytes_costs_its_own_row_only(office: Office) -> None:
    summary = office.rows(row(no="1", words="x" * 10_000_000), OPEN)

    assert (summary.written, summary.reasons) == (1, {"too-long": 1})
    assert "more than 1,048,576 characters" in office.reason()


def test_a_quote_that_is_never_closed_is_named_with_its_line(office: Office) -> None:
    filler = [row(no=str(n), words="x" * 400) for n in range(10, 500)]
    summary = office.rows(SHUT, row(no="9", words='"The lamp'), *filler, OPEN)

    assert summary.reasons == {"too-long": 1}
    assert office.refused()[0]["line"] == "3"
    assert "is a quote not closed?" in office.reason()
    assert office.matter("hotline.8").stage == "doing"


def test_a_stray_quote_is_named(office: Office) -> None:
    summary = office.rows(row(words='"The "old" lamp"'), OPEN)

    assert summary.reasons == {"broken-row": 1}
    assert "have to be doubled" in office.reason()


def test_line_breaks_inside_quotes_are_kept_and_lines_counted(office: Office) -> None:
    office.rows(row(words='"The lamp\nis dark"'), row(no="2", about="trees"))

    assert office.matter("hotline.7").opening.text == "The lamp\nis dark"
    assert office.refused()[0]["line"] == "4"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"PK\x03\x04rest", "save the sheet as CSV"),
        (b"PAR1rest", "damaged Parquet"),
        ((HEADER + ",no\n").encode(), "has column 'no' twice"),
    ],
)
def test_files_that_are_no_table_are_turned_away_in_a_sentence(office: Office, content: bytes, words: str) -> None:
    file = office.folder / "requests.csv"
    file.write_bytes(content)

    assert words in unreadable(office, file)


def test_a_header_alone_is_an_empty_table(office: Office) -> None:
    assert office.bring(office.file([HEADER])).read == 0


def test_a_folder_and_a_missing_file_are_turned_away(office: Office) -> None:
    assert "is a folder" in unreadable(office, office.folder)
    assert "cannot be opened" in unreadable(office, office.folder / "nowhere.csv")


def parquet(office: Office, **columns: object) -> Path:
    """A Parquet file of these columns over those of the shut row."""
    cells = dict(zip(HEADER.split(","), ([cell] for cell in SHUT.split(",")), strict=True)) | columns
    file = office.folder / "requests.parquet"
    pq.write_table(pa.table(cells), file)
    return file


def test_parquet_numbers_and_gaps_are_read_as_words(office: Office) -> None:
    file = parquet(office, no=pa.array([7.0]), town=pa.array([1.0]), answer=pa.array([None], pa.string()))
    office.bring(file)

    assert office.matter("hotline.7").about.place == 1


def test_parquet_of_another_schema_names_every_column_that_is_missing(office: Office) -> None:
    file = office.folder / "requests.parquet"
    pq.write_table(pa.table({"number": [1], "open": ["2024-03-01"]}), file)

    with pytest.raises(MapError) as caught:
        office.bring(file)
    assert len(caught.value.faults) == 10
    assert any(fault.nearest == "open" for fault in caught.value.faults)


def test_parquet_with_lists_in_a_wanted_column_is_turned_away(office: Office) -> None:
    assert "holds list" in unreadable(office, parquet(office, words=[["a", "b"]]))


def test_a_file_called_parquet_that_is_none_is_turned_away(office: Office) -> None:
    assert "does not begin like one" in unreadable(office, office.file([HEADER, SHUT], name="requests.parquet"))
