"""`trailers train --posters` and `trailers poster` with another network than Inception-V3, as a user runs them."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from db.store import open_store
from extractor.networks.applications import Application
from extractor.networks.backbone import nothing
from extractor.networks.weights import given_weights
from extractor.posters import read_poster
from tests.support.homes import Command
from tests.support.models import make_model, put_to_use
from tests.support.posters import make_labelled_posters
from worker.predicting.poster_backbones import open_backbone, poster_weights
from worker.predicting.posters import predict_posters
from worker.runtime import Runtime
from worker.settings import read_settings


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_labelled_posters(tmp_path_factory.mktemp("posters"), 45)


@pytest.fixture
def run(nowhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("TRAILERS_HOME", str(nowhere / "home"))
    return Command(capsys)


def unpack(collection: Path, folder: Path, n: int) -> list[Path]:
    with zipfile.ZipFile(collection) as archive:
        return [Path(archive.extract(name, folder)) for name in archive.namelist()[:n]]


@pytest.mark.slow
def test_a_fine_tuned_backbone_is_trained_on_the_same_split_and_judges_by_its_own_model(
    run: Command, mobilenet: Path, collection: tuple[Path, Path], nowhere: Path
) -> None:
    posters, labels = collection
    chosen = ("--backbone", "mobilenet", "--picture-size", 96, "--backbone-weights")
    table = ("--posters", posters, "--labels", labels, "--group-column", "film", "--min-positives", 5)
    tuning = ("--head", "logistic_mean", "--fine-tune", 1, "--fine-tune-epochs", 1, "--use")
    status, out, err = run("train", *table, *chosen, mobilenet, *tuning)
    assert status == 0, err
    assert "now predicts for posters, from features of mobilenet.96-custom-" in out
    (named,) = re.findall(r"--picture-size 96 --backbone-weights (\S+)", err)
    parts = json.loads(Path(named).with_name("split.json").read_text())["parts"]
    assert f"{len(parts['train'])} rows to train on" in err
    poster, *_ = unpack(posters, nowhere, 1)
    status, out, err = run("poster", poster, *chosen, named, "--json")
    assert status == 0, err
    assert {genre["genre"] for genre in json.loads(out)["genres"]} == {"Action", "Comedy", "Drama"}
    status, out, err = run("poster", poster, *chosen, mobilenet)
    assert (status, out) == (1, "")
    assert "no_model" in err
    assert "--backbone mobilenet --picture-size 96" in err
    status, out, err = run("train", *table, *chosen, named, "--head", "logistic_mean")
    assert (status, out) == (1, "")
    assert "has learnt from some of these posters" in err


@pytest.mark.parametrize(("size", "shown"), [(None, 224), (96, 96), (224, 224)])
@pytest.mark.slow
def test_a_batch_of_posters_is_one_call_of_the_network(
    collection: tuple[Path, Path], nowhere: Path, monkeypatch: pytest.MonkeyPatch, size: int | None, shown: int
) -> None:
    shapes: list[tuple[int, ...]] = []

    def infer(
        self: Application, frames: NDArray[np.uint8], *, on_wait: Callable[[], None] = nothing
    ) -> NDArray[np.float32]:
        shapes.append(frames.shape)
        return np.ones((len(frames), 2048), np.float32)

    monkeypatch.setattr(Application, "__call__", infer)
    settings = read_settings({"TRAILERS_HOME": str(nowhere / "home")})
    weights = nowhere / "no-network.h5"
    weights.write_bytes(b"no network")
    paths = [str(path) for path in unpack(collection[0], nowhere, 33)]
    with open_store(uri=None, home=nowhere / "home") as store:
        features_id = given_weights(weights, backbone="resnet50").features_id
        put_to_use(store, make_model(features_id.replace("resnet50", "resnet50.96") if size == 96 else features_id))
    with Runtime(settings) as runtime:
        backbone = open_backbone(runtime, poster_weights(runtime, "resnet50", weights, picture_size=size))
        judged = list(predict_posters(runtime, paths, backbone=backbone))
    assert [source for source, _ in judged] == paths
    assert shapes == [(n, shown, shown, 3) for n in (48, 48, 3)]  # three views of 16, 16 and 1


def test_a_network_of_larger_pictures_is_shown_every_pixel() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (600, 600, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    assert np.array_equal(read_poster(buffer.getvalue(), size=600)[0], pixels)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("poster", "x.jpg", "--backbone", "resnet5"), "did you mean resnet50?"),
        (("poster", "x.jpg", "--backbone", "resnet50", "--backbone-weights", "none.h5"), "there is no weights file"),
        (("train", "--fine-tune", 2), "--fine-tune needs --posters"),
        (("train", "--backbone", "resnet50"), "need --posters"),
        (("train", "--picture-size", 96), "need --posters"),
        (("poster", "x.jpg", "--backbone", "starter", "--picture-size", 96), "takes pictures of 147 pixels alone"),
    ],
)
def test_wrong_arguments_are_refused_with_the_way_out(run: Command, arguments: tuple[object, ...], words: str) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (1, "")
    assert words in err
