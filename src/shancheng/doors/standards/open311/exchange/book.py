"""The book on another server: which of its requests is which matter here, and how far both have been told."""

from pathlib import Path

import msgspec

from shancheng.doors.standards.open311.errors import Unusable


class Link(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One request there that is one matter here."""

    matter: str
    sent: int = 0
    """Number of the matter's last move that was looked at for the other server."""
    status: str = ""
    """Status there when it was last read, where the other server gives no updates."""


class Book(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What has been exchanged with one server.

    Without it what was pulled is known again by its number, and what was sent by its own; only requests that were
    opened there for matters of ours would come back as new ones.
    """

    requests_until: int = 0
    """Instant up to which its requests have been read."""
    updates_until: int = 0
    """Instant up to which its updates have been read."""
    links: dict[str, Link] = {}
    """By its service_request_id."""
    waiting: dict[str, str] = {}
    """Tokens it gave for matters of ours that have no number there yet, by matter."""

    @classmethod
    def read(cls, path: Path) -> "Book":
        """The book of a file; a new one where there is none."""
        if not path.exists():
            return cls()
        try:
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except msgspec.DecodeError as error:
            raise Unusable(f"{path} cannot be read ({error}); put it back from a backup.") from None

    def write(self, path: Path) -> None:
        """Keep it; whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".new")
        beside.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n")
        beside.replace(path)

    @property
    def matters(self) -> frozenset[str]:
        """Matters here that are linked to a request there."""
        return frozenset(link.matter for link in self.links.values())
