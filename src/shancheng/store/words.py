"""What of a matter can be searched for, as tokens."""

from shancheng.loop.matter import Matter
from shancheng.methods.words import tokens


def tokens_of(matter: Matter) -> list[str]:
    """Tokens of what was said when the matter was opened; nothing of a confidential matter."""
    return [] if matter.marks.confidential else tokens(matter.opening.text)
