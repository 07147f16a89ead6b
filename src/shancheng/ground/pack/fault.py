"""What is wrong with a pack, said so that its author can mend it."""

from collections.abc import Sequence
from typing import Literal

import msgspec


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One finding: where it is, what it is, and the nearest right name if there is one."""

    code: str
    """Stable kebab-case code of the kind of finding, e.g. `orphan`, `unknown-name`, `overlapping-validity`."""
    file: str
    """Path of the file, from the pack's own folder's name on: `weicheng/duties.csv`."""
    record: str = ""
    """Key of the record, or `line 12` where there is none."""
    field: str = ""
    message: str
    nearest: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.file, self.record, self.field) if part)
        hint = f" Did you mean '{self.nearest}'?" if self.nearest else ""
        return f"{where}: {self.message}{hint} [{self.code}]"


class PackError(Exception):
    """A pack that cannot be used; carries every fault that was found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        more = f"\n... and {len(self.faults) - 20} more." if len(self.faults) > 20 else ""
        super().__init__("\n".join(str(fault) for fault in self.faults[:20]) + more)
