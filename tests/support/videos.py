"""Videos made for tests: every frame shows its own number, so that a test can tell which one was taken."""

import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BITS = 16
WIDTH, HEIGHT = 320, 240


def numbered_frame(number: int) -> NDArray[np.uint8]:
    """Return a grey picture of shape (240, 320) whose 4x4 blocks are the bits of the number."""
    bits = np.array([(number >> bit) & 1 for bit in range(BITS)], dtype=np.uint8).reshape(4, 4)
    return np.kron(bits * np.uint8(200) + np.uint8(27), np.ones((HEIGHT // 4, WIDTH // 4), dtype=np.uint8))


def read_number(frame: NDArray[np.uint8]) -> int:
    """Return the number that a decoded frame of shape (299, 299, 3) shows."""
    centres = ((np.arange(4) + 0.5) * frame.shape[0] / 4).astype(int)
    bits = frame.mean(axis=2)[np.ix_(centres, centres)].ravel() > 127
    return int(sum(1 << bit for bit in np.flatnonzero(bits)))


def make_numbered_video(
    path: Path, *, rate: Fraction, n_frames: int, filters: str = "null", options: Sequence[str] = ()
) -> Path:
    """Write a video of numbered frames at a constant rate, unless `filters` give it other times."""
    raw = b"".join(numbered_frame(number).tobytes() for number in range(n_frames))
    source = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(rate), "-i", "-"]
    codec = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-pix_fmt", "yuv420p", "-g", "50"]
    run_ffmpeg([*source, "-vf", filters, *codec, *options, str(path)], stdin=raw)
    return path


def make_clip(path: Path, *, seconds: float = 3, size: str = "320x240", options: Sequence[str] = ()) -> Path:
    """Write a short moving test picture."""
    source = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=24:duration={seconds}"]
    run_ffmpeg([*source, "-pix_fmt", "yuv420p", *options, str(path)])
    return path


def make_hls(folder: Path, video: Path, options: Sequence[str] = (), *, names: str = "part%d") -> Path:
    """Cut a video into segments of a second, listed in index.m3u8 and the list of it; return their folder."""
    folder.mkdir()
    wishes = ["-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod", "-master_pl_name", "index.m3u8"]
    wishes += ["-hls_segment_filename", str(folder / names)]
    run_ffmpeg(["-i", str(video), "-c", "copy", *wishes, *options, str(folder / "list.m3u8")])
    return folder


def make_encrypted_hls(folder: Path, video: Path) -> Path:
    """Cut a video into segments of a second, each encrypted with AES-128."""
    key, key_info = folder.with_suffix(".key"), folder.with_suffix(".info")
    key.write_bytes(bytes(range(16)))
    key_info.write_text(f"key\n{key}\n")
    make_hls(folder, video, ["-hls_key_info_file", str(key_info)])
    return key.rename(folder / "key").parent


def make_dash(folder: Path, video: Path) -> Path:
    """Cut a video into segments of a second, listed in index.mpd as YouTube does; return their folder."""
    folder.mkdir()
    wishes = ["-f", "dash", "-seg_duration", "1", "-use_template", "0", "-use_timeline", "0"]
    wishes += ["-init_seg_name", "init", "-media_seg_name", "part$Number$"]
    run_ffmpeg(["-i", str(video), "-c", "copy", *wishes, str(folder / "index.mpd")])
    return folder


def run_ffmpeg(arguments: Sequence[str], *, stdin: bytes = b"") -> None:
    """Run ffmpeg and fail loudly."""
    command = ["ffmpeg", "-nostdin" if not stdin else "-y", "-y", "-loglevel", "error", *arguments]
    subprocess.run(command, input=stdin, check=True, timeout=120)
