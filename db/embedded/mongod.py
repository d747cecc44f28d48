"""The mongod process: its command line, start, log file and end (standard library only)."""

import ctypes
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

# Files in the database's folder:
LOG = "mongod.log"
USERS_LOCK = "users.lock"  # held shared by every user, exclusively by a guardian that is stopping
START_LOCK = "start.lock"  # held by the user that starts a guardian
GUARDIAN_LOCK = "guardian.lock"  # held by the guardian as long as it lives
STATE = "server.json"  # the guardian's description of the running server
KEEP = "keep"  # until its modification time the server stays up without users

MAX_LOG_BYTES = 10_000_000
ANSWER_S = 120.0  # recovery after a crash takes a second or two
STOP_S = 60.0  # then SIGKILL: safe thanks to the journal, only the next start is slower
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)
HELLO = bytes.fromhex(  # OP_MSG {hello: 1, $db: "admin"}, here without PyMongo
    "34000000 01000000 00000000 dd070000 00000000 00"
    "1f000000 10 68656c6c6f00 01000000 02 24646200 06000000 61646d696e00 00"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: mongod on `folder`, listening at `socket` and, unless `port` is 0, on 127.0.0.1:port."""

    folder: Path
    mongod: str
    socket: str
    port: int

    def command(self) -> list[str]:
        """Return mongod's command line."""
        addresses = f"{self.socket},127.0.0.1" if self.port else self.socket
        return [
            self.mongod,
            *("--dbpath", str(self.folder / "data")),
            *("--logpath", str(self.folder / LOG), "--logappend", "--logRotate", "reopen", "--quiet"),
            *("--bind_ip", addresses, "--port", str(self.port or 27999), "--nounixsocket"),
            *("--wiredTigerCacheSizeGB", "0.25"),
            *("--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=16MB)"),  # 17 MB, not 300
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        ]


def start(plan: Plan) -> subprocess.Popen[bytes]:
    """Return mongod, a child that ends with this process, once it answers or has ended without an answer."""
    rotate_log(plan.folder)
    process = subprocess.Popen(
        plan.command(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=partial(_end_with, os.getpid()),  # safe: the guardian has one thread
    )
    deadline = time.monotonic() + ANSWER_S
    while process.poll() is None and time.monotonic() < deadline:
        if answers(plan.socket):
            return process
        time.sleep(0.01)
    stop(process)
    return process


def stop(process: subprocess.Popen[bytes]) -> None:
    """End mongod and wait for its end."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_with(parent: int) -> None:
    """Run in the child before exec: ask the kernel for SIGTERM when the parent dies."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def answers(path: str) -> bool:
    """Return whether a mongod replies to `hello` at the Unix socket `path`.

    Connecting alone proves nothing: the kernel still accepts for a process that is dying.
    """
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(path)
            probe.sendall(HELLO)
            return probe.recv(16) != b""
        except OSError:
            return False


def rotate_log(folder: Path) -> bool:
    """Rename mongod.log to mongod.log.1 when it is over 10 MB; return whether it was."""
    log = folder / LOG
    if not log.exists() or log.stat().st_size <= MAX_LOG_BYTES:
        return False
    log.replace(folder / "mongod.log.1")
    return True
