"""A Whisper model of one small random layer, in CTranslate2's form: what it hears is random letters."""

import string
from pathlib import Path
from typing import Any

import numpy as np
import pytest

DIM, LANGUAGES = 16, ("en", "de")
NOT_SAID = -100.0


def save_random_whisper(folder: Path, *, seed: int = 0) -> Path:
    """Write the model's files; skips the test where faster-whisper isn't installed."""
    pytest.importorskip("faster_whisper", reason="needs the extra [speech]")
    from ctranslate2.specs import WhisperSpec, model_spec
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    marks = ("endoftext", "startoftranscript", *LANGUAGES, "translate", "transcribe", "startoflm", "startofprev")
    times = (f"{place * 0.02:.2f}" for place in range(1501))
    special = [f"<|{name}|>" for name in (*marks, "nospeech", "notimestamps", *times)]
    vocabulary = [*letters, *special]
    tokenizer = Tokenizer(models.BPE({piece: place for place, piece in enumerate(vocabulary)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(special)
    folder.mkdir(exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))

    spec, random = WhisperSpec(1, 2, 1, 2), np.random.default_rng(seed)

    def fill(part: Any, name: str, value: object) -> None:
        if value is None:
            setattr(part, name.split("/")[-1], random.normal(0, 0.5, _shape(name, len(vocabulary))).astype(np.float32))

    model_spec.visit_spec(spec, fill)
    for part, length in ((spec.encoder, 1500), (spec.decoder, 448)):
        part.position_encodings.encodings = random.normal(0, 0.5, (length, DIM)).astype(np.float32)
    said = {*string.ascii_lowercase, "Ġ", *special}
    spec.decoder.projection.bias = np.array([0.0 if piece in said else NOT_SAID for piece in vocabulary], np.float32)
    spec.register_vocabulary(vocabulary)
    spec.config.suppress_ids = spec.config.suppress_ids_begin = []
    spec.config.lang_ids = [vocabulary.index(f"<|{language}|>") for language in LANGUAGES]
    spec.config.alignment_heads = [(0, 0)]
    spec.validate()
    spec.save(str(folder))
    return folder


def _shape(name: str, n_words: int) -> tuple[int, ...]:
    if name in ("decoder/embeddings/weight", "decoder/projection/weight"):
        return (n_words, DIM)
    shapes = {
        "layer_norm": (DIM,),
        "conv1/weight": (DIM, 80, 3),
        "conv2/weight": (DIM, DIM, 3),
        "ffn/linear_0/weight": (4 * DIM, DIM),
        "ffn/linear_1/weight": (DIM, 4 * DIM),
        "self_attention/linear_0/weight": (3 * DIM, DIM),
        "/attention/linear_1/weight": (2 * DIM, DIM),
    }
    return next((shape for part, shape in shapes.items() if part in name), (DIM, DIM))
