"""Why one row cannot go in, before it has a line and an id."""

from shancheng.doors.feeds.refused import Refused, shown


class Unfit(Exception):
    """A cell that keeps its row out; caught by the planner, never seen outside."""

    def __init__(self, code: str, reason: str, *, column: str = "", value: object = "") -> None:
        self.code, self.reason, self.column, self.value = code, reason, column, value
        super().__init__(reason)

    def at(self, line: int, row: str) -> Refused:
        """The same as an entry of the list of refused rows."""
        return Refused(
            line=line, row=shown(row), column=self.column, value=shown(self.value), code=self.code, reason=self.reason
        )
