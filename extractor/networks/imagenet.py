"""ImageNet's weights of Inception-V3: downloaded once by Keras, the same ever after."""

import contextlib
import socket
import sys
from pathlib import Path

from extractor.errors import WeightsError, one_line
from extractor.networks.inception import import_tensorflow
from extractor.networks.weights import IMAGENET_FILE, IMAGENET_MD5, IMAGENET_URL, Weights, cached_imagenet, pin_imagenet

DOWNLOAD_TIMEOUT_S = 30


def find_imagenet(cache: Path) -> Weights:
    """Return ImageNet's weights, downloaded with Keras into `cache` the first time and checked each time.

    Raises WeightsError: no_weights when they can't be fetched, weights_corrupt when they are not what they
    should be.
    """
    weights = cached_imagenet(cache)
    return weights if weights is not None else _download_imagenet(cache)


def _download_imagenet(cache: Path) -> Weights:
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
        raise WeightsError("weights_corrupt", f"{IMAGENET_URL} gave another file than Keras names: {exc}") from exc
    except Exception as exc:  # Keras raises plain Exception when a download fails
        raise WeightsError(
            "no_weights",
            f"Inception-V3's ImageNet weights could not be downloaded ({one_line(exc)}); connect to the "
            f"internet once, put {IMAGENET_FILE} into {str(cache)!r}, or name a weights file in TRAILERS_WEIGHTS",
        ) from exc
    finally:
        socket.setdefaulttimeout(timeout)
    return pin_imagenet(cache)
