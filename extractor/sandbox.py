"""Child processes that can't outlive or outgrow their parent.

Run as a script (`python -I -S sandbox.py SECONDS BYTES PROGRAM ARGUMENT...`) it limits itself and becomes the
program; imported, `start` does exactly that. A script of its own, not a `preexec_fn`: Python code between
fork and exec may deadlock in a process that has TensorFlow's threads.
"""

import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
CPU_SECONDS = 3600
MEMORY_BYTES = 4 * 2**30


def start(arguments: list[str], *, stdout: int = subprocess.PIPE) -> "subprocess.Popen[bytes]":
    """Start a program in a session of its own that is killed when the calling thread's process ends.

    It gets no standard input, a plain environment, one hour of processor time, 4 GiB of memory, and may write
    no file; stderr is a pipe. Raises FileNotFoundError when there is no such program.
    """
    if shutil.which(arguments[0]) is None:
        raise FileNotFoundError(f"{arguments[0]} is not installed; on Debian or Ubuntu: sudo apt-get install ffmpeg")
    launcher = [sys.executable, "-I", "-S", str(Path(__file__)), str(CPU_SECONDS), str(MEMORY_BYTES)]
    return subprocess.Popen(
        [*launcher, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
        cwd="/",
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TRAILERS_PARENT": str(os.getpid())},
    )


def stop(process: "subprocess.Popen[bytes]") -> int:
    """Kill the program and whatever it started, if it still runs; return its exit status."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            process.kill()
    return process.wait()


def _become(cpu_seconds: int, memory_bytes: int, arguments: list[str]) -> None:
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(os.environ.pop("TRAILERS_PARENT")):
        sys.exit(1)  # the parent died before the line above
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.execvp(arguments[0], arguments)  # noqa: S606 - that is what this script is for


if __name__ == "__main__":
    _become(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
