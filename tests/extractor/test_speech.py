"""Whisper with one small random layer, so nothing is said of what it hears."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from extractor.errors import WeightsError
from extractor.speech import MAX_TEXT, SpeechReader
from tests.support.listening.whisper import save_random_whisper

NOISE = np.random.default_rng(0).normal(0, 0.1, 16_000 * 3).astype(np.float32)


class Telling:
    """A model that hears what it is told to."""

    def __init__(self, *texts: str) -> None:
        self._texts = texts

    def transcribe(self, sound: NDArray[np.float32], **options: Any) -> tuple[Iterator[Any], Any]:
        assert options["vad_filter"]
        return iter([SimpleNamespace(text=text) for text in self._texts]), SimpleNamespace(language="de")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "Whisper (kleines)"
    folder.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (folder / name).write_text("no model")
    return folder


@pytest.fixture
def reader(folder: Path, monkeypatch: pytest.MonkeyPatch) -> SpeechReader:
    """A reader whose model is yet to be put in."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    return SpeechReader(str(folder), folder / "cache")


def test_what_is_said_is_one_text_in_which_nothing_is_said_twice_in_a_row(reader: SpeechReader) -> None:
    reader.__dict__["_model"] = Telling(" Ein Haus. ", "", "Ein\nHaus.", "Ein Haus.", "Es brennt.", "Ein Haus.")
    waits = list[int]()
    said = reader.read(NOISE, on_wait=lambda: waits.append(1))
    assert (said.text, said.language) == ("Ein Haus. Ein Haus. Es brennt. Ein Haus.", "de")
    assert said.made_by == reader.made_by
    assert said.made_by.startswith("whisper-Whisper-kleines-")
    assert len(waits) == 6


def test_a_long_speech_ends_with_a_whole_word(reader: SpeechReader) -> None:
    reader.__dict__["_model"] = Telling(*(f"word{number}" for number in range(2000)))
    text = reader.read(NOISE).text
    assert MAX_TEXT - 10 < len(text) <= MAX_TEXT
    assert text.split()[-1] == f"word{len(text.split()) - 1}"


def test_without_sound_nothing_is_loaded(reader: SpeechReader) -> None:
    assert (reader.read(NOISE[:0]).text, "_model" in reader.__dict__) == ("", False)


def test_a_folder_that_is_no_model_is_told_with_what_it_lacks(reader: SpeechReader, folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    with pytest.raises(WeightsError, match=r"not a Whisper model of CTranslate2: it has no tokenizer\.json") as caught:
        reader.read(NOISE)
    assert caught.value.code == "no_weights"


def test_without_faster_whisper_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WeightsError, match="pip install faster-whisper") as caught:
        SpeechReader("small", Path("cache"))
    assert caught.value.code == "no_weights"


@pytest.mark.slow
def test_a_random_model_hears_no_voice_in_noise_and_letters_where_it_must(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = SpeechReader(str(save_random_whisper(tmp_path / "tiny", seed=3)), tmp_path)
    assert reader.read(NOISE).text == ""
    from faster_whisper import WhisperModel

    plain = WhisperModel.transcribe
    monkeypatch.setattr(
        WhisperModel,
        "transcribe",
        lambda *given, **options: plain(*given, **{**options, "vad_filter": False, "temperature": 0}),
    )
    said = reader.read(NOISE)
    assert said.language in ("en", "de")
    assert set(said.text) <= set("abcdefghijklmnopqrstuvwxyz ")
    assert said.text == reader.read(NOISE).text != ""


@pytest.mark.slow
def test_a_damaged_model_is_told(tmp_path: Path) -> None:
    folder = save_random_whisper(tmp_path / "tiny")
    (folder / "model.bin").write_bytes((folder / "model.bin").read_bytes()[:1000])
    with pytest.raises(WeightsError, match="can't be loaded") as caught:
        SpeechReader(str(folder), tmp_path).read(NOISE)
    assert caught.value.code == "weights_corrupt"
