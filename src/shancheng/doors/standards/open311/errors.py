"""What can go wrong with another Open311 server, said for the person who can mend it.

Open311Error
├── Unreadable    an answer that is not what the standard says
├── Unreachable   nobody answers there
├── Declined      the other server said no: status and its own words
└── Unusable      a map, an address or a file of ours that cannot be used
"""


class Open311Error(Exception):
    """Something that stopped an exchange, in one sentence."""


class Unreadable(Open311Error):
    """An answer that cannot be read."""


class Unreachable(Open311Error):
    """Nobody answers at an address."""


class Declined(Open311Error):
    """The other server said no."""

    def __init__(self, status: int, words: str, what: str) -> None:
        self.status = status
        super().__init__(f"{what} was answered with {status}: {words or 'no reason given'}.")


class Unusable(Open311Error):
    """A map, an address or a file that an exchange cannot be made with."""
