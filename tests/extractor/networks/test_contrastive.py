"""CLIP and SigLIP of KerasHub with few random layers, so nothing is said of what they see or read."""

import io
import string
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from extractor.errors import WeightsError
from extractor.networks.contrastive import CONTRASTIVE, ContrastiveNetwork
from extractor.networks.inception import import_tensorflow
from extractor.networks.registry import BACKBONES, open_network
from extractor.networks.weights import given_weights
from tests.support.reference import worst_cosine

SMALL = {"num_layers": 1, "num_heads": 2, "intermediate_dim": 32}
CAPTIONS = ("a frame of a horror film", "the poster of a comedy")
FRAMES = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)


def make_small(hub: Any, name: str, *, dim: int) -> Any:
    """Return a network of this kind with few layers, whose features have `dim` numbers."""
    eye: dict[str, Any] = {"patch_size": 32, "image_shape": (224, 224, 3), **SMALL}
    words: dict[str, Any] = {"vocabulary_size": 100, **SMALL}
    if name == "clip_vit_b32":
        seen = hub.models.CLIPVisionEncoder(hidden_dim=16, **eye)
        read = hub.models.CLIPTextEncoder(embedding_dim=16, hidden_dim=16, **words)
        return hub.models.CLIPBackbone(seen, read, projection_dim=dim)
    seen = hub.models.SigLIPVisionEncoder(hidden_dim=dim, **eye)
    read = hub.models.SigLIPTextEncoder(embedding_dim=dim, hidden_dim=dim, projection_dim=dim, **words)
    return hub.models.SigLIPBackbone(seen, read)


def make_words(hub: Any, name: str) -> Any:
    """Return what cuts captions into pieces for a small network: letters, and a few pieces of these."""
    if name == "clip_vit_b32":
        letters = [*string.ascii_lowercase, *(f"{each}</w>" for each in string.ascii_lowercase)]
        pieces = [*letters, "of</w>", "<|startoftext|>", "<|endoftext|>"]
        return hub.tokenizers.CLIPTokenizer({piece: place for place, piece in enumerate(pieces)}, ["o f</w>"])
    sentencepiece: Any = pytest.importorskip("sentencepiece")

    written, ids = io.BytesIO(), {"unk_id": 0, "eos_id": 1, "pad_id": -1, "bos_id": -1}
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CAPTIONS), model_writer=written, vocab_size=40, hard_vocab_limit=False, **ids
    )
    return hub.tokenizers.SigLIPTokenizer(proto=written.getvalue())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # KerasHub leaves a file open
@pytest.mark.parametrize("name", CONTRASTIVE)
def test_captions_are_read_as_the_network_compares_them_with_pictures(tmp_path: Path, name: str) -> None:
    import_tensorflow()
    hub = pytest.importorskip("keras_hub", reason="needs the extra [clip]")
    network = make_small(hub, name, dim=CONTRASTIVE[name].dim)
    network.save_to_preset(str(tmp_path))
    backbone = open_network(given_weights(tmp_path / "model.weights.h5", backbone=name))
    assert isinstance(backbone, ContrastiveNetwork)
    with pytest.raises(WeightsError, match=r"its words are missing, tokenizer\.json"):
        backbone.read_captions(CAPTIONS)
    make_words(hub, name).save_to_preset(str(tmp_path))
    read = backbone.read_captions(CAPTIONS)
    assert read.vectors.shape == (len(CAPTIONS), CONTRASTIVE[name].dim)
    preprocess = getattr(hub.models, f"{CONTRASTIVE[name].family}Preprocessor")(make_words(hub, name))
    kind = CONTRASTIVE[name]
    pictures = ((FRAMES / 255 - np.array(kind.mean)) / np.array(kind.spread)).astype(np.float32)
    ids = np.asarray(preprocess({"prompts": list(CAPTIONS), "images": None})["token_ids"])
    wanted = np.asarray(network({"images": pictures, "token_ids": ids})["vision_logits"])  # SigLIP's bias is 0 here
    np.testing.assert_allclose(read.scale * backbone(FRAMES) @ read.vectors.T, wanted, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", CONTRASTIVE)
def test_features_are_those_of_kerashub_with_length_1(tmp_path: Path, name: str) -> None:
    import_tensorflow()
    hub, kind = pytest.importorskip("keras_hub", reason="needs the extra [clip]"), CONTRASTIVE[name]
    network = make_small(hub, name, dim=kind.dim)
    network.save_to_preset(str(tmp_path))
    backbone = open_network(given_weights(tmp_path / "model.weights.h5", backbone=name))
    vectors = backbone(FRAMES)
    pictures = ((FRAMES / 255 - np.array(kind.mean)) / np.array(kind.spread)).astype(np.float32)
    assert vectors.shape == (2, kind.dim)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert worst_cosine(vectors, np.asarray(network.get_vision_embeddings(pictures))) > 0.9999
    assert backbone.features_id.startswith(f"{name}-custom-")


@pytest.mark.slow
def test_a_preset_of_another_width_and_a_folder_that_is_none_are_refused(tmp_path: Path) -> None:
    import_tensorflow()
    hub = pytest.importorskip("keras_hub", reason="needs the extra [clip]")
    make_small(hub, "clip_vit_b32", dim=16).save_to_preset(str(tmp_path))
    for folder in (tmp_path, tmp_path / "none"):
        folder.mkdir(exist_ok=True)
        (file := folder / "model.weights.h5").touch()
        with pytest.raises(WeightsError, match="is not a preset of KerasHub with clip_vit_b32") as caught:
            open_network(given_weights(file, backbone="clip_vit_b32"))(FRAMES)
        assert caught.value.code == "weights_corrupt"


def test_without_kerashub_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "keras_hub", None)
    (tmp_path / "model.weights.h5").touch()
    assert not BACKBONES["siglip_b16"].is_installed
    with pytest.raises(WeightsError, match="pip install keras-hub") as caught:
        BACKBONES["siglip_b16"].download_weights(tmp_path)
    with pytest.raises(WeightsError, match="pip install keras-hub"):
        open_network(given_weights(tmp_path / "model.weights.h5", backbone="siglip_b16"))(FRAMES)
    assert caught.value.code == "no_weights"
