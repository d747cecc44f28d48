"""Connections to a server of this machine, as the kernel lists them in /proc/net."""

import os
from pathlib import Path

CONNECTED = b"03"
ESTABLISHED = "01"


def socket_in_use(path: str) -> bool:
    """Return whether any client is connected to the Unix socket bound at `path`."""
    wanted = os.fsencode(path)
    for line in Path("/proc/net/unix").read_bytes().splitlines()[1:]:
        fields = line.split(None, 7)
        if len(fields) == 8 and fields[5] == CONNECTED and fields[7] == wanted:
            return True
    return False


def port_in_use(port: int) -> bool:
    """Return whether any client is connected to 127.0.0.1:port."""
    local = f"0100007F:{port:04X}"
    rows = (line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:])
    return any(row[1] == local and row[3] == ESTABLISHED for row in rows)
