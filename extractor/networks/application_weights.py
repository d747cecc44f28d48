"""ImageNet's weights for the networks of keras.applications: fetched once by Keras itself, the same ever after."""

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
CORRUPT = 3  # the child's exit code for a file that isn't what Keras names


def find_application_weights(backbone: str, cache: Path) -> Weights:
    """Return ImageNet's weights of a network, downloaded with Keras into `cache` the first time, checked each time.

    Raises WeightsError: no_weights when they can't be fetched, weights_corrupt when they are not what they should be.
    """
    home = cache / backbone
    if (path := _kept(home)) is None:
        _download(backbone, home)
        path = _pin(home)
    sha256 = file_digest(path, "sha256")
    if sha256 != _pin_of(path).read_text().strip():
        raise WeightsError(
            "weights_corrupt", f"{str(path)!r} has changed since it was downloaded; delete it and run again"
        )
    return Weights(IMAGENET, path, sha256, backbone)


def fetch(backbone: str) -> None:
    """Have Keras download and verify a network's weights into its home, and end the process: run in a child."""
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT_S)
    try:
        with redirect_stdout(sys.stderr):  # Keras draws its progress bar on stdout
            build_network(backbone, weights="imagenet")
    except Exception as exc:  # Keras raises plain Exception when a download fails
        sys.stdout.write(one_line(exc))
        raise SystemExit(CORRUPT if isinstance(exc, ValueError) else 1) from exc


def _download(backbone: str, home: Path) -> None:
    """Let a child process fetch them: Keras reads its home folder, KERAS_HOME, once, when it is imported."""
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
        raise WeightsError("weights_corrupt", f"Keras got another file than it names for {backbone}: {child.stdout}")
    if child.returncode:
        raise WeightsError(
            "no_weights",
            f"{backbone}'s ImageNet weights could not be downloaded ({child.stdout or 'see above'}); connect to the "
            f"internet once, put the file that Keras keeps in ~/.keras/models into {str(home / 'models')!r}, or name "
            "a weights file with --backbone-weights",
        )


def _kept(home: Path) -> Path | None:
    """Return the verified file, None before the first download."""
    return next((path for path in sorted((home / "models").glob("*.h5")) if _pin_of(path).is_file()), None)


def _pin(home: Path) -> Path:
    """Note the SHA-256 of the file that Keras has just verified, and return the file."""
    path = max((home / "models").glob("*.h5"), key=lambda path: path.stat().st_mtime)
    _pin_of(path).write_text(f"{file_digest(path, 'sha256')}\n")
    return path


def _pin_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
