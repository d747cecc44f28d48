"""Frames of a video under frame rule r1, streamed from ffmpeg in batches.

Frame rule r1: for each whole second s, 0 <= s < duration, counted from the first video frame, the picture on screen
at s. ffmpeg's `fps` filter rounds upwards for that: a frame shown from t serves the first second not before t, and a
later one for the same second replaces it. `fps=1` alone would take the frame at s + 0.46.
"""

import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from extractor.errors import BadVideo
from extractor.limits import Limits
from extractor.networks.backbone import FRAME_SIZE
from extractor.video.arguments import build_arguments
from extractor.video.damage import check_understood, hide_folder, read_damage, read_messages
from extractor.video.decoder import Decoder, DecoderExit, Decoding
from extractor.video.probe import VideoInfo, last_second

BATCH = 16
TICK_S = 1.0
ENOUGH = 0.9  # of the frames that the duration promises
log = logging.getLogger("trailers")


class FrameStream:
    """Batches of frames, decoded at most three batches ahead.

    Iterate it inside `with`; each batch is uint8 of shape (1 to 16, size, size, 3), never empty. Errors of the decoder
    are raised here: BadVideo (corrupt, truncated, bad_dimensions, too_long), DecodeTimeout. `on_wait` is called each
    second until a batch is ready, and may raise.

    A failure with hardware (`decoding`) continues without it, from the first frame not yet given: a missing or busy
    device says nothing about the video.
    """

    def __init__(
        self,
        path: Path,
        info: VideoInfo,
        *,
        size: int = FRAME_SIZE,
        limits: Limits | None = None,
        decoding: Decoding | None = None,
        on_wait: Callable[[], None] = lambda: None,
    ) -> None:
        self._path = path
        self._info = info
        self._size = size
        self._limits = limits or Limits()
        self._decoding = decoding or Decoding()
        self._on_wait = on_wait
        self._batches: queue.Queue[NDArray[np.uint8] | Exception | None] = queue.Queue(maxsize=2)
        self._stopped = threading.Event()

    def __enter__(self) -> "FrameStream":
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        n_given = 0
        while (batch := self._next()) is not None:
            if isinstance(batch, Exception):
                if self._decoding.hwaccel is None:
                    raise batch
                self._start_again(batch, n_given)
                continue
            n_given += len(batch)
            yield batch

    def _start(self, *, n_given: int = 0) -> None:
        """Start a decoder and a thread that reads the frames after the first `n_given`."""
        limits, decoding = self._limits, self._decoding
        arguments = build_arguments(
            self._path,
            self._info,
            size=self._size,
            max_frames=limits.max_frames + 1,
            limits=limits,
            decoding=decoding,
        )
        self._decoder = Decoder(
            arguments, name=repr(str(self._path)), max_decode_s=limits.max_decode_s, decoding=decoding
        )
        self._stopped.clear()
        self._reader = threading.Thread(target=self._decode, args=(n_given,), name="frames", daemon=True)
        self._reader.start()

    def _stop(self) -> None:
        self._stopped.set()
        self._decoder.stop()
        self._reader.join()
        self._decoder.close()

    def _start_again(self, error: Exception, n_given: int) -> None:
        log.warning("decoding with %s failed, continuing without it: %s", self._decoding.hwaccel, error)
        self._stop()
        self._decoding = replace(self._decoding, hwaccel=None)
        self._start(n_given=n_given)

    def _next(self) -> NDArray[np.uint8] | Exception | None:
        while True:
            try:
                return self._batches.get(timeout=TICK_S)
            except queue.Empty:
                self._on_wait()

    def _decode(self, n_given: int) -> None:
        end: Exception | None = None
        try:
            n_frames = self._read_batches(n_given)
            ending = self._decoder.end()
            if not self._stopped.is_set():
                self._check(n_frames, ending)
        except Exception as exc:  # noqa: BLE001 - a thread's border: the caller raises it
            end = exc
        self._put(end)

    def _read_batches(self, n_given: int) -> int:
        n_frames = 0
        while not self._stopped.is_set():
            batch = np.empty((BATCH, self._size, self._size, 3), dtype=np.uint8)
            n_bytes = self._decoder.fill(batch.reshape(-1).data)
            n_read = n_bytes // batch[0].nbytes
            if n_read > (begin := max(0, n_given - n_frames)):
                self._put(batch[begin:n_read])
            n_frames += n_read
            if n_bytes < batch.nbytes:
                break
        return n_frames

    def _check(self, n_frames: int, ending: DecoderExit) -> None:
        """Raise BadVideo unless count, messages and exit status show that all frames came undamaged."""
        name = repr(str(self._path))
        self._decoder.check_ending(ending)
        if n_frames > self._limits.max_frames:
            raise BadVideo("too_long", f"{name} has more than {self._limits.max_frames} seconds of video, the limit")
        stderr = hide_folder(ending.stderr, self._path)
        check_understood(stderr)
        damage = read_damage(stderr, refused=self._info.codec)
        if damage is None and ending.status == 0 and n_frames:
            return self._check_count(n_frames)
        code = damage.code if damage else "corrupt"
        if code == "corrupt" and self._info.cut_short:
            code = "truncated"
        last = next(iter(read_messages(stderr)[-1:]), f"ffmpeg ended with status {ending.status}, {n_frames} frames")
        raise BadVideo(code, f"{name} can't be decoded: {damage.reason if damage else last}; get it again")

    def _check_count(self, n_frames: int) -> None:
        """Raise BadVideo (truncated) for too few frames, unless only the sound continues to the promised end."""
        promised = self._info.duration_s
        if promised is None or n_frames >= ENOUGH * promised:
            return
        if not self._info.own_duration and last_second(self._path, self._info, self._limits) >= ENOUGH * promised:
            return
        raise BadVideo(
            "truncated", f"{str(self._path)!r} has {n_frames} of {promised:.1f} seconds; get the whole file again"
        )

    def _put(self, item: NDArray[np.uint8] | Exception | None) -> None:
        while not self._stopped.is_set():
            with contextlib.suppress(queue.Full):
                self._batches.put(item, timeout=0.1)
                break
