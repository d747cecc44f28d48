"""The download of Inception-V3's ImageNet weights, by Keras."""

import contextlib
import socket
import sys
from pathlib import Path

from extractor.errors import WeightsError, one_line
from extractor.networks.inception import import_tensorflow
from extractor.networks.names import INCEPTION
from extractor.networks.weights import IMAGENET_FILE, IMAGENET_MD5, IMAGENET_URL, Weights, pin_weights

DOWNLOAD_TIMEOUT_S = 30


def download_imagenet(cache: Path) -> Weights:
    """Have Keras download and verify ImageNet's weights into `cache`, and return them.

    Raises WeightsError: no_weights when the download fails, weights_corrupt when it isn't the file Keras names.
    """
    _, keras = import_tensorflow()
    cache.mkdir(parents=True, exist_ok=True)
    timeout = socket.getdefaulttimeout()
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT_S)
    try:
        with contextlib.redirect_stdout(sys.stderr):  # Keras draws its progress bar on stdout
            keras.utils.get_file(
                IMAGENET_FILE, IMAGENET_URL, cache_dir=str(cache), cache_subdir=".", file_hash=IMAGENET_MD5
            )
    except ValueError as exc:
        raise WeightsError(
            "weights_corrupt", f"{IMAGENET_URL} returned a file other than the one Keras names: {exc}"
        ) from exc
    except Exception as exc:  # Keras raises plain Exception when a download fails
        raise WeightsError(
            "no_weights",
            f"Inception-V3's ImageNet weights could not be downloaded ({one_line(exc)}); connect to the "
            f"internet once, put {IMAGENET_FILE} into {str(cache)!r}, or name a weights file in TRAILERS_WEIGHTS",
        ) from exc
    finally:
        socket.setdefaulttimeout(timeout)
    return pin_weights(cache / IMAGENET_FILE, backbone=INCEPTION)
