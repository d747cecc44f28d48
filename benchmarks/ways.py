"""Ways from a video to its features, ours and two others: `python -m benchmarks.ways WAY VIDEO` measures one of them.

Each way loads its network and warms it up first; the clock runs from the video to the last vector. TensorFlow is
imported by the process that runs a way, never by the one that prints the tables.
"""

import functools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.backbones import find_weights, make_backbone
from extractor.precision import PRECISIONS, Precision
from extractor.video.extraction import extract_features

SIZE = 299
BATCH = 16
FFMPEG = ["ffmpeg", "-nostdin", "-loglevel", "error"]

Vectors = NDArray[np.float32]
Way = Callable[[Path], Vectors]


def make_hobby() -> Way:
    """Return the way of the hobby projects: PNG files of the video's size, then `predict`, one frame a call."""
    keras, network = _load_network()
    network.predict(np.zeros((1, SIZE, SIZE, 3), np.float32), verbose=0)

    def predict(picture: Path) -> Vectors:
        pixels = keras.utils.img_to_array(keras.utils.load_img(picture, target_size=(SIZE, SIZE)))
        vectors: Vectors = network.predict(pixels[np.newaxis] / 127.5 - 1.0, verbose=0)  # (1, 2048) float32
        return vectors

    def run(video: Path) -> Vectors:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([*FFMPEG, "-i", str(video), "-vf", "fps=1", f"{folder}/%05d.png"], check=True)
            return np.concatenate([predict(picture) for picture in sorted(Path(folder).iterdir())])

    return run


def make_straight() -> Way:
    """Return a straightforward pipeline: all frames through a pipe first, then batches, in float32."""
    import tensorflow as tf

    _, network = _load_network()
    infer = tf.function(lambda frames: network(tf.cast(frames, tf.float32) / 127.5 - 1.0, training=False))
    for n_frames in (BATCH, BATCH, 1):  # a second size makes it trace once for all sizes
        infer(np.zeros((n_frames, SIZE, SIZE, 3), np.uint8))

    def run(video: Path) -> Vectors:
        pixels = ["-vf", f"fps=1,scale={SIZE}:{SIZE}", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
        raw = subprocess.run([*FFMPEG, "-i", str(video), *pixels], check=True, stdout=subprocess.PIPE).stdout
        frames = np.frombuffer(raw, np.uint8).reshape(-1, SIZE, SIZE, 3)
        batches = [frames[first : first + BATCH] for first in range(0, len(frames), BATCH)]
        return np.concatenate([infer(batch).numpy() for batch in batches])

    return run


def make_ours(precision: Precision) -> Way:
    """Return our extraction in a precision."""
    backbone = make_backbone(precision)
    for _ in range(2):
        backbone(np.zeros((BATCH, SIZE, SIZE, 3), np.uint8))
    return lambda video: extract_features(video, backbone).vectors


MAKERS: dict[str, Callable[[], Way]] = {
    "hobby": make_hobby,
    "straight": make_straight,
    **{f"ours {precision}": functools.partial(make_ours, precision) for precision in PRECISIONS},
}
OURS = tuple(name for name in MAKERS if name.startswith("ours"))


def _load_network() -> tuple[Any, Any]:
    """Return Keras and its Inception-V3 with the weights in use."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras

    network = keras.applications.InceptionV3(
        weights=None, include_top=False, pooling="avg", input_shape=(SIZE, SIZE, 3)
    )
    network.load_weights(str(find_weights().path))
    return keras, network


def _cpu_s() -> float:
    """Return the processor seconds of this process and of its children that have ended."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _measure(way: Way, video: Path) -> dict[str, float]:
    cpu, begun = _cpu_s(), time.perf_counter()
    vectors = way(video)
    wall_s, cpu_s = time.perf_counter() - begun, _cpu_s() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"n_frames": len(vectors), "wall_s": wall_s, "cpu_s": cpu_s, "rss_mb": peak}


if __name__ == "__main__":
    print(json.dumps(_measure(MAKERS[sys.argv[1]](), Path(sys.argv[2]))), flush=True)
    os._exit(0)  # TensorFlow's tear-down adds nothing
