"""The line by which a matter is known."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.text.errors import NotUsable
from shancheng.methods.text.lead import lead, summary_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("尊敬的领导：您好！望江路路灯坏了三天。请修。", "望江路路灯坏了三天"),
        ("你好，梅园里停水两天了！！", "梅园里停水两天了"),
        ("急！急！青石桥社区的电梯困人", "青石桥社区的电梯困人"),
        ("Dear Sir, the street light at the corner is out. It is dark.", "the street light at the corner is out"),
        ("停水", "停水"),
        ("。。！", "。。！"),
        ("", ""),
    ],
)
def test_the_lead_is_the_first_sentence_that_says_something(text, line):
    assert lead(text) == line


def test_a_long_sentence_is_cut_at_a_pause_where_there_is_one():
    assert lead("望江路的路灯坏了，" + "晚" * 60, most=15) == "望江路的路灯坏了…"
    assert lead("晚" * 60, most=15) == "晚" * 14 + "…"


def test_the_line_names_category_and_place():
    assert summary_line("路灯坏了三天。", category="照明", place="望江路") == "照明 · 望江路: 路灯坏了三天"
    assert summary_line("路灯坏了三天。", category="", place="") == "路灯坏了三天"
    assert summary_line("", category="照明", place="") == "照明"


@settings(max_examples=100)
@given(st.text(max_size=200), st.integers(10, 50))
def test_a_lead_never_is_longer_than_its_room(text, most):
    assert len(lead(text, most)) <= most


def test_no_room_is_refused():
    with pytest.raises(NotUsable, match="at least 10"):
        lead("路灯坏了", most=3)
