"""What is stored, as the commands and other programs show it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pymongo
import pytest

from extractor.networks.weights import given_weights
from tests.support.homes import Command
from tests.support.models import GENRES
from tests.worker.cli.printed import lines


def test_show_and_list_tell_what_is_stored(run: Command, model_id: str, clip: Path) -> None:
    trailer_id = lines(run("analyze", "--json", str(clip))[1])[0]["trailer_id"]
    status, out, _ = run("show", trailer_id, "--json")
    shown = json.loads(out)
    assert status == 0
    assert [len(scores) for scores in shown["timeline"].values()] == [4] * len(GENRES)
    status, out, _ = run("list", "--json")
    assert status == 0
    assert trailer_id in {line["trailer_id"] for line in lines(out)}
    assert trailer_id in run("list")[1]


def test_what_is_not_stored_is_exit_code_4(run: Command) -> None:
    status, _, err = run("show", "file:0123456789abcdef")
    assert status == 4
    assert "trailers list" in err
    assert run("models", "show", "ffff")[0] == 4


@pytest.mark.parametrize("command", ["show", "similar"])
def test_what_is_neither_an_id_nor_a_file_is_exit_code_4_and_says_where_ids_are(run: Command, command: str) -> None:
    status, _, err = run(command, "neither-id-nor-file")
    assert (status, "`trailers list` shows what is stored" in err) == (4, True)


def test_models_are_listed_shown_and_exported_to_the_same_bytes(run: Command, model_id: str, tmp_path: Path) -> None:
    assert model_id[:12] in run("models", "list")[1]
    assert "random numbers" in run("models", "show", model_id[:8])[1]
    status, out, _ = run("models", "export", model_id, str(tmp_path / "out.zip"))
    assert (status, model_id in out) == (0, True)
    assert (tmp_path / "out.zip").read_bytes() == (tmp_path / "model.zip").read_bytes()


def test_another_client_reads_the_features_as_documented(
    run: Command, model_id: str, clip: Path, weights_file: Path
) -> None:
    trailer_id = lines(run("analyze", "--json", str(clip))[1])[0]["trailer_id"]
    features_id = given_weights(weights_file).features_id
    uri = run("db", "uri")[1].strip()
    client: pymongo.MongoClient[dict[str, Any]]
    with pymongo.MongoClient(uri) as client:
        document = client.trailers.features.find_one({"_id": f"{trailer_id}/{features_id}"})
    assert document is not None
    vectors = np.frombuffer(document["vectors"], "<f2").reshape(-1, document["dim"])
    assert vectors.shape == (4, 2048)
    pooled = np.array(document["pooled"].as_vector().data)
    assert np.allclose(pooled, vectors.astype(np.float32).mean(axis=0), atol=2e-3)
    assert document["provenance"]["weights_sha256"].startswith(features_id.split("-")[2])


def test_doctor_finds_nothing_amiss_here(run: Command, model_id: str) -> None:
    status, out, _ = run("doctor", "--json")
    states = {finding["name"]: finding["state"] for finding in lines(out)}
    assert status == 0
    assert {"ffmpeg", "weights", "database", "model", "broker", "yt-dlp", "gpu", "disk", "javascript"} <= set(states)
    assert "failed" not in states.values()
