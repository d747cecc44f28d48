"""Sounds: the log-mel patches against numbers worked out by hand and by TensorFlow, the network against Keras's."""

import re
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from extractor.errors import WeightsError
from extractor.sounds import SoundReader, cut_patches, log_mel
from tests.support.listening.yamnet import build_yamnet, save_random_yamnet

SECOND = 16_000


def tone(hertz: float, n: int, loud: float = 0.5) -> NDArray[np.float32]:
    return (loud * np.sin(2 * np.pi * hertz * np.arange(n) / SECOND)).astype(np.float32)


@pytest.fixture(scope="module")
def yamnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_random_yamnet(tmp_path_factory.mktemp("weights") / "yamnet.h5")


@pytest.mark.parametrize(("hertz", "band"), [(250, 3), (1000, 19), (4000, 48)])
def test_a_tone_is_loudest_in_the_band_whose_middle_is_nearest(hertz: float, band: int) -> None:
    # 64 triangles from mel(125) = 185.2 to mel(7500) = 2774.6: the middle of band b is at 185.2 + (b + 1) 39.84.
    assert round((1127 * np.log(1 + hertz / 700) - 185.2) / 39.84) - 1 == band
    mel = log_mel(tone(hertz, SECOND))
    assert mel.shape == (98, 64)  # 1 + (16,000 - 400) / 160 windows, the last one not whole
    assert (mel.argmax(axis=1) == band).all()


def test_silence_is_the_logarithm_of_what_is_added_and_twice_as_loud_is_twice_as_much() -> None:
    assert log_mel(np.zeros(400, np.float32)) == pytest.approx(np.full((1, 64), np.log(0.001)))
    quiet, loud = (np.exp(log_mel(tone(1000, 400, amplitude))) - 0.001 for amplitude in (0.25, 0.5))
    assert loud[0, 19] == pytest.approx(2 * quiet[0, 19], rel=1e-4)


@pytest.mark.slow
def test_the_spectrogram_is_that_of_tensorflow() -> None:
    import tensorflow as tf

    sound = np.random.default_rng(0).normal(0, 0.2, SECOND).astype(np.float32)
    spectrum = tf.abs(tf.signal.stft(sound, frame_length=400, frame_step=160, fft_length=512))
    weights = tf.signal.linear_to_mel_weight_matrix(64, 257, SECOND, 125, 7500)
    expected = tf.math.log(tf.matmul(spectrum, weights) + 0.001).numpy()
    assert log_mel(sound) == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize(("n", "n_patches"), [(0, 0), (1, 1), (15_600, 1), (15_601, 2), (23_280, 2), (160_000, 20)])
def test_patches_last_a_second_one_begins_every_half_and_silence_fills_the_last(n: int, n_patches: int) -> None:
    patches = np.concatenate([np.empty((0, 96, 64)), *cut_patches(tone(440, n))])
    assert patches.shape == (n_patches, 96, 64)
    if n_patches > 1:
        assert (patches[1][:48] == patches[0][48:]).all()


def test_a_vector_of_each_patch_is_made(yamnet: Path) -> None:
    waits: list[None] = []
    vectors = SoundReader(yamnet).read(tone(440, SECOND), on_wait=lambda: waits.append(None))
    assert (vectors.dtype.name, vectors.shape, len(waits)) == ("float32", (2, 1024), 1)
    of_keras = [14.3494, 15.403825, 0.0, 1.4409193, 12.893578, 0.38374162]  # by build_yamnet
    assert vectors[0, :6] == pytest.approx(of_keras, abs=1e-4)
    assert SoundReader(yamnet).read(tone(440, 0)).shape == (0, 1024)


@pytest.mark.slow
def test_a_vector_of_each_patch_is_what_keras_makes_of_it(yamnet: Path) -> None:
    sound = np.random.default_rng(1).normal(0, 0.2, 10 * SECOND).astype(np.float32) + tone(440, 10 * SECOND)
    vectors = SoundReader(yamnet).read(sound)
    expected = build_yamnet(yamnet)(np.concatenate(list(cut_patches(sound)))).numpy()
    assert expected.std(axis=0).max() > 0.01
    assert np.abs(vectors - expected).max() < 1e-4 * np.abs(expected).max()


def test_the_features_are_named_after_the_weights(yamnet: Path, tmp_path: Path) -> None:
    other = save_random_yamnet(tmp_path / "other.h5", seed=1)
    ids = {SoundReader(path).features_id for path in (yamnet, other)}
    assert len(ids) == 2
    assert all(re.fullmatch(r"yamnet-[0-9a-f]{8}-s1", each) for each in ids)


def test_files_that_hold_no_yamnet_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"there is no file '.*': name yamnet\.h5 in TRAILERS_SOUND_WEIGHTS"):
        SoundReader(tmp_path / "none.h5")
    text, part, shape, torn, wild = (tmp_path / f"{name}.h5" for name in ("text", "part", "shape", "torn", "wild"))
    text.write_text("no weights")
    save_random_yamnet(part, without="layer9/pointwise_conv/bn/beta")
    with h5py.File(save_random_yamnet(shape), "a") as file:
        del file["layer3/pointwise_conv/layer3/pointwise_conv/kernel:0"]
        file["layer3/pointwise_conv/layer3/pointwise_conv/kernel:0"] = np.zeros((1, 1, 3, 3), np.float32)
    whole = save_random_yamnet(torn).read_bytes()
    torn.write_bytes(whole.replace(b"TREE", b"tree"))
    with h5py.File(save_random_yamnet(wild), "a") as file:
        file["layer2/depthwise_conv/bn/layer2/depthwise_conv/bn/moving_variance:0"][...] = -1
    for path in (text, part, shape, torn, wild):
        with pytest.raises(WeightsError, match=f"'{path}' does not hold YAMNet") as caught:
            SoundReader(path).check()
        assert caught.value.code == "weights_corrupt"
