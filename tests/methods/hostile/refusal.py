"""How a method has to refuse what it cannot work with: by an error of its own room, in a sentence."""

import warnings
from collections.abc import Callable
from typing import Any

import pytest

NAN, INF = float("nan"), float("inf")
Rows = dict[str, Callable[[], Any]]


def refused(act: Callable[[], Any], error: type[Exception]) -> None:
    """Passes where the act ends in this error with a sentence; numpy's own words, or a number, fail."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(error) as refusal:
            act()
    said = str(refusal.value)
    assert said.endswith(".") and len(said.split()) >= 5, f"no sentence: {said!r}"
