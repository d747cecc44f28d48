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


class Server:
    """The mongod of a plan: a child of this process, ended by the kernel when this process dies."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> int | None:
        """Start mongod; return None once it answers, or the status it ended with."""
        rotate_log(self.plan.folder)
        self.process = subprocess.Popen(
            self.plan.command(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=partial(_end_with, os.getpid()),  # safe: the guardian has one thread
        )
        deadline = time.monotonic() + ANSWER_S
        while self.process.poll() is None and time.monotonic() < deadline:
            if answers(self.plan.socket):
                return None
            time.sleep(0.01)
        self.stop()
        return self.process.returncode

    @property
    def pid(self) -> int:
        """Mongod's process id, 0 before the first start."""
        return self.process.pid if self.process else 0

    @property
    def dead(self) -> bool:
        """Whether mongod has ended by itself."""
        return self.process is None or self.process.poll() is not None

    def trim_log(self) -> None:
        """Have mongod begin a new log when the old one is too long."""
        if self.process and rotate_log(self.plan.folder):
            self.process.send_signal(signal.SIGUSR1)

    def stop(self) -> None:
        """End mongod and wait for its end."""
        if self.process is None or self.dead:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


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
