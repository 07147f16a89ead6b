"""What a text can be found by: words and numbers, and pairs of characters where a script has no spaces."""

import re
import unicodedata
from itertools import pairwise

TOKEN_CHARACTERS_MAX = 64
"""A longer word is cut; nothing that people search for is longer."""
QUERY_TOKENS_MAX = 16

_UNSPACED = "぀-ヿ㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff々〇"
"""Han and kana, as the inside of a character class."""
_RUN = re.compile(f"([{_UNSPACED}]+)|[^\\W_{_UNSPACED}]+")


def tokens(text: str) -> list[str]:
    """Tokens of a text in order, repeats kept: `观音桥3号A` gives 观音, 音桥, 3, 号, a.

    Full-width and half-width forms are one (Unicode NFKC), and so are upper and lower case. Runs of Han characters and
    kana become overlapping pairs, which is what Chinese can be searched by without a dictionary; a single character
    between other signs stays single. Words of other scripts and numbers stay whole, cut at 64 characters.
    """
    found: list[str] = []
    for match in _RUN.finditer(unicodedata.normalize("NFKC", text).casefold()):
        run = match[0]
        if match[1] is None:
            found.append(run[:TOKEN_CHARACTERS_MAX])
        elif len(run) == 1:
            found.append(run)
        else:
            found.extend(map("".join, pairwise(run)))
    return found


def query_tokens(text: str) -> list[str]:
    """Tokens that a text must all hold to be found by these words: no repeats, the first 16."""
    return list(dict.fromkeys(tokens(text)))[:QUERY_TOKENS_MAX]
