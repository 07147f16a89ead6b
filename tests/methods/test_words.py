"""Tokens: what a text can be found by."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shancheng.methods.words import QUERY_TOKENS_MAX, TOKEN_CHARACTERS_MAX, query_tokens, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("观音桥步行街", ["观音", "音桥", "桥步", "步行", "行街"]),
        ("观音桥3号A座", ["观音", "音桥", "3", "号", "a", "座"]),
        ("Street lamp out, Main St. 12", ["street", "lamp", "out", "main", "st", "12"]),
        ("ＡＢＣ　１２３ 水", ["abc", "123", "水"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("snake_case", ["snake", "case"]),
        ("路灯，路灯", ["路灯", "路灯"]),
        ("カタカナ ｶﾅ", ["カタ", "タカ", "カナ", "カナ"]),
        ("𠮷野家", ["𠮷野", "野家"]),
        ("Ünïted été", ["ünïted", "été"]),
        ("…！？ \n", []),
        ("", []),
    ],
)
def test_a_text_becomes_these_tokens(text, expected):
    assert tokens(text) == expected


def test_a_query_holds_each_token_once_and_not_too_many():
    assert query_tokens("路灯 路灯 Lamp lamp") == ["路灯", "lamp"]
    assert len(query_tokens(" ".join(map(str, range(100))))) == QUERY_TOKENS_MAX


def test_an_endless_word_is_cut():
    assert tokens("a" * 10_000) == ["a" * TOKEN_CHARACTERS_MAX]


@settings(max_examples=300)
@given(st.text(max_size=80))
def test_tokens_do_not_depend_on_case_or_width_and_hold_no_space(text):
    found = tokens(text)

    wide = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)
    assert tokens(wide) == found
    assert all(token and not any(sign.isspace() for sign in token) for token in found)
    assert all(len(token) <= TOKEN_CHARACTERS_MAX for token in found)


@settings(max_examples=200)
@given(st.text("观音桥步行街路灯坏了ab1 ，", max_size=30), st.data())
def test_a_piece_of_chinese_is_found_in_the_text_it_was_cut_from(text, data):
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, len(text)))
    piece = text[begin:end]

    pairs = [token for token in query_tokens(piece) if len(token) == 2 and token >= "一"]

    assert set(pairs) <= set(tokens(text))
