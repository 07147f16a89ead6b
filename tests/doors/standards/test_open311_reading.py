"""What other servers answer is read without trust: every hostile answer ends in one sentence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.doors.standards.open311.errors import Unreadable
from shancheng.doors.standards.open311.reading import BYTES_MAX, rows_of
from shancheng.doors.standards.open311.writing import Form, written

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">
<!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
<!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;">]><services><service>&lol3;</service></services>"""
OUTSIDE = (
    b"""<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><services><service><a>&e;</a></service></services>"""
)
HOSTILE_XML = {
    "a billion laughs": LAUGHS,
    "an entity from outside": OUTSIDE,
    "a document type in small letters": OUTSIDE.replace(b"DOCTYPE", b"doctype"),
    "a document type in another encoding": OUTSIDE.decode().encode("utf-16"),
    "the same without a mark": OUTSIDE.decode().encode("utf-16-le"),
    "a document type in an encoding few know": (
        b"<?xml version='1.0' encoding='utf-7'?>+ADwAIQ-DOCTYPE x+AD4-<services/>"
    ),
    "an entity nobody defined": b"<services><service><a>&nothing;</a></service></services>",
    "no end": b"<services><service>",
    "a nest too deep": b"<a>" * 100_000,
    "nothing": b"",
    "a page of a browser": b"<html><br></html>",
    "a text too long": b"<services><service><a>" + b"x" * (BYTES_MAX + 1),
}
HOSTILE_JSON = {
    "a nest too deep": b"[" * 100_000,
    "a page of a browser": b"<html></html>",
    "a number": b"7",
    "no end": b'[{"a": "',
    "no text": b'["\xff"]',
    "a text too long": b'"' + b"x" * (BYTES_MAX + 1),
    "too many rows": b"[" + b"{}," * 20_001 + b"{}]",
}


@pytest.mark.parametrize("name", HOSTILE_XML)
def test_hostile_xml_ends_in_a_sentence(name: str) -> None:
    with pytest.raises(Unreadable) as told:
        rows_of(HOSTILE_XML[name], "xml")

    assert str(told.value).endswith((".", "?"))
    assert "root:" not in str(told.value)


@pytest.mark.parametrize("name", HOSTILE_JSON)
def test_hostile_json_ends_in_a_sentence(name: str) -> None:
    with pytest.raises(Unreadable) as told:
        rows_of(HOSTILE_JSON[name], "json")

    assert str(told.value).endswith((".", "?"))


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize("root", ["services", "service_requests", "service_request_updates"])
def test_what_is_written_is_read_again(root: str, form: Form) -> None:
    rows = [{"service_code": "a", "metadata": True, "lat": 29.5, "none": None, "more": [{"x": 1}]}, {"text": "<坑>&"}]

    found = rows_of(written(root, rows, form), form)

    assert found[0]["service_code"] == "a"
    assert found[0]["metadata"] == "true"
    assert found[0]["lat"] == "29.5"
    assert found[1] == {"text": "<坑>&"}


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=200), form=st.sampled_from(["json", "xml"]))
def test_whatever_people_write_goes_out_and_comes_back(text: str, form: Form) -> None:
    clean = text.encode("utf-8", "replace").decode("utf-8")

    (found,) = rows_of(written("services", [{"text": clean, "end": "."}], form), form)

    assert found["end"] == "."
    assert form == "xml" or found["text"] == clean


@settings(max_examples=80, deadline=None)
@given(body=st.binary(max_size=300), form=st.sampled_from(["json", "xml"]))
def test_no_answer_at_all_brings_the_reader_down(body: bytes, form: Form) -> None:
    try:
        rows = rows_of(body, form)
    except Unreadable as told:
        assert str(told).endswith((".", "?"))
    else:
        assert isinstance(rows, list)
