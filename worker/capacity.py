"""How many processes of each lane this machine bears, and what each may take of it."""

import os
from pathlib import Path

from db.job_records import LANES
from worker.settings import Settings

DOWNLOADS = 4  # network-bound
MAX_EXTRACTS = 8
EXTRACT_BYTES = 1.5 * 2**30  # TensorFlow with Inception-V3 and a batch, measured 1.05 GB
SPARE_BYTES = 2**30
SWEEPER = "sweeper"
ALL_LANES = (*LANES, SWEEPER)


def processes(lane: str, settings: Settings) -> int:
    """Return the number of processes of a lane: what is set, else what the machine bears."""
    chosen = {
        "download": settings.download_workers,
        "extract": settings.extract_workers,
        "classify": settings.classify_workers,
    }.get(lane)
    if chosen is not None:
        return chosen
    return {"download": DOWNLOADS, "extract": _extracts()}.get(lane, 1)


def share(lane: str, index: int, n_processes: int) -> dict[str, str]:
    """Return the environment that gives one process of a lane its part of the machine: a GPU, or its cores."""
    if lane != "extract":
        return {"CUDA_VISIBLE_DEVICES": ""}
    threads = {"TRAILERS_DECODE_THREADS": "1"} if n_processes > 1 else {}  # up to 11 % cheaper than two
    if n_gpus := len(_gpus()):
        return {**threads, "CUDA_VISIBLE_DEVICES": os.environ.get("CUDA_VISIBLE_DEVICES") or str(index % n_gpus)}
    return {**threads, "TF_NUM_INTRAOP_THREADS": str(max(1, cores() // n_processes))}


def cores() -> int:
    """Return the processor cores that this process may use."""
    return len(os.sched_getaffinity(0))


def _extracts() -> int:
    if gpus := _gpus():
        return len(gpus)
    return int(max(1, min(cores(), MAX_EXTRACTS, (_free_bytes() - SPARE_BYTES) // EXTRACT_BYTES)))


def _gpus() -> list[Path]:
    return sorted(Path("/dev").glob("nvidia[0-9]*"))


def _free_bytes() -> float:
    """Return the memory that is free on the machine, or left by the container's limit where that is less."""
    words = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    free = float(words["MemAvailable"].split()[0]) * 1024
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.exists() else "max"
    return min(free, float(text)) if text.isdigit() else free
