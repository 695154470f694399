"""Rows on disk, in SQLite: a cache of the state topic that spares a worker the long read when it comes back.

The topic is the truth. A store knows up to which offset it holds the topic; what was written after its last `commit`
is gone after a kill -9, with the offset, and is read from the topic again. One that is of another format, is in use by
another process or cannot be read is not used: a temporary one takes its place, filled from the topic.

SQLite, because it is in Python's standard library and fast enough (see `benchmarks/dedupe.py`): rows are only ever
appended under a number that grows, so its B-tree is written at one end.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

FORMAT = 1  # of rows and fingerprints: raise it with any change of how they are made or written


class StoreError(Exception):
    """The disk fails, or is full: the worker stops, nothing is lost, for the topic is the truth."""


class Store:
    """Rows by number.

    Args:
        path: the file; none: a temporary one, gone with the process.

    Attributes:
        offset: of the first record of the state topic that is not in it.
        written_at: when it was last committed (ms since 1970), 0 for never.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._lock: int | None = None
        self.offset = self.written_at = 0
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                path = self._locked(path)
            self._open(path)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{path}: {error}") from error

    def _locked(self, path: Path) -> Path | None:
        lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # a worker that lost the partition, and does not know it yet
            os.close(lock)
            return None
        self._lock = lock
        return path

    def _open(self, path: Path | None) -> None:
        try:
            self._connect(path)
        except sqlite3.DatabaseError as error:
            if path is None or isinstance(error, sqlite3.OperationalError):
                raise
            _remove(path)  # no database, or a broken one
            self._connect(path)

    def _connect(self, path: Path | None) -> None:
        # Batches with long texts run in a thread, one at a time.
        self._rows = sqlite3.connect(path or "", isolation_level=None, check_same_thread=False)
        self._rows.execute("PRAGMA journal_mode=WAL" if path else "PRAGMA journal_mode=OFF")
        self._rows.execute("PRAGMA synchronous=NORMAL" if path else "PRAGMA synchronous=OFF")
        if self._rows.execute("PRAGMA user_version").fetchone()[0] not in (0, FORMAT):
            self._rows.execute("DROP TABLE rows")
            self._rows.execute("DROP TABLE position")
        self._rows.execute("BEGIN")
        self._rows.execute("CREATE TABLE IF NOT EXISTS rows (number INTEGER PRIMARY KEY, value BLOB NOT NULL)")
        self._rows.execute("CREATE TABLE IF NOT EXISTS position (offset INTEGER, written_at INTEGER)")
        self._rows.execute(f"PRAGMA user_version={FORMAT}")
        found = self._rows.execute("SELECT offset, written_at FROM position").fetchone()
        self.offset, self.written_at = found or (0, 0)

    def get(self, number: int) -> bytes:
        """Read a row that was put."""
        try:
            return self._rows.execute("SELECT value FROM rows WHERE number = ?", (number,)).fetchone()[0]  # type: ignore[no-any-return]
        except sqlite3.Error as error:
            raise StoreError(str(error)) from error

    def put(self, number: int, value: bytes) -> None:
        """Write a row."""
        self._do("INSERT INTO rows VALUES (?, ?)", number, value)

    def delete(self, number: int) -> None:
        """Delete a row."""
        self._do("DELETE FROM rows WHERE number = ?", number)

    def rows(self) -> Iterator[tuple[int, bytes]]:
        """Yield all rows, in the order in which they were put."""
        try:
            yield from self._rows.execute("SELECT number, value FROM rows ORDER BY number")
        except sqlite3.Error as error:
            raise StoreError(str(error)) from error

    def clear(self) -> None:
        """Forget everything."""
        self._do("DELETE FROM rows")
        self.commit(0, 0)

    def commit(self, offset: int, written_at: int) -> None:
        """Keep what was written up to here, and that it is the topic up to an offset."""
        self._do("DELETE FROM position")
        self._do("INSERT INTO position VALUES (?, ?)", offset, written_at)
        self._do("COMMIT")
        self._do("BEGIN")
        self.offset, self.written_at = offset, written_at

    def close(self) -> None:
        """Let go of the file; what was not committed is dropped."""
        with suppress(sqlite3.Error):
            self._rows.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _do(self, statement: str, *values: object) -> None:
        try:
            self._rows.execute(statement, values)
        except sqlite3.Error as error:
            raise StoreError(str(error)) from error


def _remove(path: Path) -> None:
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
