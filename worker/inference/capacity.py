"""Capacity: how many processes of each lane this machine can run, and the share of it that each gets."""

import os
from collections.abc import Sequence
from pathlib import Path

from db.queue.job_records import LANES
from worker.settings import Settings

DOWNLOADS = 4  # network-bound
MAX_EXTRACTS = 16
INFERENCE_BYTES = 1.5 * 2**30  # TensorFlow with Inception-V3 and a batch
EXTRACT_BYTES = 0.5 * 2**30  # a worker and the decoder of a large video
SPARE_BYTES = 2**30
SWEEPER = "sweeper"
INFERENCE = "inference"
WEB = "web"
ADDRESSES = "TRAILERS_INFERENCE"
ALL_LANES = (*LANES, SWEEPER)


def processes(lane: str, settings: Settings) -> int:
    """Return the number of processes of a lane: as set, else as many as the machine can run."""
    counts = {
        "download": settings.download_workers or DOWNLOADS,
        "extract": settings.extract_workers or _extracts(),
        "classify": settings.classify_workers or 1,
    }
    return counts.get(lane, 1)


def share(lane: str, index: int, n_processes: int, *, addresses: Sequence[str] = ()) -> dict[str, str]:
    """Return the environment that gives one process of a lane its share of the machine.

    An extract process gets the address of an inference process; where there is none, a GPU or its share of the cores,
    to infer by itself.
    """
    gpus = devices()
    if lane == INFERENCE:
        return {"CUDA_VISIBLE_DEVICES": gpus[index] if gpus else ""}
    if lane != "extract":
        return {"CUDA_VISIBLE_DEVICES": ""}
    threads = {"TRAILERS_DECODE_THREADS": "1"} if n_processes > 1 else {}  # up to 11 % cheaper than two
    gpu = {"CUDA_VISIBLE_DEVICES": gpus[index % len(gpus)]} if gpus else {}
    if addresses:
        return {ADDRESSES: addresses[index % len(addresses)], **threads, **gpu}
    return {**threads, **(gpu or {"TF_NUM_INTRAOP_THREADS": str(max(1, cores() // n_processes))})}


def devices() -> list[str]:
    """Return the GPUs to use, by number or name; with none, the processor is used."""
    if named := os.environ.get("CUDA_VISIBLE_DEVICES"):
        return [name.strip() for name in named.split(",") if name.strip()]
    return [path.name.removeprefix("nvidia") for path in sorted(Path("/dev").glob("nvidia[0-9]*"))]


def device() -> str:
    """Return the kind of device that infers here."""
    return "gpu" if devices() else "cpu"


def cores() -> int:
    """Return the number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0))


def _extracts() -> int:
    memory = (free_bytes() - SPARE_BYTES - max(1, len(devices())) * INFERENCE_BYTES) // EXTRACT_BYTES
    return int(max(1, min(cores(), MAX_EXTRACTS, memory)))


def free_bytes() -> float:
    """Return the free memory of the machine, or the container's limit where that is less."""
    words = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    free = float(words["MemAvailable"].split()[0]) * 1024
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.exists() else "max"
    return min(free, float(text)) if text.isdigit() else free
