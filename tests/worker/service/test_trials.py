"""The gate of a faster arithmetic: what passes, what doesn't, where it is kept, and who goes by it."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from db.store import Store, open_store
from extractor.networks.names import INCEPTION
from extractor.networks.registry import BACKBONES
from extractor.networks.trial import Trial, compare, cosine
from extractor.networks.weights import given_weights
from extractor.precision import has_bfloat16
from tests.support.cheap_work import CheapBackbone
from tests.support.models import make_model, put_to_use
from tests.support.networks import replace_network
from tests.support.videos import make_clip
from worker import runtime as worker_runtime
from worker.errors import SettingsError, WorkerError
from worker.runtime import Runtime
from worker.service.doctor import CHECKS, run_check
from worker.service.trials import try_precision
from worker.settings import read_settings

GOOD = Trial(n_frames=200, n_trailers=3, mean_cosine=0.9995, worst_cosine=0.996, changed=())


def vectors(n_frames: int, *, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).uniform(0, 1, (n_frames, 2048)).astype(np.float32)


def tilted(exact: NDArray[np.float32], cosine: float) -> NDArray[np.float32]:
    """Return vectors at that cosine to the given ones."""
    other = vectors(len(exact), seed=1).astype(np.float64)
    other -= exact * ((other * exact).sum(1) / (exact * exact).sum(1))[:, None]
    length = np.linalg.norm(exact, axis=1) / np.linalg.norm(other, axis=1)
    result: NDArray[np.float64] = cosine * exact + np.sqrt(1 - cosine**2) * other * length[:, None]
    return result.astype(np.float32)


def test_cosines_are_those_of_rows() -> None:
    exact = vectors(3)
    np.testing.assert_allclose(cosine(exact, tilted(exact, 0.9)), 0.9, atol=1e-6)
    np.testing.assert_allclose(cosine(exact, 7 * exact), 1)
    black = np.zeros((1, 2048), np.float32)
    assert (cosine(black, black)[0], cosine(black, exact[:1])[0]) == (1, 0)


def test_two_hundred_close_frames_pass() -> None:
    pairs = [(vectors(100), tilted(vectors(100), 0.9995)), (vectors(100, seed=2), vectors(100, seed=2))]
    trial = compare(pairs, changed=[])
    assert (trial.n_frames, trial.n_trailers, trial.objections) == (200, 2, [])
    assert trial.mean_cosine == pytest.approx(0.99975, abs=1e-6)
    assert trial.worst_cosine == pytest.approx(0.9995, abs=1e-6)


@pytest.mark.parametrize(
    ("frames", "close", "changed", "objection"),
    [
        (199, 0.9999, [], "199 frames are too few"),
        (200, 0.9985, [], "the mean cosine to float32 is 0.99850, below 0.999"),
        (200, 0.9999, ["file:1"], "the top three genres change for file:1"),
    ],
)
def test_what_is_not_right_is_objected_to(frames: int, close: float, changed: list[str], objection: str) -> None:
    trial = compare([(vectors(frames), tilted(vectors(frames), close))], changed=changed)
    assert [said[: len(objection)] for said in trial.objections] == [objection]


def test_one_bad_frame_of_many_is_objected_to() -> None:
    pairs = [(vectors(999), vectors(999)), (vectors(1), tilted(vectors(1), 0.9949))]
    assert compare(pairs, changed=[]).objections == ["the worst cosine to float32 is 0.99490, below 0.995"]


def test_the_last_trial_is_kept_by_weights_device_and_precision(tmp_path: Path) -> None:
    with Runtime(read_settings({"TRAILERS_HOME": str(tmp_path)})) as runtime:
        kept, key = runtime.store.trials, {"weights_sha256": "ab", "device": "cpu", "precision": "bfloat16"}
        assert kept.load(**key) is None
        bad = Trial(n_frames=3, n_trailers=1, mean_cosine=0.5, worst_cosine=0.5, changed=("file:1",))
        for trial in (GOOD, bad):
            kept.save(trial, **key, versions={"tensorflow": "2"})
            assert kept.load(**key) == trial
        assert kept.load(**{**key, "device": "gpu"}) is None


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """On a processor that has bfloat16, with a weights file that nothing loads."""
    monkeypatch.setattr(worker_runtime, "has_bfloat16", lambda: True)
    return make_runtime(tmp_path)


def make_runtime(tmp_path: Path, **environment: str) -> Runtime:
    weights = tmp_path / "cheap.h5"
    weights.write_bytes(b"no network")
    home = {
        "TRAILERS_HOME": str(tmp_path / "home"),
        "TRAILERS_WEIGHTS": str(weights),
        "TRAILERS_BACKBONE": "inception_v3",
    }
    return Runtime(read_settings({**home, **environment}))


def keep(store: Store, runtime: Runtime, trial: Trial) -> None:
    store.trials.save(trial, weights_sha256=runtime.weights.sha256, device="cpu", precision="bfloat16", versions={})


def precision_of(tmp_path: Path, **environment: str) -> str:
    with make_runtime(tmp_path, **environment) as runtime:
        return runtime.precision_of(runtime.weights)


def test_auto_takes_what_has_passed_and_nothing_else(tmp_path: Path, runtime: Runtime) -> None:
    with runtime:
        assert runtime.precision_of(runtime.weights) == "float32"
        keep(runtime.store, runtime, GOOD)
        assert precision_of(tmp_path) == "bfloat16"
        assert precision_of(tmp_path, TRAILERS_PRECISION="float32") == "float32"
        worse = Trial(n_frames=200, n_trailers=3, mean_cosine=0.9, worst_cosine=0.9, changed=())
        keep(runtime.store, runtime, worse)
        assert precision_of(tmp_path) == "float32"


def test_a_processor_without_bfloat16_keeps_to_float32(
    tmp_path: Path, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with runtime:
        keep(runtime.store, runtime, GOOD)
        monkeypatch.setattr(worker_runtime, "has_bfloat16", lambda: False)
        assert runtime.precision_of(runtime.weights) == "float32"


def test_a_backbone_of_float32_alone_is_neither_tried_nor_advised_to_be(
    tmp_path: Path, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BACKBONES, INCEPTION, replace(BACKBONES[INCEPTION], bfloat16="never"))
    for environment in ({}, {"TRAILERS_PRECISION": "bfloat16"}):
        assert precision_of(tmp_path, **environment) == "float32"
        with make_runtime(tmp_path, **environment) as made:
            finding = run_check("precision", CHECKS["precision"], made)
        assert (finding.message, finding.advice) == ("float32, the only arithmetic of inception_v3", "")
    with runtime, pytest.raises(WorkerError, match="inception_v3 works in float32 alone: leave --precision out"):
        try_precision(runtime, [], on_progress=lambda done, total: None)


@pytest.mark.parametrize(("flags", "has"), [("fma avx512_bf16", True), ("amx_bf16", True), ("fma avx512f", False)])
def test_a_processor_says_whether_it_has_bfloat16(tmp_path: Path, flags: str, *, has: bool) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\nflags\t\t: fpu {flags}\n")
    assert has_bfloat16(cpuinfo) is has
    assert has_bfloat16(tmp_path / "none") is False


def test_an_unknown_precision_is_refused_with_those_there_are() -> None:
    with pytest.raises(SettingsError, match="TRAILERS_PRECISION is 'int4'; give auto or one of float32, bfloat16"):
        read_settings({"TRAILERS_PRECISION": "int4"})


@pytest.mark.parametrize("tilt", [0.9999, 0.9])
@pytest.mark.slow
def test_a_trial_compares_both_on_the_frames_of_the_videos(
    tmp_path: Path, runtime: Runtime, monkeypatch: pytest.MonkeyPatch, tilt: float
) -> None:
    def cheap(weights: object, *, precision: str) -> object:
        network = CheapBackbone(runtime.weights_of(INCEPTION), lambda: None)
        if precision == "float32":
            return network
        return lambda frames: tilted(network(frames), tilt)

    replace_network(monkeypatch, INCEPTION, cheap)
    videos = [
        make_clip(tmp_path / f"{hue}.mp4", seconds=101, size="160x120", options=["-vf", f"hue=h={hue}"])
        for hue in (0, 90)
    ]
    said: list[int] = []
    with runtime:
        put_to_use(runtime.store, make_model(runtime.weights_of(INCEPTION).features_id))
        trial = try_precision(runtime, videos, on_progress=lambda done, total: said.append(done))
        assert (trial.n_frames, trial.n_trailers, trial.objections == []) == (202, 2, tilt > 0.99)
        assert said == sorted(said)
        assert said[-1] == 202
        assert runtime.precision_of(runtime.weights) == ("bfloat16" if tilt > 0.99 else "float32")
        finding = run_check("precision", CHECKS["precision"], runtime)
        assert ("passed its trial" in finding.message) is (tilt > 0.99)


@pytest.mark.slow
def test_doctor_tells_what_a_trial_of_too_few_frames_lacks(tmp_path: Path, clip: Path, weights_file: Path) -> None:
    with open_store(uri=None, home=tmp_path) as store:  # a model of our own: of what ships two genres may be close
        put_to_use(store, make_model(given_weights(weights_file).features_id, modality="trailer"))
    environment = {"TRAILERS_HOME": str(tmp_path), "TRAILERS_WEIGHTS": str(weights_file), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", "from worker.cli import entry; entry()", "doctor", "--precision", str(clip)]
    answer = subprocess.run([*command, "--json"], env=environment, capture_output=True, text=True, timeout=120)
    told = json.loads(answer.stdout)
    assert (answer.returncode, told["n_frames"], told["n_trailers"]) == (1, 2, 1)
    assert told["objections"] == ["2 frames are too few, 200 are needed: give more videos"]
    assert told["worst_cosine"] > 0.99
