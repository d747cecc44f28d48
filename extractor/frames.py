"""Frames of a video under frame rule r1, streamed out of ffmpeg in batches.

Frame rule r1: one frame for each whole second s, 0 <= s < duration, counted from the first video frame: the
picture on screen at s. ffmpeg's `fps` filter rounds upwards for that: a frame shown from t serves the first
second not before t, and a later one that serves the same second takes its place. `fps=1` alone would take the
frame at s + 0.46.
"""

import contextlib
import queue
import select
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from extractor import sandbox
from extractor.backbone import FRAME_SIZE
from extractor.containers import ACCEPTED
from extractor.errors import BadVideo, DecodeTimeout, ExtractorError
from extractor.probe import VideoInfo, last_line

BATCH = 16
STALL_S = 60.0
_FRAME_BYTES = FRAME_SIZE * FRAME_SIZE * 3
_STDERR_BYTES = 8192
_INPUT = "the video"


def build_arguments(path: Path, info: VideoInfo, *, max_frames: int) -> list[str]:
    """Return ffmpeg's command line for the frames of `path`: raw RGB of 299x299 on stdout."""
    # ffmpeg-python hashes the name as UTF-8 text, which a file's name need not be: it is put in afterwards.
    video = ffmpeg.input(_INPUT, protocol_whitelist="file", format_whitelist=ACCEPTED, threads=2)
    frames = (
        video[str(info.stream)]
        .filter("setpts", "PTS-STARTPTS")
        .filter("fps", fps=1, round="up")
        .filter("scale", FRAME_SIZE, FRAME_SIZE, flags="bicubic", **_color_options(info))
    )
    output = ffmpeg.output(frames, "pipe:", format="rawvideo", pix_fmt="rgb24", vsync=0, **{"frames:v": max_frames})
    program, *arguments = output.compile()
    named = [f"file:{path.absolute()}" if argument == _INPUT else argument for argument in arguments]
    return [program, "-nostdin", "-loglevel", "error", "-xerror", *named]


def _color_options(info: VideoInfo) -> dict[str, str]:
    """Name the colour matrix only where the stream doesn't: bt709 from 720 lines up, else bt601."""
    if info.color_matrix is not None:
        return {}
    return {"in_color_matrix": "bt709" if info.height >= 720 else "bt601"}


class FrameStream:
    """Batches of frames, decoded ahead of their use by at most three batches.

    Iterate it inside `with`; each batch is uint8 of shape (up to 16, 299, 299, 3). What goes wrong in the
    decoder is raised here: BadVideo (corrupt, truncated, too_long), DecodeTimeout.
    """

    def __init__(self, path: Path, info: VideoInfo, *, max_frames: int) -> None:
        self._path = path
        self._info = info
        self._max_frames = max_frames
        self._batches: queue.Queue[NDArray[np.uint8] | ExtractorError | None] = queue.Queue(maxsize=2)
        self._stopped = threading.Event()

    def __enter__(self) -> "FrameStream":
        arguments = build_arguments(self._path, self._info, max_frames=self._max_frames + 1)
        self._process = sandbox.start(arguments)
        self._stderr = _Tail(self._process.stderr)
        self._reader = threading.Thread(target=self._decode, name="frames", daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        sandbox.stop(self._process)
        self._reader.join()
        self._stderr.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        while (batch := self._batches.get()) is not None:
            if isinstance(batch, ExtractorError):
                raise batch
            yield batch

    def _decode(self) -> None:
        end: ExtractorError | None = None
        try:
            n_frames = self._read_batches()
            self._judge(n_frames)
        except ExtractorError as exc:
            end = exc
        except Exception as exc:  # noqa: BLE001 - a thread's border: whatever it is, the caller must hear of it
            end = BadVideo("corrupt", f"the decoder's output could not be read: {exc}")
        self._put(end)

    def _read_batches(self) -> int:
        n_frames = 0
        while not self._stopped.is_set():
            batch = np.empty((BATCH, FRAME_SIZE, FRAME_SIZE, 3), dtype=np.uint8)
            n_bytes = self._fill(batch.reshape(-1).data)
            n_read = n_bytes // _FRAME_BYTES
            if n_read:
                self._put(batch[:n_read])
            n_frames += n_read
            if n_bytes < batch.nbytes:
                break
        return n_frames

    def _fill(self, buffer: memoryview) -> int:
        """Read until the buffer is full or the stream ends; return the number of bytes read."""
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - it was asked for
        filled = 0
        while filled < len(buffer):
            ready, _, _ = select.select([stdout], [], [], STALL_S)
            if not ready:
                raise DecodeTimeout(f"{str(self._path)!r}: ffmpeg gave no frame for {STALL_S:.0f} s")
            n_bytes = stdout.readinto(buffer[filled:])  # type: ignore[attr-defined]
            if not n_bytes:
                break
            filled += n_bytes
        return filled

    def _judge(self, n_frames: int) -> None:
        """Decide by exit status, messages and count whether all frames came."""
        try:
            status = self._process.wait(timeout=STALL_S)
        except subprocess.TimeoutExpired as exc:
            raise DecodeTimeout(f"{str(self._path)!r}: ffmpeg did not end") from exc
        self._stderr.join()
        if self._stopped.is_set():
            return
        said = last_line(bytes(self._stderr.data))
        if n_frames > self._max_frames:
            raise BadVideo(
                "too_long",
                f"{str(self._path)!r} has more than {self._max_frames} seconds of video, the limit",
            )
        if status != 0 or n_frames == 0:
            reason = said or f"ffmpeg ended with status {status} and {n_frames} frames"
            raise BadVideo("corrupt", f"{str(self._path)!r} is damaged: {reason}; get it again")
        if self._info.duration_s is not None and n_frames < 0.9 * self._info.duration_s:
            raise BadVideo(
                "truncated",
                f"{str(self._path)!r} has {n_frames} of {self._info.duration_s:.1f} seconds; get it again",
            )

    def _put(self, item: NDArray[np.uint8] | ExtractorError | None) -> None:
        while not self._stopped.is_set():
            with contextlib.suppress(queue.Full):
                self._batches.put(item, timeout=0.1)
                break


class _Tail:
    """Reads a pipe to its end, so that it never fills up, and keeps the last 8 KiB."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        assert pipe is not None  # noqa: S101 - it was asked for
        self.data = bytearray()
        self._pipe = pipe
        self._thread = threading.Thread(target=self._read, name="stderr", daemon=True)
        self._thread.start()

    def join(self) -> None:
        self._thread.join()

    def _read(self) -> None:
        with self._pipe:
            while chunk := self._pipe.read(4096):
                self.data = (self.data + chunk)[-_STDERR_BYTES:]
