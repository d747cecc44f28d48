"""Sentence encoders made for tests: tiny BERTs of random weights."""

import json
from pathlib import Path

import numpy as np
import pytest

from extractor.sentences import INSTALLED, USUAL, SentenceEncoder

VOCABULARY = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "ghost", "##s", "##ly", "gho", ",", "\u5e7d", "a")
DIM = 8


def make_encoder(folder: Path, *, seed: int = 0, without: str = "") -> Path:
    """Write a BERT of one layer with random weights."""
    random, layer = np.random.default_rng(seed), "encoder.layer.0."
    dense = {f"{layer}attention.self.{name}": (DIM, DIM) for name in ("query", "key", "value")}
    dense |= {f"{layer}attention.output.dense": (DIM, DIM), f"{layer}intermediate.dense": (16, DIM)}
    dense |= {f"{layer}output.dense": (DIM, 16)}
    names = ("embeddings", f"{layer}attention.output", f"{layer}output")
    shapes: dict[str, tuple[int, ...]] = {f"{name}.weight": shape for name, shape in dense.items()}
    shapes |= {f"{name}.bias": shape[:1] for name, shape in dense.items()}
    shapes |= {f"{name}.LayerNorm.{part}": (DIM,) for name in names for part in ("weight", "bias")}
    for name, n in (("word", len(VOCABULARY)), ("position", 128), ("token_type", 2)):
        shapes[f"embeddings.{name}_embeddings.weight"] = (n, DIM)
    arrays = {name: random.normal(size=shape).astype("<f4") for name, shape in shapes.items() if name != without}
    header, end = {}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": "F32", "shape": array.shape, "data_offsets": [end, end := end + array.nbytes]}
    text = json.dumps(header).encode()
    folder.mkdir()
    body = b"".join(array.tobytes() for array in arrays.values())
    (folder / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + body)
    config = {"model_type": "bert", "hidden_act": "gelu", "num_hidden_layers": 1, "num_attention_heads": 2}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY), encoding="utf-8")
    return folder


def install_encoder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> SentenceEncoder:
    """Return the usual encoder, whose package is one of random weights in `folder` from now on."""
    package = folder / INSTALLED[USUAL]
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    make_encoder(package / "model")
    monkeypatch.syspath_prepend(folder)
    return SentenceEncoder(USUAL)
