"""Downloads of ImageNet's weights for the networks of keras.applications, by Keras in a child process."""

import os
import socket
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

from extractor.errors import WeightsError, one_line
from extractor.networks.applications import build_network
from extractor.networks.weights import IMAGENET, Weights, file_digest

DOWNLOAD_TIMEOUT_S = 30
FETCH = f"import sys; from {__name__} import fetch; fetch(sys.argv[1])"
CORRUPT = 3  # the child's exit status for a file other than the one Keras names


def cached_weights(backbone: str, cache: Path) -> Weights | None:
    """Return a network's downloaded ImageNet weights, None before the download.

    Raises WeightsError (weights_corrupt) when the file is no longer the one that Keras verified.
    """
    path = next((path for path in sorted(_folder(backbone, cache).glob("*.h5")) if _pin_path(path).is_file()), None)
    if path is None:
        return None
    sha256 = file_digest(path, "sha256")
    if sha256 != _pin_path(path).read_text().strip():
        raise WeightsError(
            "weights_corrupt", f"{str(path)!r} has changed since it was downloaded; delete it and run again"
        )
    return Weights(IMAGENET, path, sha256, backbone)


def download_weights(backbone: str, cache: Path) -> Weights:
    """Have Keras download and verify a network's ImageNet weights into `cache`, and return them.

    Raises WeightsError: no_weights when the download fails, weights_corrupt when it isn't the file Keras names.
    """
    folder = _folder(backbone, cache)
    _download(backbone, folder.parent)
    path = max(folder.glob("*.h5"), key=lambda path: path.stat().st_mtime)
    sha256 = file_digest(path, "sha256")
    _pin_path(path).write_text(f"{sha256}\n")
    return Weights(IMAGENET, path, sha256, backbone)


def fetch(backbone: str) -> None:
    """Have Keras download and verify a network's weights; runs in a child process, which it ends on failure."""
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT_S)
    try:
        with redirect_stdout(sys.stderr):  # Keras draws its progress bar on stdout
            build_network(backbone, weights="imagenet")
    except Exception as exc:  # Keras raises plain Exception when a download fails
        sys.stdout.write(one_line(exc))
        raise SystemExit(CORRUPT if isinstance(exc, ValueError) else 1) from exc


def _download(backbone: str, home: Path) -> None:
    """Download in a child process: Keras reads its home folder, KERAS_HOME, only once, on import."""
    home.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "KERAS_HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}
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
            f"{backbone}'s ImageNet weights could not be downloaded ({child.stdout or 'see above'}); connect to the "
            f"internet once, put the file that Keras keeps in ~/.keras/models into {str(home / 'models')!r}, or name "
            "a weights file in TRAILERS_WEIGHTS or --backbone-weights",
        )


def _folder(backbone: str, cache: Path) -> Path:
    """Return the folder in which Keras keeps a network's weights below a home of its own."""
    return cache / backbone / "models"


def _pin_path(path: Path) -> Path:
    """Return the file that holds the SHA-256 of a verified download."""
    return path.with_name(f"{path.name}.sha256")
