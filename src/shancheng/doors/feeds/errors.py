"""What can go wrong while a file is brought in, said for the person who has the file.

FeedError
├── MapError      the map does not fit itself, the file or the city; carries every fault
└── Unreadable    the file cannot be read at all
"""

from collections.abc import Sequence

from shancheng.ground.pack import Fault


class FeedError(Exception):
    """Something that keeps a file from being brought in, in sentences."""


class MapError(FeedError):
    """A map that cannot be used; carries every fault that was found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class Unreadable(FeedError):
    """A file that is not what its name or its map says."""
