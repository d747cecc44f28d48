"""Sentence encoders: a plot in, one vector out; the only file that imports sentence-transformers."""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.errors import BadPlot, WeightsError, one_line

BATCH = 64
MAX_DIM = 16_384
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?", re.ASCII)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class SentenceEncoder:
    """A model of sentence-transformers, by its name on the hub or its folder; code that comes with it is never run.

    Raises WeightsError for an invalid name, a missing library, and a model that can't be loaded.
    """

    def __init__(self, name: str) -> None:
        self.features_id = sentence_features_id(name)
        self._model = _load(name)

    def encode(self, texts: Sequence[str], *, on_count: Callable[[int, int | None], None]) -> NDArray[np.float32]:
        """Return one vector a text, float32 of shape (texts, dim); raises BadPlot for unusable vectors."""
        parts = []
        for start in range(0, len(texts), BATCH):
            batch = [text.encode("utf-8", "replace").decode() for text in texts[start : start + BATCH]]
            parts.append(np.asarray(self._model.encode(batch, show_progress_bar=False), dtype=np.float32))
            on_count(start + len(batch), len(texts))
        vectors = np.concatenate(parts)
        if vectors.ndim != 2 or vectors.shape[1] > MAX_DIM or not np.isfinite(vectors).all():
            raise BadPlot(f"the sentence encoder produced unusable vectors of shape {vectors.shape}")
        return vectors


def sentence_features_id(name: str) -> str:
    """Return the id of an encoder's vectors, from its name or its folder's; raises WeightsError for an invalid name."""
    if not name.strip() or "\0" in name or (not Path(name).is_dir() and not _NAME.fullmatch(name)):
        raise WeightsError(
            "no_weights",
            f"{name[:80]!r} is not a valid sentence encoder: give a name such as all-MiniLM-L6-v2 or a model's folder",
        )
    kept = Path(name).resolve().name if Path(name).is_dir() else name.rpartition("/")[2]
    return f"sentence-{_UNSAFE.sub('-', kept).strip('-.') or 'model'}-r1"[:120]


def _load(name: str) -> Any:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as exc:
        raise WeightsError(
            "no_weights",
            "sentence encoders need sentence-transformers: .venv/bin/python -m pip install sentence-transformers",
        ) from exc
    try:
        return SentenceTransformer(
            name,
            device="cpu",
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},  # no pickles
        )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError, ImportError) as exc:
        raise WeightsError(
            "no_weights",
            f"the sentence encoder {name!r} can't be loaded ({one_line(exc)}): check the name and the connection, or "
            "give the folder of a downloaded model",
        ) from exc
