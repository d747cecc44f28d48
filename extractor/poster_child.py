"""The child that unpacks a stranger's poster: its file on stdin, on stdout a line of JSON and the small picture.

`python -m extractor.poster_child`; the line is {"width", "height"} of the poster, or {"error": WHY}.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from extractor.errors import BadPoster
from extractor.posters import Picture, shrink
from extractor.video import sandbox

MODULE = "extractor.poster_child"
ROOT = Path(__file__).resolve().parents[1]
LIMITS = sandbox.ProcessLimits(cpu_seconds=60, address_space_bytes=2 * 2**30)
TIMEOUT_S = 120
ENVIRONMENT = {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}


def shrink_apart(data: bytes) -> Picture:
    """Return what `shrink` does of a poster's file, unpacked in a process with limits of its own; raises BadPoster."""
    process = sandbox.start(
        [sys.executable, "-P", "-m", MODULE], stdin=subprocess.PIPE, limits=LIMITS, environment=ENVIRONMENT
    )
    with process:
        try:
            out, _ = process.communicate(data, timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired as exc:
            raise BadPoster(f"the poster could not be unpacked within {TIMEOUT_S} s; save it as a JPEG") from exc
        finally:
            sandbox.stop(process)
    line, _, picture = out.partition(b"\n")
    if process.returncode or not line:
        raise BadPoster("the poster takes more memory or time than is given to unpack one; save it as a smaller JPEG")
    told = json.loads(line)
    if "error" in told:
        raise BadPoster(told["error"])
    return Picture(picture, told["width"], told["height"])


def main() -> None:
    """Shrink the poster on stdin."""
    try:
        picture = shrink(sys.stdin.buffer.read())
    except BadPoster as exc:
        _write(json.dumps({"error": str(exc)}).encode() + b"\n")
        return
    _write(json.dumps({"width": picture.width, "height": picture.height}).encode() + b"\n" + picture.data)


def _write(data: bytes) -> None:
    with os.fdopen(sys.stdout.fileno(), "wb", closefd=False) as out:
        out.write(data)


if __name__ == "__main__":
    main()
