"""The guardian: a tiny process that starts mongod, revives it, and stops it after its last user.

`python -m db.embedded.guardian FOLDER MONGOD SOCKET PORT` is started by db.embedded.share. It uses the standard library
alone and one thread. On stdout it reports the start in one JSON line: {"ok": true}, {"busy": true} (another guardian
is at work), {"in_use": true} (a foreign mongod uses the data) or {"status": N} (mongod ended with N).

A user is a process that holds users.lock shared, or any client connected to the socket or the port.
"""

import contextlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from subprocess import Popen

from db.embedded.locks import FileLock, is_free, try_lock
from db.embedded.mongod import GUARDIAN_LOCK, KEEP, STATE, USERS_LOCK, Plan, rotate_log, start, stop

POLL_S = 0.1
MAX_DEATHS_A_MINUTE = 3
GIVE_WAY_S = 10.0  # for a mongod that is shutting down
CONNECTED = b"03"  # in /proc/net/unix
ESTABLISHED = "01"  # in /proc/net/tcp


def main() -> None:
    """Detach from the calling process, and guard."""
    if os.fork():
        os._exit(0)  # so that the guardian never becomes a zombie of its user
    folder, mongod, path, port = sys.argv[1:]
    os.umask(0o077)
    guard(Plan(Path(folder), mongod, path, int(port)))


def guard(plan: Plan) -> None:
    """Start mongod, report, and stay until its last user has left."""
    guardian_lock = try_lock(plan.folder / GUARDIAN_LOCK, wait_s=1)
    if guardian_lock is None:
        return report(busy=True)
    (plan.folder / STATE).unlink(missing_ok=True)
    if not is_free(plan.folder / "data" / "mongod.lock", wait_s=GIVE_WAY_S):
        return report(in_use=True)
    process = serve(plan)
    if process.returncode is not None:
        return report(status=process.returncode)
    report(ok=True)
    no_users = watch(plan, process)
    guardian_lock.close()  # before users.lock: whoever gets that one finds no guardian
    if no_users:
        no_users.close()
    return None


def watch(plan: Plan, process: Popen[bytes]) -> FileLock | None:
    """Keep mongod up while it has users, then stop it; return users.lock, held, or None on giving up."""
    deaths: list[float] = []
    while True:
        time.sleep(POLL_S)
        lock = try_lock(plan.folder / USERS_LOCK)
        if lock and not is_wanted(plan):
            stop(process)
            return lock
        if lock:
            lock.close()
        if rotate_log(plan.folder):
            process.send_signal(signal.SIGUSR1)  # begin the new log
        if process.poll() is not None:
            deaths = [*(t for t in deaths if t > time.monotonic() - 60), time.monotonic()]
            if len(deaths) > MAX_DEATHS_A_MINUTE:
                return None
            process = serve(plan)


def is_wanted(plan: Plan) -> bool:
    """Return whether mongod should stay up although no process holds users.lock."""
    keep = plan.folder / KEEP
    kept = keep.exists() and time.time() < keep.stat().st_mtime
    return kept or socket_in_use(plan.socket) or (plan.port > 0 and port_in_use(plan.port))


def socket_in_use(path: str) -> bool:
    """Return whether any client is connected to the Unix socket bound at `path`."""
    wanted = os.fsencode(path)
    sockets = (line.split(None, 7) for line in Path("/proc/net/unix").read_bytes().splitlines()[1:])
    return any(len(fields) == 8 and fields[5] == CONNECTED and fields[7] == wanted for fields in sockets)


def port_in_use(port: int) -> bool:
    """Return whether any client is connected to 127.0.0.1:port."""
    local = f"0100007F:{port:04X}"
    rows = (line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:])
    return any(row[1] == local and row[3] == ESTABLISHED for row in rows)


def serve(plan: Plan) -> Popen[bytes]:
    """Start mongod and, if it answers, describe it in server.json.

    While guardian.lock is held and server.json exists, its content is true.
    """
    state_file, draft = plan.folder / STATE, plan.folder / f"{STATE}.new"
    state_file.unlink(missing_ok=True)
    process = start(plan)
    if process.returncode is None:
        state = {"guardian": os.getpid(), "server": process.pid, "socket": plan.socket, "port": plan.port}
        draft.write_text(json.dumps(state))
        draft.replace(state_file)
    return process


def report(**outcome: object) -> None:
    """Report to the process that waits for the start, which may be gone by now, and close the pipe to it."""
    with contextlib.suppress(BrokenPipeError):
        os.write(1, json.dumps(outcome).encode() + b"\n")
    silence = os.open(os.devnull, os.O_RDWR)
    os.dup2(silence, 1)
    os.close(silence)


if __name__ == "__main__":
    main()
