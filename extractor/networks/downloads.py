"""Downloads of weights for the networks of keras.applications and KerasHub, by these in a child process."""

import os
import socket
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

from extractor.errors import WeightsError, one_line
from extractor.networks.applications import build_network
from extractor.networks.contrastive import CONTRASTIVE, fetch_preset, require_keras_hub
from extractor.networks.weights import IMAGENET, Weights, file_digest

DOWNLOAD_TIMEOUT_S = 30
FETCH = f"import sys; from {__name__} import fetch; fetch(sys.argv[1])"
CORRUPT = 3  # the child's exit status for a file other than the one Keras names


def cached_weights(backbone: str, cache: Path) -> Weights | None:
    """Return a network's downloaded weights, None before the download.

    Raises WeightsError (weights_corrupt) when the file is no longer the one that Keras verified.
    """
    path = next((path for path in sorted(_folder(backbone, cache).rglob("*.h5")) if _pin_path(path).is_file()), None)
    if path is None:
        return None
    sha256 = file_digest(path, "sha256")
    if sha256 != _pin_path(path).read_text().strip():
        raise WeightsError(
            "weights_corrupt", f"{str(path)!r} has changed since it was downloaded; delete it and run again"
        )
    return Weights(_name(backbone), path, sha256, backbone)


def download_weights(backbone: str, cache: Path) -> Weights:
    """Have Keras or KerasHub download and verify a network's weights into `cache`, and return them.

    Raises WeightsError: no_weights when the download fails, weights_corrupt when it isn't the file Keras names.
    """
    if backbone in CONTRASTIVE:
        require_keras_hub()
    folder = _folder(backbone, cache)
    _download(backbone, folder.parent)
    path = max(folder.rglob("*.h5"), key=lambda path: path.stat().st_mtime)
    sha256 = file_digest(path, "sha256")
    _pin_path(path).write_text(f"{sha256}\n")
    return Weights(_name(backbone), path, sha256, backbone)


def fetch(backbone: str) -> None:
    """Have Keras or KerasHub download a network's weights; runs in a child process, which it ends on failure."""
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT_S)
    try:
        with redirect_stdout(sys.stderr):  # Keras draws its progress bar on stdout
            _fetch(backbone)
    except Exception as exc:  # Keras raises plain Exception when a download fails
        sys.stdout.write(one_line(exc))
        raise SystemExit(CORRUPT if isinstance(exc, ValueError) else 1) from exc


def _fetch(backbone: str) -> None:
    if backbone in CONTRASTIVE:
        fetch_preset(backbone)
    else:
        build_network(backbone, weights="imagenet")


def _download(backbone: str, home: Path) -> None:
    """Download in a child process: Keras and KerasHub read where they keep files only once, on import."""
    home.mkdir(parents=True, exist_ok=True)
    homes = {"KERAS_HOME": str(home), "KAGGLEHUB_CACHE": str(home)}
    environment = {**os.environ, **homes, "PYTHONPATH": os.pathsep.join(sys.path)}
    child = subprocess.run(
        [sys.executable, "-c", FETCH, backbone],
        env={**environment, "CUDA_VISIBLE_DEVICES": "-1"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if child.returncode == CORRUPT:
        raise WeightsError(
            "weights_corrupt", f"Keras downloaded a file other than the one it names for {backbone}: {child.stdout}"
        )
    if child.returncode:
        raise WeightsError(
            "no_weights",
            f"{backbone}'s weights could not be downloaded ({child.stdout or 'see above'}); connect to the internet "
            f"once, put what Keras keeps in ~/.keras/models, KerasHub in ~/.cache/kagglehub/models, into "
            f"{str(home / 'models')!r}, or name a weights file in TRAILERS_WEIGHTS or --backbone-weights",
        )


def _name(backbone: str) -> str:
    return CONTRASTIVE[backbone].weights if backbone in CONTRASTIVE else IMAGENET


def _folder(backbone: str, cache: Path) -> Path:
    """Return the folder in which Keras and KerasHub keep a network's weights below a home of its own."""
    return cache / backbone / "models"


def _pin_path(path: Path) -> Path:
    """Return the file that holds the SHA-256 of a verified download."""
    return path.with_name(f"{path.name}.sha256")
