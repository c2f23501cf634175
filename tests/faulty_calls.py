"""Work whose system calls fail when a test wants it, whichever library makes them.

The work runs in a process of its own, whose system calls the kernel hands to a supervisor before it
obeys them (user notification of seccomp, a feature of Linux). So every writer is reached, those
of HDF5, PyTorch and Arrow as well, and neither root nor a compiler is needed.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import multiprocessing
import os
import platform
import select
import socket
import struct
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

# Calls that change a file, by number: which argument is the file, None for two names.
CALLS = {
    "x86_64": {
        **{1: 0, 18: 0, 20: 0, 296: 0},  # write, pwrite64, writev, pwritev
        **{40: 0, 326: 2, 77: 0, 285: 0},  # sendfile, copy_file_range, ftruncate, fallocate
        **{74: 0, 75: 0},  # fsync, fdatasync
        **{82: None, 264: None, 316: None},  # rename, renameat, renameat2
    },
    "aarch64": {
        **{64: 0, 68: 0, 66: 0, 70: 0},
        **{71: 0, 285: 2, 46: 0, 47: 0},
        **{82: 0, 83: 0},
        **{38: None, 276: None},
    },
}.get(platform.machine() if sys.platform == "linux" else "", {})
_NO_NEW_PRIVILEGES = 38
_SECCOMP = {"x86_64": 317, "aarch64": 277}.get(platform.machine(), -1)
_FILTER, _NEW_LISTENER = 1, 8
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _NOTIFY = 0x7FFF0000, 0x7FC00000
_RECEIVE, _ANSWER, _CONTINUE = 0xC0502100, 0xC0182101, 1


class Fault(NamedTuple):
    """Which call fails, counted from 1 (0: none), with what error; whether later ones do, too."""

    at: int
    number: int = errno.EIO
    lasts: bool = False


class Outcome(NamedTuple):
    calls: int
    error: str


def _listen_to_calls() -> int:
    """Let the calls of this process wait for an answer; return the file that they are read from."""
    tests = [struct.pack("HBBI", _JUMP_IF_EQUAL, len(CALLS) - i, 0, n) for i, n in enumerate(CALLS)]
    code = b"".join(
        [
            struct.pack("HBBI", _LOAD, 0, 0, 0),  # the call's number
            *tests,
            struct.pack("HBBI", _RETURN, 0, 0, _ALLOW),
            struct.pack("HBBI", _RETURN, 0, 0, _NOTIFY),
        ]
    )
    held = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(held))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    listener = int(libc.syscall(_SECCOMP, _FILTER, _NEW_LISTENER, program))
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return listener


def _answer_calls(listener: int, folder: Path, fault: Fault) -> int:
    """Answer until the process has ended; return how many calls were about files of the folder."""
    count = 0
    waiting = select.poll()
    waiting.register(listener, select.POLLIN)
    while not waiting.poll()[0][1] & select.POLLHUP:
        question = bytearray(80)
        fcntl.ioctl(listener, _RECEIVE, question)
        key, thread, _, call, _, _, *arguments = struct.unpack("QIIiIQ6Q", question)
        counts = CALLS[call] is None or _lies_in(folder, thread, arguments[CALLS[call]])
        count += counts
        fails = counts and 0 < fault.at <= count and (count == fault.at or fault.lasts)
        reply = (-fault.number, 0) if fails else (0, _CONTINUE)
        fcntl.ioctl(listener, _ANSWER, struct.pack("QqiI", key, 0, *reply))
    return count


def _lies_in(folder: Path, thread: int, descriptor: int) -> bool:
    return Path(f"/proc/{thread}/fd/{descriptor}").readlink().is_relative_to(folder)


class Supervised:
    """Work done again and again, each time in a new process of which a call fails.

    The processes are forked from one that has done the work before, so that they import nothing.
    """

    def __init__(self, work: Callable[[Path], None], warm: Path) -> None:
        context = multiprocessing.get_context("forkserver")  # a process without threads
        context.set_forkserver_preload([work.__module__])
        self._connection, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(work, warm, there))
        self._process.start()
        there.close()

    def __enter__(self) -> Supervised:
        self._connection.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.send(None)
        self._process.join()

    def __call__(self, folder: Path, fault: Fault) -> Outcome:
        self._connection.send((folder, fault))
        return self._connection.recv()


def _serve(work: Callable[[Path], None], warm: Path, connection: Connection) -> None:
    os.environ["CUDA_VISIBLE_DEVICES"] = ""  # which a forked process could not use
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors of command lines as they are
    work(warm)
    connection.send("ready")
    while asked := connection.recv():
        connection.send(_supervise(work, *asked))


def _supervise(work: Callable[[Path], None], folder: Path, fault: Fault) -> Outcome:
    here, there = socket.socketpair()
    child = os.fork()
    if not child:
        error = ""
        socket.send_fds(there, [b"0"], [_listen_to_calls()])
        try:
            work(folder)
        except BaseException as raised:
            error = f"{type(raised).__name__}: {raised}"
        there.sendall(error.encode())
        os._exit(0)
    there.close()
    _, (listener, *_), _, _ = socket.recv_fds(here, 1, 1)
    calls = _answer_calls(listener, folder, fault)
    os.close(listener)
    error = here.makefile(encoding="utf-8").read()
    here.close()
    if status := os.waitpid(child, 0)[1]:
        error = f"killed by signal {os.WTERMSIG(status)}"
    return Outcome(calls, error)
