"""Files that appear whole or not at all."""

import errno
import fcntl
import glob
import logging
import os
import platform
import re
import secrets
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

logger = logging.getLogger(__name__)

_FULL = {errno.ENOSPC, errno.EDQUOT}
_NUMBER = re.compile(r"errno = (\d+)")  # how messages of HDF5 name it


class DiskFull(OSError):
    """There is no room for a file."""


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a temporary name to write to; sync and rename it to `path` when the block succeeds.

    A reader, or a run that starts again after a crash, therefore never sees half a file. The
    temporary name lies in the same folder (a rename is atomic only within a file system) and
    keeps the suffix (writers choose their format by it). Missing folders are made. What a killed
    run left under such a name is removed when the file is written the next time.

    Args:
        path: Where the finished file shall be; an older file there is replaced.

    Yields:
        The path to write to.

    Raises:
        ValueError: If no file can be written there, or the block ended without having written it.
        DiskFull: If there was no room for it; an older file there remains.
    """
    path = Path(path)
    check_place(path)
    with explain_full_disk(path):
        remove_leftovers(path)
        temporary = temporary_beside(path)
        try:
            yield temporary
            if not temporary.is_file():
                raise ValueError(f"{path}: nothing was written to the path that atomic_path gave")
            sync(temporary)
            temporary.replace(path)
            sync(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def check_place(path: str | Path) -> None:
    """Refuse a place where no file can be written; missing folders are made.

    What works for long before it writes asks first.

    Args:
        path: Where a file shall be.

    Raises:
        ValueError: If there is a folder, or none can be made or written to above it.
        DiskFull: If there was no room for a folder.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path}: is a folder; name a file to write")
    make_folder(path.parent)


def make_folder(folder: str | Path) -> None:
    """Make a folder that files are to be written to, with those above it, if it is not there.

    Args:
        folder: Its path.

    Raises:
        ValueError: If it cannot be made or written to.
        DiskFull: If there was no room for it.
    """
    folder = Path(folder)
    reason = "permission denied"
    try:
        with explain_full_disk(folder):
            folder.mkdir(parents=True, exist_ok=True)
        is_ready = os.access(folder, os.W_OK | os.X_OK)
    except DiskFull:
        raise
    except OSError as error:
        is_ready, reason = False, (error.strerror or str(error)).lower()
    if not is_ready:
        above = next((path for path in (folder, *folder.parents) if path.is_file()), None)
        reason = f"{above} is a file" if above else reason
        raise ValueError(f"{folder}: nothing can be written there ({reason}); name another place")


@contextmanager
def explain_full_disk(path: Path) -> Iterator[None]:
    """Within the block, say plainly that a disk is full, however a library puts it.

    Args:
        path: The file or folder that is written to.

    Raises:
        DiskFull: If there was no room.
    """
    try:
        yield
    except Exception as error:  # libraries raise errors of any type for a failed write
        _raise_if_full(error, path)
        raise


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Within the block, other processes that ask for the same folder wait.

    A process that dies, however it does, lets go. Nothing is written. Where a file system cannot
    lock folders, nobody waits.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        logger.warning("%s: another process works here; waiting until it has ended", folder)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        logger.debug("%s: not locked (%s)", folder, error)
    try:
        yield
    finally:
        os.close(descriptor)


def write_text(path: str | Path, text: str) -> None:
    """Write a text file (UTF-8, Unix line ends) whole."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def temporary_beside(path: Path) -> Path:
    """Return a new hidden name in the same folder, with the same suffix; nothing is made.

    The name tells machine and process, so that what a killed one left is known as such.
    """
    owner = f"{_machine()}-{os.getpid()}-{secrets.token_hex(4)}"
    return path.with_name(f".{path.stem}.{owner}.tmp{path.suffix}")


def remove_leftovers(path: Path) -> None:
    """Remove what killed runs of this machine left under temporary names of a path.

    What a living process writes, and what another machine wrote, stays.
    """
    start, end = f".{path.stem}.", f".tmp{path.suffix}"
    owner = re.compile(f"{_machine()}-([0-9]+)-[0-9a-f]{{8}}")
    for found in path.parent.glob(f"{glob.escape(start)}*{glob.escape(end)}"):
        match = owner.fullmatch(found.name[len(start) : -len(end)])
        if match and not _is_alive(int(match[1])):
            with suppress(OSError):  # another process may remove it at the same time
                found.unlink()


def _machine() -> str:
    return f"{zlib.crc32(platform.node().encode()):08x}"


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # the process belongs to another user
        pass
    return True


def sync(path: Path) -> None:
    """Wait until the file's or folder's content is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _raise_if_full(error: Exception, path: Path) -> None:
    """Say plainly that there is no room, however a library has put it.

    Raises:
        DiskFull: the error, or one that it came from, is about that.
    """
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, DiskFull):
        numbers = {int(number) for number in _NUMBER.findall(str(cause))}
        if isinstance(cause, OSError) and cause.errno is not None:
            numbers.add(cause.errno)
        if numbers & _FULL:
            raise DiskFull(
                errno.ENOSPC,
                "no room on the disk, and no half file is left; free some or raise the quota, then "
                "give the same command again",
                str(path),
            ) from error
        cause = cause.__cause__ or cause.__context__
