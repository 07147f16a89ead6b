"""The line by which a matter is known in a list: its first sentence that says something, with category and place."""

import re

from shancheng.methods.text.errors import NotUsable

CHARACTERS_MAX = 40
_END = re.compile(r"[。！？!?；;\n]+|\.\s+")
_GREETING = re.compile(
    r"^\s*(?:(?:尊敬|敬爱|亲爱)的[^，,：:！!。\s]{0,12}|各位领导|(?:领导|书记|市长|区长|局长|县长|你们?|您们?|大家)+(?:们|好)+"
    r"|dear\s+[^,:]{0,40}|hello|hi|good (?:morning|afternoon|evening)|to whom it may concern)"
    r"\s*(?:，|,|：|:|！|!|。|\.|\s|$)+",
    re.IGNORECASE,
)
_EDGES = " \t\r\n　，,：:。.！!；;、"


def lead(text: str, most: int = CHARACTERS_MAX) -> str:
    """The first sentence of a text after its greeting, cut to so many characters at a comma where there is one.

    A sentence of fewer than five characters is passed over. Empty where the text says nothing. The first sentence is
    nearer to the titles people give than a sentence picked by its rank among the others. NotUsable below 10
    characters.
    """
    if most < 10:
        raise NotUsable(f"A line has room for at least 10 characters, not {most}.")
    rest = text
    while (cut := _GREETING.sub("", rest, count=1)) != rest:
        rest = cut
    sentences = [sentence.strip(_EDGES) for sentence in _END.split(rest)]
    said = [sentence for sentence in sentences if len(sentence) >= 5] or [
        sentence for sentence in sentences if sentence
    ]
    return _cut(" ".join(said[0].split()), most) if said else " ".join(text.split())[:most]


def summary_line(text: str, *, category: str, place: str, most: int = CHARACTERS_MAX) -> str:
    """Category, place and lead of a matter, `Street light · Lower Town: The light at the corner is out`."""
    head = " · ".join(part for part in (category, place) if part)
    said = lead(text, most)
    return f"{head}: {said}" if head and said else head or said


def _cut(sentence: str, most: int) -> str:
    if len(sentence) <= most:
        return sentence
    short = sentence[: most - 1]
    pause = max(short.rfind(mark) for mark in "，,、 ")
    return (short[:pause] if pause >= most // 2 else short).rstrip(_EDGES) + "…"
