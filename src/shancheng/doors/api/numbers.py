"""Numbers of matters: 20 hexadecimal digits that sort by time, so that new ones lie together in every index."""

import itertools
import random
import secrets
import time
from collections.abc import Callable

EPOCH_MS = 1_577_836_800_000
"""2020-01-01, where they begin to count; 40 bits of milliseconds last until 2054 and then begin again."""
TIME_BITS, COUNT_BITS, CHANCE_BITS = 40, 16, 24


def new_ids() -> Callable[[], str]:
    """Gives a number at every call; 65,536 in one millisecond never meet, and other processes differ by chance."""
    counter = itertools.count(secrets.randbits(COUNT_BITS))
    chance = random.Random(secrets.randbits(64))

    def new_id() -> str:
        since = (time.time_ns() // 1_000_000 - EPOCH_MS) & ((1 << TIME_BITS) - 1)
        count = next(counter) & ((1 << COUNT_BITS) - 1)
        bits = (since << COUNT_BITS | count) << CHANCE_BITS | chance.getrandbits(CHANCE_BITS)
        return f"{bits:020x}"

    return new_id
