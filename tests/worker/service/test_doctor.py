import datetime
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from unittest.mock import Mock

import pytest

from tests.db.queue.test_jobs import new_job
from tests.support.listening.yamnet import save_random_yamnet
from tests.support.redis_server import RedisServer
from worker.runtime import Runtime
from worker.service import doctor
from worker.service.doctor import CHECKS, Finding, run_check
from worker.settings import Settings, read_settings


@pytest.fixture
def settings(nowhere: Path) -> Settings:
    return read_settings({"TRAILERS_HOME": str(nowhere / "home"), "TRAILERS_WEIGHTS": str(nowhere / "none.h5")})


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """The address of a real Redis."""
    with RedisServer(tmp_path / "redis", keeps=False) as server:
        yield server.url


def check(name: str, settings: Settings) -> Finding:
    with Runtime(settings) as runtime:
        return run_check(name, CHECKS[name], runtime)


def test_a_missing_ffmpeg_fails_with_the_command_that_installs_it(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = check("ffmpeg", settings)
    assert (finding.state, finding.advice) == ("failed", "install it: sudo apt-get install ffmpeg")


def test_an_ffmpeg_without_av1_is_a_warning(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(doctor.DECODERS, "AV1", {"no such decoder"})
    finding = check("ffmpeg", settings)
    assert finding.state == "warning"
    assert "AV1" in finding.message


def test_hardware_that_cannot_decode_is_a_warning(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    missing = check("hwaccel", settings.model_copy(update={"hwaccel": "cuda"}))
    unknown = check("hwaccel", settings.model_copy(update={"hwaccel": "nonsense"}))
    assert (check("hwaccel", settings).state, missing.state, unknown.state) == ("ok", "warning", "warning")
    assert "no cuda device can be opened" in missing.message
    assert "does not support nonsense" in unknown.message


def test_an_old_yt_dlp_is_a_warning_with_its_age(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=200)
    monkeypatch.setattr("importlib.metadata.version", lambda name: f"{long_ago:%Y.%m.%d}")
    finding = check("yt-dlp", settings)
    assert finding.state == "warning"
    assert "200 days old" in finding.message


def test_who_hears_speech_is_told_and_a_folder_that_is_no_model_fails(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check("speech", settings).message == "nobody listens to what is said (TRAILERS_SPEECH is not set)"
    heard = settings.model_copy(update={"speech": str(tmp_path)})
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    finding = check("speech", heard)
    assert finding.state == "failed"
    assert "not a Whisper model of CTranslate2: it has no model.bin" in finding.message
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (tmp_path / name).write_text("no model")
    package = ModuleType("faster_whisper")
    monkeypatch.setitem(sys.modules, "faster_whisper", package)
    package.WhisperModel = Mock(side_effect=Exception("expected value at line 1"))  # type: ignore[attr-defined]
    damaged = check("speech", heard)
    assert (damaged.state, "can't be loaded: expected value at line 1" in damaged.message) == ("failed", True)
    package.WhisperModel = Mock()  # type: ignore[attr-defined]
    assert re.fullmatch(r"whisper-[\w.-]+-[0-9a-f]{8} hears what is said", check("speech", heard).message)


def test_who_hears_sounds_is_told_and_a_file_that_holds_no_yamnet_fails(settings: Settings, tmp_path: Path) -> None:
    assert check("sound", settings).message == "nobody hears what trailers sound like (TRAILERS_SOUND is not set)"
    heard = settings.model_copy(update={"sound": "yamnet", "sound_weights": tmp_path / "yamnet.h5"})
    (tmp_path / "yamnet.h5").write_text("no weights")
    assert (check("sound", heard).state, "does not hold YAMNet" in check("sound", heard).message) == ("failed", True)
    save_random_yamnet(tmp_path / "yamnet.h5")
    assert re.fullmatch(r"yamnet-[0-9a-f]{8}-s1 hears what trailers sound like", check("sound", heard).message)


def test_missing_weights_fail_with_their_code(settings: Settings) -> None:
    finding = check("weights", settings)
    assert finding.state == "failed"
    assert finding.message.startswith("no_weights: ")


def test_a_disk_that_fills_up_is_a_warning(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "MIN_FREE_BYTES", 10**18)
    assert check("disk", settings).state == "warning"


def test_a_root_that_is_missing_is_a_warning_that_names_it(settings: Settings, tmp_path: Path) -> None:
    assert check("roots", settings).state == "ok"
    named = check("roots", settings.model_copy(update={"roots": (tmp_path,)}))
    assert (named.state, str(tmp_path) in named.message) == ("ok", True)
    (tmp_path / "file").touch()
    for gone in (tmp_path / "gone", tmp_path / "file"):
        finding = check("roots", settings.model_copy(update={"roots": (tmp_path, gone)}))
        assert finding.state == "warning"
        assert finding.message.endswith(f"not a folder that can be read: {gone}")
        assert "TRAILERS_ROOTS" in finding.advice


def test_the_broker_is_asked_only_where_one_is_set(nowhere: Path, redis_url: str) -> None:
    home = {"TRAILERS_HOME": str(nowhere)}
    none = check("broker", read_settings(home))
    real = check("broker", read_settings({**home, "REDIS_URL": redis_url}))
    gone = check("broker", read_settings({**home, "REDIS_URL": "redis://:secret@127.0.0.1:9/0"}))
    assert (none.state, real.state, gone.state) == ("ok", "ok", "failed")
    assert real.message.startswith("Redis ")
    assert gone.message.startswith("broker_unavailable: ")
    assert "secret" not in gone.message


def test_a_gpu_that_tensorflow_does_not_see_is_a_warning(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nvidia0").touch()
    monkeypatch.setattr(doctor, "NVIDIA_DEVICE", tmp_path / "nvidia0")
    monkeypatch.setattr("extractor.networks.inception.gpu_names", list)
    assert check("gpu", settings).advice == "run: make setup DEVICE=gpu"


def test_waiting_jobs_without_a_worker_are_a_warning(settings: Settings) -> None:
    assert check("queue", settings).message == "no jobs; no worker is running"
    with Runtime(settings) as runtime:
        runtime.store.jobs.submit([new_job()])
    finding = check("queue", settings)
    assert (finding.state, finding.message) == ("warning", "1 queued; no worker is running")
    assert finding.advice == "start one: trailers up"
