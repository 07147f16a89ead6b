"""What can go wrong in the loop, said for the person who can mend it.

LoopError
├── Stopped      the lane acknowledges nothing any more; reading goes on
├── Busy         more is waiting than the lane can hold; try again in a moment
├── Conflict     a store found a number, matter or key that is already there; nothing was written
├── NotHolder    another writer has taken the lane over
└── Damaged      the ledger is not as it was written
"""


class LoopError(Exception):
    """Something the loop could not do, in one sentence."""


class Stopped(LoopError):
    """The lane has stopped acknowledging; nothing that was acknowledged is lost, and reading goes on."""


class Busy(LoopError):
    """More commands are waiting than the lane may hold."""


class Conflict(LoopError):
    """A number, a matter or an idempotency key is in the ledger already; nothing of the batch was written."""


class NotHolder(LoopError):
    """The lane is written by somebody else; this writer must stop."""


class Damaged(LoopError):
    """A line of the ledger is not what its hash says it is."""
