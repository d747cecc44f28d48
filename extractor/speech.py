"""Speech: the words in a sound track, by a Whisper model in CTranslate2's form; the only file with faster-whisper.

Radford et al. 2022, "Robust Speech Recognition via Large-Scale Weak Supervision". Stretches without a voice, by the
voice detector (Silero) that comes with faster-whisper, are left out first: in music Whisper hears words.
"""

import importlib.util
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.errors import WeightsError, one_line
from extractor.networks.weights import file_digest

PACKAGE = "faster-whisper"
FILES = ("model.bin", "config.json", "tokenizer.json")
MAX_TEXT = 5000  # characters, as of a page's description


@dataclass(frozen=True, slots=True)
class Speech:
    """What was said: a text, "" for nothing, its `language` (ISO 639) and the model that heard it."""

    text: str
    language: str
    made_by: str


class SpeechReader:
    """A Whisper model by name, or in a folder; it is downloaded into `cache` when it isn't there, and loaded when used.

    Raises WeightsError (no_weights) without faster-whisper.
    """

    def __init__(self, name: str, cache: Path, *, threads: int = 2) -> None:
        if importlib.util.find_spec("faster_whisper") is None:
            raise WeightsError(
                "no_weights", f"hearing speech needs {PACKAGE}; install it: .venv/bin/python -m pip install {PACKAGE}"
            )
        self._name, self._cache, self._threads = name, cache, threads

    @cached_property
    def made_by(self) -> str:
        """The model's name with the beginning of its digest; raises WeightsError (no_weights)."""
        kept = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(self._name).name).strip("-.")[:80]
        return f"whisper-{kept}-{file_digest(self._folder / FILES[0], 'sha256')[:8]}"

    def check(self) -> None:
        """Load the model, downloaded if it must be; raises WeightsError (no_weights, weights_corrupt)."""
        self._model  # noqa: B018 - loaded once

    def read(self, sound: NDArray[np.float32], *, on_wait: Callable[[], None] = lambda: None) -> Speech:
        """Return what is said in samples, 16,000 a second; raises WeightsError (no_weights, weights_corrupt).

        `on_wait` is called after each stretch of some seconds, and may raise to end it.
        """
        if not len(sound):
            return Speech("", "", self.made_by)
        stretches, info = self._model.transcribe(
            sound, beam_size=1, vad_filter=True, condition_on_previous_text=False, log_progress=False
        )

        def texts() -> Iterable[str]:
            for stretch in stretches:
                on_wait()
                yield " ".join(stretch.text.split())

        said = " ".join(text for text, _ in groupby(texts()) if text)  # in noise it says one thing again and again
        return Speech(_cut(said), str(info.language) if said else "", self.made_by)

    @property
    def is_here(self) -> bool:
        """Whether the model need not be downloaded."""
        return "/" in self._name or _find_kept(self._name, self._cache) is not None

    @cached_property
    def _folder(self) -> Path:
        """The folder of the model."""
        folder = Path(self._name) if "/" in self._name else _find(self._name, self._cache)
        if missing := [name for name in FILES if not (folder / name).is_file()]:
            raise WeightsError(
                "no_weights", f"{str(folder)!r} is not a Whisper model of CTranslate2: it has no {', '.join(missing)}"
            )
        return folder

    @cached_property
    def _model(self) -> Any:
        folder = str(self._folder)
        from faster_whisper import WhisperModel

        try:
            return WhisperModel(
                folder, device="cpu", compute_type="int8", cpu_threads=self._threads, local_files_only=True
            )
        except Exception as exc:  # as tokenizers tells of a damaged file; CTranslate2 by RuntimeError
            raise WeightsError("weights_corrupt", f"{folder!r} can't be loaded: {one_line(exc)}") from exc


def _find_kept(name: str, cache: Path) -> Path | None:
    """Return the folder of a named model that was downloaded, None before."""
    from faster_whisper import download_model

    with suppress(Exception):  # the hub's library raises many kinds of errors where it isn't here
        return Path(download_model(name, cache_dir=str(cache), local_files_only=True))
    return None


def _find(name: str, cache: Path) -> Path:
    """Return the folder of a named model, downloaded if it must be; raises WeightsError (no_weights)."""
    from faster_whisper import download_model

    if kept := _find_kept(name, cache):
        return kept
    try:
        return Path(download_model(name, cache_dir=str(cache)))
    except Exception as exc:
        raise WeightsError(
            "no_weights",
            f"the Whisper model {name!r} can't be downloaded ({one_line(exc)}); set TRAILERS_SPEECH to the folder of "
            "one, or to a name such as small, base.en or large-v3-turbo",
        ) from exc


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT].rpartition(" ")[0] or text[:MAX_TEXT]
