"""Sentence encoders: names that may be asked for, and one small encoder where the library is installed."""

from pathlib import Path

import numpy as np
import pytest

from extractor.errors import WeightsError
from extractor.sentences import SentenceEncoder, sentence_features_id


@pytest.mark.parametrize("name", ["all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"])
def test_an_encoders_features_are_named_after_it(name: str) -> None:
    assert sentence_features_id(name) == "sentence-all-MiniLM-L6-v2-r1"


def test_a_folder_of_any_name_makes_a_safe_one(tmp_path: Path) -> None:
    folder = tmp_path / "m\u00fc model; rm -rf"
    folder.mkdir()
    assert sentence_features_id(str(folder)) == "sentence-m-model-rm--rf-r1"
    (tmp_path / "...").mkdir()
    assert sentence_features_id(str(tmp_path / "...")) == "sentence-model-r1"


@pytest.mark.parametrize("name", ["", "../x", "a/b/c", "/etc/none", "https://x.y/z", "a b", "-x", "a\0b", "x" * 200])
def test_a_name_that_is_none_is_refused_before_anything_is_loaded(name: str) -> None:
    with pytest.raises(WeightsError, match="not a valid sentence encoder") as raised:
        SentenceEncoder(name)
    assert raised.value.code == "no_weights"


def test_a_small_encoder_makes_one_vector_a_text(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers", reason="needs the extra [sentences]")
    from sentence_transformers import SentenceTransformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    (tmp_path / "vocab.txt").write_text("\n".join(("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "ghost")))
    BertModel(
        BertConfig(vocab_size=6, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
    ).save_pretrained(tmp_path / "bert")
    BertTokenizerFast(vocab_file=str(tmp_path / "vocab.txt")).save_pretrained(tmp_path / "bert")
    SentenceTransformer(str(tmp_path / "bert")).save(str(tmp_path / "tiny"))
    encoder = SentenceEncoder(str(tmp_path / "tiny"))
    vectors = encoder.encode(["ghost ghost", "", "\ud800"], on_count=lambda done, total: None)
    assert (vectors.shape, encoder.features_id) == ((3, 32), "sentence-tiny-r1")
    assert vectors.dtype == np.float32
