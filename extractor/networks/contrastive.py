"""Contrastive networks: CLIP and SigLIP, which have learnt from pictures and captions; the only file with KerasHub.

Radford et al. 2021 ("Learning Transferable Visual Models From Natural Language Supervision") and Zhai et al. 2023
("Sigmoid Loss for Language Image Pre-Training"). A weights file is the `model.weights.h5` of a preset's folder.
"""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.errors import WeightsError, one_line
from extractor.networks.inception import Network, Walk, import_tensorflow
from extractor.networks.weights import Weights
from extractor.precision import Precision

PACKAGE = "keras-hub"
HALVES = (0.5, 0.5, 0.5)


@dataclass(frozen=True, slots=True)
class Contrastive:
    """A network by the name of its preset in KerasHub: pictures of `size` pixels a side, features of `dim` numbers.

    `family` begins the names of its parts there, `weights` is theirs in features_id; colours from 0 to 1 are shifted
    and scaled by `mean` and `spread`.
    """

    family: str
    preset: str
    weights: str
    size: int
    dim: int
    mean: Sequence[float] = HALVES
    spread: Sequence[float] = HALVES


CONTRASTIVE = {
    "clip_vit_b32": Contrastive(
        "CLIP",
        "clip_vit_base_patch32",
        "openai",
        224,
        512,
        (0.48145466, 0.4578275, 0.40821073),
        (0.26862954, 0.26130258, 0.27577711),
    ),
    "siglip_b16": Contrastive("SigLIP", "siglip_base_patch16_224", "webli", 224, 768),
}


@dataclass(frozen=True, slots=True, eq=False)
class ReadCaptions:
    """Captions as vectors of length 1, float32 of shape (captions, dim).

    `scale` times their product with a picture's is the log-odds by which the network tells captions of it apart.
    """

    vectors: NDArray[np.float32]
    scale: float


class ContrastiveNetwork(Network):
    """A backbone whose features have length 1, as captions' have; float32 alone."""

    def __init__(self, weights: Weights, *, precision: Precision = "float32") -> None:
        super().__init__(weights, precision=precision)
        self._kind = CONTRASTIVE[weights.backbone]
        self.frame_size, self.dim = self._kind.size, self._kind.dim

    def read_captions(self, captions: Sequence[str]) -> ReadCaptions:
        """Return the vectors of captions; raises WeightsError (no_weights, weights_corrupt)."""
        network, hub = self._read(), _import_keras_hub()
        try:
            tokenizer = hub.tokenizers.Tokenizer.from_preset(str(self._weights.path.parent))
        except Exception as exc:  # as in `_read`
            raise self._corrupt(
                self._weights.path, f"its words are missing, tokenizer.json and its assets: {one_line(exc)}"
            ) from exc
        split = getattr(hub.models, f"{self._kind.family}Preprocessor")(tokenizer)
        ids = np.asarray(split({"prompts": list(captions), "images": None})["token_ids"])  # (captions, pieces) int32
        vectors = np.asarray(network.get_text_embeddings(ids), dtype=np.float32)
        head = network.get_layer(f"{self._kind.family.lower()}_head")
        return ReadCaptions(
            vectors / np.linalg.norm(vectors, axis=1, keepdims=True), float(np.exp(np.asarray(head.logit_scale)))
        )

    def _prepare(self, pixels: Any) -> Any:
        return (pixels / 255.0 - self._kind.mean) / self._kind.spread

    def _load(self, tf: Any, keras: Any) -> Walk:
        network = self._read()
        return lambda pictures: tf.math.l2_normalize(network.get_vision_embeddings(pictures), axis=1)

    def _read(self) -> Any:
        """Return KerasHub's network; raises WeightsError (no_weights, weights_corrupt)."""
        path, hub = self._weights.path, _import_keras_hub()
        try:
            network = hub.models.Backbone.from_preset(str(path.parent))
            fits = network.get_vision_embeddings(network.input["images"]).shape == (None, self.dim)
        except Exception as exc:  # KerasHub raises many kinds of errors for a folder that is no preset
            raise self._corrupt(path, one_line(exc)) from exc
        if not fits or network.input["images"].shape[1] != self.frame_size:
            raise self._corrupt(path, "a network of another size")
        return network

    def _corrupt(self, path: Path, reason: str) -> WeightsError:
        return WeightsError(
            "weights_corrupt",
            f"{str(path.parent)!r} is not a preset of KerasHub with {self._weights.backbone} ({reason}); give the "
            f"model.weights.h5 of {self._kind.preset}",
        )


def fetch_preset(backbone: str) -> None:
    """Have KerasHub download the files of a network's preset, those of its words too, into KAGGLEHUB_CACHE."""
    hub, preset = _import_keras_hub(), CONTRASTIVE[backbone].preset
    hub.models.Backbone.from_preset(preset)
    hub.tokenizers.Tokenizer.from_preset(preset)


def require_keras_hub() -> None:
    """Raise WeightsError (no_weights) where KerasHub is not installed."""
    if importlib.util.find_spec("keras_hub") is None:
        raise WeightsError(
            "no_weights", f"CLIP and SigLIP need KerasHub; install it: .venv/bin/python -m pip install {PACKAGE}"
        )


def _import_keras_hub() -> Any:
    require_keras_hub()
    import_tensorflow()  # first: it has Keras run on TensorFlow
    try:
        import keras_hub
    except ImportError as exc:  # one of its own libraries is missing or of another version
        raise WeightsError(
            "no_weights", f"KerasHub can't be loaded ({one_line(exc)}); install {PACKAGE} again"
        ) from exc
    return keras_hub
