"""Frames of a video under frame rule r2, streamed from ffmpeg in batches.

Frame rule r2: for each whole second s, 0 <= s < duration, counted from the first video frame, the picture on screen
at s. ffmpeg's `fps` filter rounds upwards for that: a frame shown from t serves the first second not before t, and a
later one for the same second replaces it. `fps=1` alone would take the frame at s + 0.46.
"""

import contextlib
import logging
import math
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from extractor.errors import BadVideo
from extractor.limits import Limits
from extractor.video.arguments import FRAMES_ALONE, Length, Shape, build_arguments
from extractor.video.colors import color_warnings
from extractor.video.damage import Damage, check_understood, hide_folder, read_damage, read_messages
from extractor.video.decoder import Decoder, DecoderExit, Decoding
from extractor.video.ffprobe import read_packets
from extractor.video.probe import VideoInfo
from extractor.video.survey import survey

BATCH = 16
TICK_S = 1.0
ENOUGH = 0.9  # of the frames that the duration promises
MOST_DAMAGED = 0.1  # of the frames
SLACK_S = 0.05  # between the times that a container tells
log = logging.getLogger("trailers")


class FrameStream:
    """Batches of frames, decoded at most three batches ahead.

    Iterate it inside `with`; each batch is uint8 of shape (1 to 16, size, size, 3), never empty, or, with stills, of
    both, as `Shape.split` takes it. Errors of the decoder are raised here: BadVideo (corrupt, truncated,
    bad_dimensions, too_long), DecodeTimeout. `on_wait` is called each second until a batch is ready, and may raise.
    After the last batch, `damaged` holds the seconds whose picture is damaged or missing, and `warnings` what else is
    wrong with the video.

    A failure with hardware (`decoding`) continues without it, from the first frame not yet given: a missing or busy
    device says nothing about the video.
    """

    def __init__(
        self,
        path: Path,
        info: VideoInfo,
        *,
        shape: Shape = FRAMES_ALONE,
        limits: Limits | None = None,
        decoding: Decoding | None = None,
        on_wait: Callable[[], None] = lambda: None,
    ) -> None:
        self._path = path
        self._info = info
        self._shape = shape
        self._limits = limits or Limits()
        self._decoding = decoding or Decoding()
        self._on_wait = on_wait
        self.damaged: tuple[int, ...] = ()
        self.warnings: tuple[str, ...] = color_warnings(info)
        self._batches: queue.Queue[NDArray[np.uint8] | Exception | None] = queue.Queue(maxsize=2)
        self._stopped = threading.Event()

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *raised: object) -> None:
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
        self._decoder = self._new_decoder(max_frames=self._limits.max_frames + 1)
        self._stopped.clear()
        self._reader = threading.Thread(target=self._decode, args=(n_given,), name="frames", daemon=True)
        self._reader.start()

    def _new_decoder(self, *, max_frames: int, hold_s: int = 0) -> Decoder:
        arguments = build_arguments(
            self._path,
            self._info,
            shape=self._shape,
            length=Length(max_frames, hold_s),
            limits=self._limits,
            decoding=self._decoding,
        )
        limit = self._limits.max_decode_s
        return Decoder(arguments, name=repr(str(self._path)), max_decode_s=limit, decoding=self._decoding)

    def _stop(self) -> None:
        self._stopped.set()
        self._decoder.stop()
        self._reader.join()
        self._decoder.stop()  # it may be another one by now
        self._decoder.close()

    def _start_again(self, error: Exception, n_given: int) -> None:
        log.warning("decoding with %s failed, continuing without it: %s", self._decoding.hwaccel, error)
        self._stop()
        self._decoding = replace(self._decoding, hwaccel=None)
        self._start(n_given=n_given)

    def _next(self) -> NDArray[np.uint8] | Exception | None:
        while True:
            with contextlib.suppress(queue.Empty):
                return self._batches.get(timeout=TICK_S)
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
            batch = np.empty((BATCH, self._shape.height, self._shape.width, 3), dtype=np.uint8)
            n_bytes = self._decoder.fill(batch.reshape(-1).data)
            n_read = n_bytes // batch[0].nbytes
            if n_read > (begin := max(0, n_given - n_frames)):
                self._put(batch[begin:n_read])
            n_frames += n_read
            if n_bytes < batch.nbytes:
                break
        return n_frames

    def _check(self, n_frames: int, ending: DecoderExit) -> None:
        """Raise BadVideo unless count, messages and exit status show that most frames came undamaged."""
        self._decoder.check_ending(ending)
        stderr = hide_folder(ending.stderr, self._path)
        check_understood(stderr)
        damage = read_damage(stderr, refused=self._info.codec)
        if n_frames > self._limits.max_frames and (damage is None or self._info.duration_s is None):
            limit = self._limits.max_frames
            raise BadVideo("too_long", f"{str(self._path)!r} has more than {limit} seconds of video, the limit")
        if ending.status or not n_frames or (damage and not self._goes_on(damage, n_frames)):
            last = next(
                iter(read_messages(stderr)[-1:]), f"ffmpeg ended with status {ending.status}, {n_frames} frames"
            )
            raise self._refusal(damage, f"can't be decoded: {damage.reason if damage else last}")
        n_frames += self._hold_last(n_frames)
        missing_s = self._survey(damage, n_frames) if damage or self._info.cut_in_s is not None else 0.0
        if not self._is_whole(n_frames, missing_s):
            raise self._refusal(
                damage if damage and damage.code != "corrupt" else Damage("truncated", ""),
                f"has {n_frames} of {self._info.duration_s:.1f} seconds",
            )
        if self._info.cut_short:
            self.warnings = (*self.warnings, "The file is shorter than its header says: the end may be missing.")

    def _goes_on(self, damage: Damage, n_frames: int) -> bool:
        """Tell damage in the middle of a video from its end, a device's failure, and times past the promised end."""
        is_end = damage.code == "truncated" or self._info.cut_short
        return not is_end and self._decoding.hwaccel is None and n_frames <= self._limits.max_frames

    def _refusal(self, damage: Damage | None, reason: str) -> BadVideo:
        damage = damage or Damage("corrupt", reason)
        code = "truncated" if damage.code == "corrupt" and self._info.cut_short else damage.code
        return BadVideo(code, f"{str(self._path)!r} {reason}; {damage.advice}")

    def _survey(self, damage: Damage | None, n_frames: int) -> float:
        """Find the damaged seconds; return how many are missing before the first.

        Raises BadVideo where more than a tenth are damaged.
        """
        of_container = damage is not None and damage.reason.startswith(f"[{self._info.container}")
        holes = self._info.has_clock_jumps or of_container  # which leaves out what it can't read
        found = survey(self._path, self._info, self._limits, n_seconds=n_frames, holes=holes)
        reason = damage.reason.rstrip(".") if damage else "it begins within a group of pictures"
        if len(found.damaged) > MOST_DAMAGED * n_frames:
            damage = damage if self._is_whole(n_frames, found.missing_s) else Damage("truncated", "")
            raise self._refusal(damage, f"is damaged in {len(found.damaged)} of {n_frames} seconds: {reason}")
        self.damaged = found.damaged
        if found.missing_s:
            missing = f"The beginning of the video is missing: its first {found.missing_s:.1f} s have no picture."
            self.warnings = (*self.warnings, missing)
        elif damage and not found.damaged:
            self.warnings = (*self.warnings, f"ffmpeg reports damage, but in no second's picture: {reason}.")
        return found.missing_s

    def _hold_last(self, n_frames: int) -> int:
        """Decode once more to give the last picture for each further second that it is shown; return how many.

        It is the last if no packet comes later, and is shown to the end if container and stream agree when that is.
        """
        info, promised = self._info, self._info.duration_s
        if not info.tells_its_end or promised is None or n_frames >= promised - SLACK_S:
            return 0
        first, last = math.inf, -math.inf
        for packet in read_packets(self._path, info, self._limits):
            if packet.start_s is not None:
                first, last = min(first, packet.start_s), max(last, packet.start_s)
        if not 0 <= last - first <= n_frames:
            return 0
        n_all = min(math.ceil(promised - SLACK_S), self._limits.max_frames)
        self._decoder.close()
        self._decoder = self._new_decoder(max_frames=n_all, hold_s=n_all)
        return self._read_batches(n_frames) - n_frames

    def _is_whole(self, n_frames: int, missing_s: float) -> bool:
        """Tell whether there are enough frames, or only the sound continues to the promised end."""
        promised = self._info.duration_s
        if promised is None or n_frames >= ENOUGH * (promised - missing_s):
            return True
        return not self._info.own_duration and self._last_second() >= ENOUGH * promised

    def _last_second(self) -> float:
        """Return the latest time of a packet of any stream."""
        packets = read_packets(self._path, self._info, self._limits, every_stream=True)
        return max((packet.start_s for packet in packets if packet.start_s is not None), default=0.0)

    def _put(self, item: NDArray[np.uint8] | Exception | None) -> None:
        while not self._stopped.is_set():
            with contextlib.suppress(queue.Full):
                self._batches.put(item, timeout=0.1)
                break
