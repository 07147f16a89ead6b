"""Opening an SQLite ledger: which SQLite, which settings, who may write."""

import contextlib
import fcntl
import os
from pathlib import Path

import apsw

from shancheng.loop.errors import Damaged, LoopError, NotHolder, Stopped
from shancheng.store import schema

OLDEST = (3, 51, 3)
"""Before this, SQLite could damage a ledger that two connections checkpoint at once (the WAL-reset bug)."""
CHECKPOINT_PAGES = 8000
"""The write-ahead log is taken into the ledger when it has grown to this many pages (32 MB)."""
WAL_BYTES_MAX = 64 * 2**20
"""What the write-ahead log is cut back to after a checkpoint."""
CACHE_KIB = 128 * 1024
BUSY_MS = 2000


def check_sqlite(version: str = "") -> None:
    """Refuse an SQLite with the WAL-reset bug."""
    found = version or apsw.sqlite_lib_version()
    if tuple(int(part) for part in found.split(".")[:3]) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise Stopped(
            f"SQLite {found} can damage a ledger (its WAL-reset bug); Shancheng needs {oldest} or newer. "
            f"Install it with: pip install 'apsw>={oldest}'"
        )


def writer(
    path: Path, *, vfs: str | None = None, any_version: bool = False, checkpoint_pages: int = CHECKPOINT_PAGES
) -> apsw.Connection:
    """A connection that may write; it is the only one that checkpoints. Makes the ledger when it is not there."""
    check_sqlite()
    connection: apsw.Connection | None = None
    try:
        connection = apsw.Connection(str(path), vfs=vfs)
        connection.set_busy_timeout(BUSY_MS)
        # EXTRA is FULL, and syncs the folder too when the journal of a ledger's first moment is removed.
        connection.execute("PRAGMA synchronous = extra")
        connection.execute("PRAGMA journal_mode = wal").fetchall()
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES_MAX}").fetchall()
        connection.execute("PRAGMA cell_size_check = on")
        connection.wal_autocheckpoint(checkpoint_pages)
        _make_tables(connection, path, any_version)
    except (apsw.Error, LoopError) as error:
        if connection is not None:
            shut(connection)
        raise error if isinstance(error, LoopError) else sentence(error, path, "opened") from error
    return connection


def reader(path: Path, *, vfs: str | None = None, any_version: bool = False) -> apsw.Connection:
    """A connection that only reads and never checkpoints."""
    check_sqlite()
    if vfs is None and not path.exists():
        raise Stopped(f"There is no ledger at {path}; name the right file, or make one with `shancheng up`.")
    connection: apsw.Connection | None = None
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY, vfs=vfs)
        connection.set_busy_timeout(BUSY_MS)
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB // 4}")
        if not any_version:
            schema.check_version(version_of(connection), str(path))
    except (apsw.Error, LoopError) as error:
        if connection is not None:
            shut(connection)
        raise error if isinstance(error, LoopError) else sentence(error, path, "read") from error
    return connection


def shut(connection: apsw.Connection) -> None:
    """Close. It tries a last checkpoint; where the disk fails at that, the log is read again on opening."""
    with contextlib.suppress(apsw.Error):
        connection.close(True)


def version_of(connection: apsw.Connection) -> int:
    """Version of the tables; 0 where there are none."""
    if not connection.table_exists(None, "meta"):
        return 0
    found = connection.execute("SELECT value FROM meta WHERE key = 'version'").get
    return int(found) if found is not None else 0


def _make_tables(connection: apsw.Connection, path: Path, any_version: bool) -> None:
    version = version_of(connection)
    if version > schema.VERSION or (version and not any_version):
        schema.check_version(version, str(path))
    if version:
        return
    with connection:
        connection.execute(schema.SQLITE)
        connection.execute(schema.SQLITE_DERIVED)
        connection.execute("INSERT INTO meta VALUES ('version', ?)", (str(schema.VERSION),))


def sentence(error: apsw.Error, path: Path | str, doing: str) -> Stopped | Damaged:
    """What happened to the disk, and what to do next."""
    if isinstance(error, apsw.FullError):
        return Stopped(
            f"The disk is full: the ledger {path} could not be {doing}, and nothing more is acknowledged. "
            "Reading goes on. Free some space and start again."
        )
    if isinstance(error, apsw.CorruptError | apsw.NotADBError):
        return Damaged(
            f"The ledger {path} could not be {doing}: the file is damaged ({error}). "
            "Stop here, keep the file, run `shancheng ledger verify`, and restore the last backup."
        )
    if isinstance(error, apsw.CantOpenError):
        return Stopped(f"The ledger {path} could not be opened: check that its folder exists and may be written to.")
    return Stopped(
        f"The ledger {path} could not be {doing}: the disk or file system reported a fault ({error}). Nothing more is "
        "acknowledged; reading goes on. Check the disk before you start again."
    )


class Hold:
    """The right to write one ledger, held as a lock of the operating system on `<ledger>.lock`."""

    def __init__(self, path: Path, lane: str) -> None:
        self.path = path.with_name(path.name + ".lock")
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            why = f"The ledger {path} could not be opened ({error.strerror}): "
            raise Stopped(why + "check that its folder exists and may be written to.") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._file, 200, 0).decode(errors="replace").strip() or "somebody"
            os.close(self._file)
            raise NotHolder(
                f"The ledger {path} is already written by {holder}. Stop that first, or use another ledger; "
                "reading is possible meanwhile."
            ) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"process {os.getpid()} (lane {lane})\n".encode(), 0)

    def release(self) -> None:
        """Give the right up; the file stays, it is the lock that counts."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
