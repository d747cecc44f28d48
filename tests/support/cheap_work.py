"""Inside worker processes under test: downloads copied from a clip, a backbone without a network, deaths on order.

The plan comes as JSON in TRAILERS_TEST_PLAN. All else, ffmpeg and the database included, is real.
"""

import functools
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from db.features import Features
from db.pictures.posters import Posters
from db.predictions import Predictions
from db.queue.claims import Claims
from db.queue.job_records import JobKind, KeptVideo, Result
from db.records import Source
from db.trailers import Trailers
from extractor.features import Provenance
from extractor.networks.backbone import nothing
from extractor.networks.weights import Weights
from worker.download.parent import Download
from worker.download.waiting_videos import scratch_id
from worker.inference.shared_backbone import SharedBackbone
from worker.jobs import steps
from worker.jobs.steps import Extracted
from worker.links import Link
from worker.predicting import stages
from worker.runtime import Runtime

PLAN = "TRAILERS_TEST_PLAN"


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens: links give `clip` after `download_s` (None: they are downloaded), a batch takes `infer_s`.
    A `*` in the clip's path stands for the last character of the video's id: links may give different clips.

    `deaths` names for a trailer_id the point where the `victim` is killed, the first time it comes there: its own
    process, the worker (supervisor), the group (with all its processes), mongod or redis. The `poisoned` kill their
    process whenever they are inferred. `no_op` skips all work. Notes are left in `folder`.
    """

    folder: str
    clip: str | None = None
    download_s: float = 0.0
    infer_s: float = 0.0
    deaths: Mapping[str, str] = field(default_factory=dict)
    poisoned: tuple[str, ...] = ()
    no_op: bool = False
    victim: str = "process"

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    def downloads(self) -> list[str]:
        """Return the trailer_ids that were downloaded, once for each time."""
        notes = Path(self.folder) / "downloads"
        return notes.read_text().split() if notes.exists() else []

    def died(self) -> list[str]:
        """Return the trailer_ids whose process died on order."""
        return sorted(path.name.removeprefix("died-") for path in Path(self.folder).glob("died-*"))


class CheapBackbone:
    """Vectors that depend on the frames alone: the means of their tiles times fixed random numbers.

    It refuses to infer nothing, as TensorFlow does on some processors.
    """

    batch_size = 16
    frame_size, dim = 299, 2048

    def __init__(self, weights: Weights, infer: Callable[[], None]) -> None:
        self.features_id = weights.features_id
        self.provenance = Provenance("cheap", weights.sha256, "r1", "float32", {})
        self._infer = infer
        self._matrix = np.random.default_rng(0).uniform(0, 0.01, (13 * 13 * 3, 2048)).astype(np.float32)

    def __call__(self, frames: NDArray[np.uint8], *, on_wait: Callable[[], None] = nothing) -> NDArray[np.float32]:
        assert len(frames), "a batch of no frames"
        self._infer()
        tiles = frames.reshape(len(frames), 13, 23, 13, 23, 3).mean(axis=(2, 4), dtype=np.float32)
        vectors: NDArray[np.float32] = np.abs(tiles.reshape(len(frames), -1) @ self._matrix)
        return vectors


class Work:
    """The work of one process, and whose it is."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.trailer_id = ""

    def at(self, point: str) -> None:
        """Die here, if that is the plan for the trailer at work and it didn't happen before."""
        if self.plan.deaths.get(self.trailer_id) != point:
            return
        try:
            (Path(self.plan.folder) / f"died-{self.trailer_id}").touch(exist_ok=False)
        except FileExistsError:
            return
        self._kill_victim()

    def _kill_victim(self) -> None:
        if self.plan.victim == "redis":
            os.kill(int((Path(self.plan.folder) / "redis.pid").read_text()), signal.SIGKILL)
        elif self.plan.victim == "mongod":
            data = str(Path(os.environ["TRAILERS_HOME"]) / "db" / "data")
            for process in psutil.process_iter(["cmdline"]):
                if data in (process.info["cmdline"] or ()):
                    process.kill()
        else:
            self._kill_processes()

    def _kill_processes(self) -> None:
        """Kill our process, the supervisor, or both and all between and beside them."""
        own = psutil.Process()
        if self.plan.victim != "process":
            (supervisor,) = [p for p in own.parents() if any("worker.cli" in word for word in p.cmdline())]
            others = supervisor.children(recursive=True) if self.plan.victim == "group" else []
            for process in (supervisor, *others):
                if process != own and not any("mongod" in word or "guardian" in word for word in process.cmdline()):
                    process.kill()
            time.sleep(1 if self.plan.victim == "worker" else 0)  # the kernel kills us after the supervisor
        own.kill()

    def infer(self) -> None:
        if self.trailer_id in self.plan.poisoned:
            os.kill(os.getpid(), signal.SIGKILL)
        self.at("inferring")
        if self.trailer_id:  # not while the process warms up
            time.sleep(self.plan.infer_s)

    def fetch(self, link: Link, folder: Path, *, options: Any, on_progress: Any) -> Download:
        with (Path(self.plan.folder) / "downloads").open("a") as notes:
            notes.write(f"{link.trailer_id}\n")
        self.at("downloading")
        end = time.monotonic() + self.plan.download_s
        while time.monotonic() < end:
            on_progress(0, None)
            time.sleep(0.02)
        (folder / "video").mkdir()
        assert self.plan.clip is not None
        clip = self.plan.clip.replace("*", link.video_id[-1])
        path = Path(shutil.copy(clip, folder / "video" / "video.mp4"))
        return Download(path, Source(link.url, link.site, link.video_id, title=f"Title of {link.video_id}"), None)

    def around(self, owner: Any, name: str, *, point: str = "") -> None:
        """Have a function's calls be points: before and after it."""
        function, point = getattr(owner, name), point or name

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.at(f"before:{point}")
            result = function(*args, **kwargs)
            self.at(f"after:{point}")
            return result

        patched(owner, name, wrapped)

    def note_claims(self) -> None:
        """Note whose job was claimed."""
        claim = Claims.claim

        @functools.wraps(claim)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            job = claim(*args, **kwargs)
            if job is not None:
                self.trailer_id = job.trailer_id
                self.at(f"claimed:{job.lane}")
            return job

        patched(Claims, "claim", wrapped)


