"""Sandbox: child processes with limits that can't outlive their parent.

Run as a script (`python -I -S sandbox.py CPU ADDRESS_SPACE DATA FILE PROGRAM ARGUMENT...`: seconds and bytes, - for
no limit) it limits itself and becomes the program; `start` runs it so. It is a script, not a `preexec_fn`, because
Python code between fork and exec can deadlock in a process that has TensorFlow's threads.
"""

import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
UNLIMITED = "-"


class ProcessLimits(NamedTuple):
    """The limits of a program: seconds of processor time, bytes of memory, bytes of a file; None means no limit.

    `address_space_bytes` limits reserved memory, `data_bytes` writable memory: V8 and CUDA reserve far more than they
    use.
    """

    cpu_seconds: int | None = 3600
    address_space_bytes: int | None = 4 * 2**30
    data_bytes: int | None = None
    file_bytes: int | None = 0


RESOURCES = (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_DATA, resource.RLIMIT_FSIZE)
DECODER = ProcessLimits()
HARDWARE_DECODER = ProcessLimits(address_space_bytes=None, data_bytes=4 * 2**30)  # CUDA reserves tens of gigabytes


def start(
    arguments: list[str],
    *,
    stdout: int = subprocess.PIPE,
    stdin: int = subprocess.DEVNULL,
    limits: ProcessLimits = DECODER,
    environment: Mapping[str, str] | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a program in a session of its own that is killed when the calling thread's process ends.

    It gets a minimal environment with `environment` added, and `limits`, by default those of a decoder, which can't
    write files. stderr is a pipe. Raises FileNotFoundError when there is no such program.
    """
    if shutil.which(arguments[0]) is None:
        raise FileNotFoundError(f"{arguments[0]} is not installed; on Debian or Ubuntu: sudo apt-get install ffmpeg")
    plain = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    return subprocess.Popen(
        [*launcher(limits), *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
        cwd="/",
        env={**plain, **(environment or {}), "TRAILERS_PARENT": str(os.getpid())},
    )


def launcher(limits: ProcessLimits) -> list[str]:
    """Return the start of a command line: it limits itself and becomes the program that follows it.

    Its environment must hold its parent's process id in TRAILERS_PARENT.
    """
    given = [UNLIMITED if limit is None else str(limit) for limit in limits]
    return [sys.executable, "-I", "-S", str(Path(__file__).absolute()), *given]


def stop(process: "subprocess.Popen[bytes]") -> int:
    """Kill the program, if it is still running, and all it has started; return its exit status."""
    if process.returncode is None:  # not reaped, so the id is still its session's
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def _become(limits: list[str], arguments: list[str]) -> None:
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(os.environ.pop("TRAILERS_PARENT")):
        sys.exit(1)  # the parent died before the line above
    for kind, limit in zip(RESOURCES, limits, strict=True):
        if limit != UNLIMITED:
            resource.setrlimit(kind, (int(limit), int(limit)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.execvp(arguments[0], arguments)  # noqa: S606 - the purpose of this script


if __name__ == "__main__":
    _become(sys.argv[1:5], sys.argv[5:])
