"""What of a matter can be searched for, as tokens."""

import re

from shancheng.loop.matter import Matter

_RUN = re.compile(r"[一-鿿]+|[0-9a-z]+")


def tokens_of(matter: Matter) -> list[str]:
    """Tokens of what was said when the matter was opened; nothing of a confidential matter."""
    return [] if matter.marks.confidential else tokens(matter.opening.text)


def tokens(text: str) -> list[str]:
    """Lower-case words and numbers; Chinese as overlapping pairs of characters."""
    found: list[str] = []
    for run in _RUN.findall(text.lower()):
        pairs = [run[at : at + 2] for at in range(len(run) - 1)] or [run]
        found.extend(pairs if run[0] >= "一" else [run])
    return found
