"""The decoder: a running ffmpeg whose output is read under two time limits and whose messages are kept."""

import os
import select
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import IO

from extractor.errors import DecodeTimeout
from extractor.video import sandbox

STALL_S = 60.0
_KEPT_BYTES = 16384
_CUT_OFF = (-signal.SIGXCPU, -signal.SIGKILL)
# Needed by drivers; the caches are off because a decoder may not write files.
_DRIVER_VARIABLES = ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "LD_LIBRARY_PATH", "LIBVA_DRIVER_NAME", "DISPLAY")
_NO_CACHES = {"CUDA_CACHE_DISABLE": "1", "MESA_SHADER_CACHE_DISABLE": "true", "__GL_SHADER_DISK_CACHE": "0"}


@dataclass(frozen=True, slots=True)
class Decoding:
    """The `threads` and the hardware (one of HWACCELS) that decode a video; the frames are the same."""

    threads: int = 2
    hwaccel: str | None = None

    @property
    def process_limits(self) -> sandbox.ProcessLimits:
        """The limits of its process."""
        return sandbox.HARDWARE_DECODER if self.hwaccel else sandbox.DECODER

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of its process."""
        if not self.hwaccel:
            return {}
        return {**_NO_CACHES, **{name: os.environ[name] for name in _DRIVER_VARIABLES if name in os.environ}}


@dataclass(frozen=True, slots=True)
class DecoderExit:
    """How a decoder ended: its exit status and its messages."""

    status: int
    stderr: bytes


class Decoder:
    """A child process whose output is read piece by piece.

    It has `max_decode_s` seconds in all and a minute for a piece. Only the time in which we wait for it counts,
    not that in which it waits for us with a full pipe.
    """

    def __init__(
        self, arguments: list[str], *, name: str, max_decode_s: float, decoding: Decoding | None = None
    ) -> None:
        decoding = decoding or Decoding()
        self._name = name
        self._left_s = max_decode_s
        self._max_decode_s = max_decode_s
        self._process = sandbox.start(arguments, limits=decoding.process_limits, environment=decoding.environment)
        self._stderr = _MessageReader(self._process.stderr)

    def fill(self, buffer: memoryview) -> int:
        """Read until the buffer is full or the output ends; return the number of bytes read.

        Raises DecodeTimeout.
        """
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - it was opened
        filled = 0
        while filled < len(buffer):
            self._await(stdout)
            n_bytes = stdout.readinto(buffer[filled:])  # type: ignore[attr-defined]
            if not n_bytes:
                break
            filled += n_bytes
        return filled

    def end(self) -> DecoderExit:
        """Wait for the end after the last byte of output; raises DecodeTimeout."""
        try:
            status = self._process.wait(timeout=STALL_S)
        except subprocess.TimeoutExpired as exc:
            raise DecodeTimeout(f"{self._name}: ffmpeg did not end") from exc
        self._stderr.join()
        return DecoderExit(status, self._stderr.kept)

    def check_ending(self, ending: DecoderExit) -> None:
        """Raise DecodeTimeout when the decoder was killed for the processor time it took."""
        if ending.status in _CUT_OFF:
            raise DecodeTimeout(f"{self._name}: ffmpeg was killed; it had used up its processor time or memory")

    def stop(self) -> None:
        """Kill it if it is still running."""
        sandbox.stop(self._process)

    def close(self) -> None:
        """Close its pipes."""
        self._stderr.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _await(self, stdout: IO[bytes]) -> None:
        begun = time.monotonic()
        ready, _, _ = select.select([stdout], [], [], max(0.0, min(STALL_S, self._left_s)))
        self._left_s -= time.monotonic() - begun
        if not ready and self._left_s > 0:
            raise DecodeTimeout(
                f"{self._name}: ffmpeg produced no frame for {STALL_S:.0f} s; convert the video to H.264"
            )
        if not ready or self._left_s <= 0:
            raise DecodeTimeout(
                f"{self._name}: decoding took more than {self._max_decode_s:g} s; give a smaller or shorter video"
            )


class _MessageReader:
    """Reads a pipe to its end so that it never fills up, and keeps the first and last 16 KiB."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        assert pipe is not None  # noqa: S101 - it was opened
        self.kept, self._pipe = b"", pipe
        self._thread = threading.Thread(target=self._read, name="stderr", daemon=True)
        self._thread.start()

    def join(self) -> None:
        self._thread.join()

    def _read(self) -> None:
        with self._pipe:
            while chunk := self._pipe.read(4096):
                text = self.kept + chunk
                self.kept = text if len(text) <= 2 * _KEPT_BYTES else text[:_KEPT_BYTES] + text[-_KEPT_BYTES:]
