"""Peak memory of extraction: a video of an hour against one of a minute, each in a process of its own.

The videos are synthetic, of low bitrate, and made here. Needs Inception-V3 weights: TRAILERS_WEIGHTS, or
the cached ones.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.backbones import make_backbone
from extractor.limits import Limits
from extractor.video.extraction import extract_features
from extractor.video.frames import FrameStream
from extractor.video.probe import probe

LENGTHS_S = (60, 3600)
LIMITS = Limits(max_duration_s=max(LENGTHS_S))


def main() -> None:
    """Print the peak resident memory for each length and their difference."""
    print("memory: peak RSS of extraction with Inception-V3, and of the ffmpeg that decodes for it")
    print(f"{'video':>10}{'frames':>10}{'Python MB':>12}{'ffmpeg MB':>12}")
    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        for seconds in LENGTHS_S:
            video = make_video(Path(folder) / f"{seconds}.mp4", seconds=seconds)
            n_frames, peak = measure("extract", video)
            _, decoder = measure("decode", video)
            peaks.append(peak)
            print(f"{seconds:>8} s{n_frames:>10}{peak:>12.0f}{decoder:>12.0f}", flush=True)
    print(f"an hour takes {peaks[1] - peaks[0]:+.0f} MB against a minute\n")


def make_video(path: Path, *, seconds: int) -> Path:
    """Write a moving picture of 320x240 at 5 frames a second."""
    source = f"testsrc2=size=320x240:rate=5:duration={seconds}"
    codec = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "40", "-pix_fmt", "yuv420p"]
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", source, *codec, str(path)]
    subprocess.run(command, check=True)
    return path


def measure(task: str, video: Path) -> tuple[int, float]:
    """Extract or decode in a fresh process; return the number of frames and the peak MB of it or of its decoder."""
    command = [sys.executable, "-m", "benchmarks.memory", task, str(video)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    n_frames, peak = done.stdout.split()
    return int(n_frames), float(peak)


def extract(video: Path) -> tuple[int, float]:
    """Extract the features of a video here; return its frames and this process's peak MB."""
    features = extract_features(video, make_backbone(), limits=LIMITS)
    return len(features), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def decode(video: Path) -> tuple[int, float]:
    """Decode a video here, without TensorFlow's child processes; return its frames and the decoder's peak MB."""
    with FrameStream(video, probe(video, limits=LIMITS), limits=LIMITS) as frames:
        n_frames = sum(len(batch) for batch in frames)
    return n_frames, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


if __name__ == "__main__":
    print(*{"extract": extract, "decode": decode}[sys.argv[1]](Path(sys.argv[2])), flush=True)
    os._exit(0)  # TensorFlow's tear-down adds nothing