def patched(owner: Any, name: str, value: Any) -> None:
    """Put something in place of a real one."""
    setattr(owner, name, value)


def install() -> None:
    """Put the cheap work in place of the real one, in this process."""
    given = json.loads(os.environ[PLAN])
    work = Work(Plan(**{**given, "poisoned": tuple(given["poisoned"])}))
    if work.plan.clip is not None:
        patched(stages, "fetch", work.fetch)
    work.note_claims()
    for name in ("hand_over", "skip_to", "go_on", "finish"):
        work.around(Claims, name)
    for owner, what in ((Features, "features"), (Trailers, "trailers"), (Predictions, "predictions")):
        work.around(owner, "save", point=f"save_{what}")
    work.around(Posters, "save_vector", point="save_poster")
    work.around(steps, "keep_video")

    _install_network(work)
    if work.plan.no_op:
        _install_no_op()


def _install_network(work: Work) -> None:
    """Have the inference process own the cheap network, and whoever asks it follow the plan before each batch."""
    asks = "worker.jobs.inference_process" not in sys.orig_argv

    def network(runtime: Runtime) -> CheapBackbone:
        return CheapBackbone(runtime.weights, work.infer if asks else nothing)

    cached = functools.cached_property(network)
    cached.__set_name__(Runtime, "network")
    patched(Runtime, "network", cached)
    ask = SharedBackbone.__call__

    @functools.wraps(ask)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        work.infer()
        return ask(*args, **kwargs)

    patched(SharedBackbone, "__call__", wrapped)


def _install_no_op() -> None:
    """Have each lane do nothing but pass the job on."""
    source = Source("", "youtube", "")
    steps.STEPS[JobKind.LINK].update(
        download=lambda runtime, job, progress: KeptVideo(scratch_id(runtime.settings.scratch), "none", "", source),
        extract=lambda runtime, job, progress: Extracted(job.features_id),
        classify=lambda runtime, job, progress: Result("none", 0, cached=False, modalities=()),
    )
