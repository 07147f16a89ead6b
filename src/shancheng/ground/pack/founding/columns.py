"""Guesses which columns of a boundary file are codes, names and places above, and says why."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shancheng.ground.pack.fault import Fault, PackError, nearest

CODE_WORDS = re.compile(
    r"(^|_)(id|code|geoid|geocode|no|num|number|gid|fid|nr)$|code|areano|代码|编码|编号", re.IGNORECASE
)
NAME_WORDS = re.compile(r"name|label|title|community|neighbo|district|名", re.IGNORECASE)
PARENT_WORDS = re.compile(r"parent|boro|district|county|city|region|province|state|上级|所属|区县", re.IGNORECASE)
CODES_AT_LEAST, NAMES_AT_LEAST = 0.9, 0.5
"""Share of different values from which on a column can hold codes, or names."""
PARENTS_AT_MOST = 0.5
"""A column of places above has at most this many values a row."""


@dataclass(frozen=True)
class Columns:
    """Columns that were named or guessed, and the reasons, one sentence each."""

    code: str
    name: str
    parent: str = ""
    """Empty when nothing stands between the rows and the city."""
    parent_code: str = ""
    """Column that has one value for each value of `parent`; the parent itself when there is none."""
    guess: tuple[str, ...] = ()


def choose_columns(
    columns: Mapping[str, Sequence[Any]], *, code: str | None, name: str | None, parent: str | None, file: str
) -> Columns:
    """What the columns are: as named, guessed for None. Raises PackError for a column that is not there."""
    faults = [
        Fault(
            code="unknown-column", file=file, field=one, message=_no_column(one, columns), nearest=nearest(one, columns)
        )
        for one in (code, name, parent)
        if one and one not in columns
    ]
    if faults:
        raise PackError(faults)
    texts = {column: [text_of(value) for value in values] for column, values in columns.items()}
    found_code = code or _best(texts, _code_score, ())
    found_name = name or _best(texts, _name_score, (found_code,) if name is None else ()) or found_code
    if not found_code:
        message = f"no column tells the places apart; it has {', '.join(columns)}. Say which with --id-col."
        raise PackError([Fault(code="missing-column", file=file, message=message)])
    found_parent = _best(texts, _parent_score, (found_code, found_name)) if parent is None else parent
    parent_code = _twin(texts, found_parent) if found_parent else ""
    guess = _sentences(texts, {"code": (found_code, code), "name": (found_name, name), "above": (found_parent, parent)})
    return Columns(found_code, found_name, found_parent, parent_code or found_parent, guess)


def text_of(value: Any) -> str:
    """A cell as a code is written: whole numbers without a fraction, nothing for what is missing."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _no_column(name: str, columns: Mapping[str, Any]) -> str:
    return f"there is no column named '{name}'; it has {', '.join(columns)}."


def _best(texts: Mapping[str, Sequence[str]], score: Any, taken: Sequence[str]) -> str:
    scores = {column: score(column, values) for column, values in texts.items() if column not in taken}
    best = max(scores, key=lambda column: scores[column], default="")
    return best if best and scores[best] > 0 else ""


def _code_score(column: str, values: Sequence[str]) -> float:
    unlike = len(set(values)) / len(values)
    if "" in values or unlike < CODES_AT_LEAST:
        return 0
    short = all(len(value) <= 15 and " " not in value for value in values)
    numbers = sum(any(letter.isdigit() for letter in value) for value in values) / len(values)
    return (
        2 * unlike + short + numbers - 2 + 2 * bool(CODE_WORDS.search(column)) + 0.1 * (not NAME_WORDS.search(column))
    )


def _name_score(column: str, values: Sequence[str]) -> float:
    words = sum(sum(letter.isalpha() for letter in value) >= 2 for value in values) / len(values)
    unlike = len(set(values)) / len(values)
    if words < 0.5 or unlike < NAMES_AT_LEAST or "" in values:
        return 0
    return words + 2 * unlike + bool(NAME_WORDS.search(column)) - 2 * bool(CODE_WORDS.search(column))


def _parent_score(column: str, values: Sequence[str]) -> float:
    kinds = set(values)
    if "" in kinds or not 1 < len(kinds) <= PARENTS_AT_MOST * len(values) or not PARENT_WORDS.search(column):
        return 0
    words = sum(any(letter.isalpha() for letter in value) for value in kinds) / len(kinds)
    return 1 + words + bool(NAME_WORDS.search(column))


def _twin(texts: Mapping[str, Sequence[str]], parent: str) -> str:
    """A column of short codes with exactly one value for each parent."""
    pairs = {
        column: set(zip(texts[parent], values, strict=True)) for column, values in texts.items() if column != parent
    }
    kinds = len(set(texts[parent]))
    twins = [
        column
        for column, found in pairs.items()
        if len(found) == kinds and len(set(texts[column])) == kinds and "" not in texts[column]
    ]
    return next((column for column in twins if CODE_WORDS.search(column)), "")


def _sentences(texts: Mapping[str, Sequence[str]], chosen: Mapping[str, tuple[str, str | None]]) -> tuple[str, ...]:
    words = {"code": "codes", "name": "names", "above": "the places above"}
    lines = []
    for role, (column, named) in chosen.items():
        if not column:
            lines.append(f"no column was taken for {words[role]}; --parent-col names one.")
            continue
        kinds = list(dict.fromkeys(texts[column]))
        how = "guessed" if named is None else "as told"
        examples = ", ".join(kinds[:3])
        lines.append(
            f"column {column} holds {words[role]} ({how}): {len(kinds)} of {len(texts[column])}, {examples} ..."
        )
    return tuple(lines)
