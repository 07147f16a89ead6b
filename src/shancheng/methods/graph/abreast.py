"""Independent pieces of work side by side on threads; what comes out does not depend on how many there are."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")


def abreast(work: Callable[[T], U], pieces: Iterable[T], threads: int) -> list[U]:
    """What `work` gives for each piece, in order; 0 threads means as many as there are processors.

    Worth it only for work that lets go of the interpreter, as the compiled loops do.
    """
    given = list(pieces)
    many = min(threads or os.cpu_count() or 1, len(given))
    if many <= 1:
        return [work(piece) for piece in given]
    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(work, given))
