import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from extractor.errors import WeightsError
from extractor.networks import starter
from extractor.networks.names import INCEPTION, STARTER
from extractor.networks.registry import BACKBONES
from extractor.networks.starter import starter_weights
from extractor.networks.weights import IMAGENET, Weights, given_weights
from worker.errors import SettingsError
from worker.inference.backbone_choice import Choice, choose_weights
from worker.runtime import Runtime
from worker.settings import Settings, read_settings

IsUsed = Callable[[str], bool]


def always(beginning: str) -> bool:
    return True


def never(beginning: str) -> bool:
    return False


def settings(folder: Path, **given: str) -> Settings:
    return read_settings({"TRAILERS_HOME": str(folder), **{f"TRAILERS_{name}": value for name, value in given.items()}})


def given_file(folder: Path) -> Path:
    path = folder / "own.h5"
    path.write_bytes(b"weights of a user")
    return path


def must_not_fetch(backbone: str) -> Weights:
    raise AssertionError("nothing was to be downloaded")


def no_way_out(backbone: str) -> Weights:
    raise WeightsError("no_weights", "Inception-V3's ImageNet weights could not be downloaded (no route)")


def downloaded_file(folder: Path, content: bytes) -> Path:
    models = folder / "weights" / INCEPTION / "models"
    models.mkdir(parents=True)
    (models / "notop.h5").write_bytes(content)
    return models / "notop.h5"


def fetch_into(folder: Path) -> Callable[[str], Weights]:
    def fetch(backbone: str) -> Weights:
        path = downloaded_file(folder, b"the release")
        path.with_name(f"{path.name}.sha256").write_text(hashlib.sha256(b"the release").hexdigest())
        return BACKBONES[backbone].find_weights(folder / "weights") or must_not_fetch(backbone)

    return fetch


def choose(wanted: Settings, is_used: IsUsed, fetch: Callable[[str], Weights] | None = must_not_fetch) -> Choice:
    choice = choose_weights(wanted, is_used, fetch=fetch)
    assert choice is not None
    return choice


def test_weights_that_a_model_judges_are_taken(tmp_path: Path) -> None:
    path = given_file(tmp_path)
    choice = choose(settings(tmp_path, WEIGHTS=str(path)), always)
    assert (choice.weights, choice.warning) == (given_weights(path), None)


def test_weights_that_no_model_judges_leave_it_to_the_starter_which_says_so(tmp_path: Path) -> None:
    path = given_file(tmp_path)
    choice = choose(settings(tmp_path, WEIGHTS=str(path)), never)
    assert choice.weights == starter_weights()
    assert given_weights(path).features_id in (choice.warning or "")
    assert "TRAILERS_BACKBONE=inception_v3" in (choice.warning or "")


def test_nothing_is_downloaded_for_features_that_no_model_judges(tmp_path: Path) -> None:
    choice = choose(settings(tmp_path), never)
    assert choice.weights.backbone == STARTER
    assert "are not here" in (choice.warning or "")


def test_weights_are_downloaded_for_a_model_that_judges_their_features(tmp_path: Path) -> None:
    choice = choose(settings(tmp_path), always, fetch_into(tmp_path))
    assert (choice.weights.name, choice.reason) == (IMAGENET, None)


def test_without_a_way_out_the_starter_stands_in(tmp_path: Path) -> None:
    choice = choose(settings(tmp_path), always, no_way_out)
    assert choice.weights.backbone == STARTER
    assert "no route" in (choice.warning or "")


def test_who_may_not_download_does_not_know_before(tmp_path: Path) -> None:
    assert choose_weights(settings(tmp_path), always, fetch=None) is None
    assert choose_weights(settings(tmp_path, BACKBONE="inception_v3"), always, fetch=None) is None
    fetch_into(tmp_path)(INCEPTION)
    assert choose(settings(tmp_path), always, None).weights.name == IMAGENET


def test_a_damaged_download_is_an_error_and_no_reason_for_another_network(tmp_path: Path) -> None:
    path = downloaded_file(tmp_path, b"damaged")
    path.with_name(f"{path.name}.sha256").write_text(hashlib.sha256(b"as it was").hexdigest())
    with pytest.raises(WeightsError) as caught:
        choose(settings(tmp_path), always)
    assert caught.value.code == "weights_corrupt"


def test_a_download_of_another_file_is_an_error_too(tmp_path: Path) -> None:
    def another(backbone: str) -> Weights:
        raise WeightsError("weights_corrupt", "another file than Keras names")

    with pytest.raises(WeightsError, match="another file"):
        choose(settings(tmp_path), always, another)


def test_a_weights_file_that_is_named_and_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="there is no weights file"):
        choose(settings(tmp_path, WEIGHTS=str(tmp_path / "none.h5")), never)


def test_what_is_forced_is_taken_whatever_is_judged(tmp_path: Path) -> None:
    path = str(given_file(tmp_path))
    inception = choose(settings(tmp_path, WEIGHTS=path, BACKBONE="inception_v3"), never)
    starter = choose(settings(tmp_path, WEIGHTS=path, BACKBONE="starter"), always)
    assert (inception.weights.name, inception.reason) == ("custom", None)
    assert (starter.weights, starter.reason) == (starter_weights(), None)
    with pytest.raises(WeightsError, match="no route"):
        choose(settings(tmp_path, BACKBONE="inception_v3"), never, no_way_out)


def test_weights_that_had_to_be_downloaded_are_decided_on_from_then_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = given_weights(given_file(tmp_path))
    monkeypatch.setattr(Runtime, "weights_of", lambda runtime, backbone: weights)
    with Runtime(settings(tmp_path, BACKBONE="inception_v3")) as runtime:
        assert (runtime.own_features_id(), runtime.known_features_id()) == (None, "unknown")
        assert runtime.weights is weights
        assert runtime.own_features_id() == runtime.known_features_id() == weights.features_id


def test_an_unknown_backbone_is_refused_with_those_there_are() -> None:
    with pytest.raises(SettingsError, match="TRAILERS_BACKBONE is 'vgg11'; give one of auto, inception_v3, starter"):
        read_settings({"TRAILERS_BACKBONE": "vgg11"})


def test_a_backbone_whose_frames_are_larger_than_kept_posters_looks_at_no_trailers() -> None:
    assert read_settings({"TRAILERS_BACKBONE": "convnext_tiny"}).backbone == "convnext_tiny"
    with pytest.raises(SettingsError, match="TRAILERS_BACKBONE is 'efficientnet_v2_s'"):
        read_settings({"TRAILERS_BACKBONE": "efficientnet_v2_s"})


def test_starter_weights_that_are_not_the_shipped_ones_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = tmp_path / "starter.npz"
    changed.write_bytes(starter.FILE.read_bytes()[:-1] + b"?")
    monkeypatch.setattr(starter, "FILE", changed)
    with pytest.raises(WeightsError) as caught:
        starter_weights()
    assert caught.value.code == "weights_corrupt"
