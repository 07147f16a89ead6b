"""What an import has done so far, and what it did in the end."""

import msgspec

from shancheng.doors.feeds.refused import Refused
from shancheng.doors.feeds.walk import Plan


class Summary(msgspec.Struct, kw_only=True):
    """Counts of rows; `read` is always `written + repeated + refused`."""

    source: str
    read: int = 0
    written: int = 0
    """Rows of which anything was new."""
    repeated: int = 0
    """Rows that were in the ledger already, as far as they go."""
    refused: int = 0
    moves: int = 0
    """Lines that were added to the ledger."""
    reasons: dict[str, int] = {}
    """Refused rows by the code of their reason."""
    stages: dict[str, int] = {}
    """Written and repeated rows by the stage their status says."""
    broken: str = ""
    """Why the file could not be read to its end."""
    resumed_after: int = 0
    """Rows that an interrupted run had done before this one took it up."""

    def took(self, plan: Plan, moves: int) -> None:
        """Count a row that is in."""
        self.read += 1
        self.moves += moves
        if moves:
            self.written += 1
        else:
            self.repeated += 1
        self.stages[plan.stage] = self.stages.get(plan.stage, 0) + 1

    def turned_away(self, row: Refused, moves: int = 0) -> None:
        """Count a row that is not."""
        self.read += 1
        self.moves += moves
        self.refused += 1
        self.reasons[row.code] = self.reasons.get(row.code, 0) + 1
