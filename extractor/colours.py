"""Colour profiles: the colours that a picture's ICC profile means, as sRGB, in which backbones have learnt to see."""

import io

import numpy as np
from PIL import Image, ImageCms

MAX_PROFILE = 4 * 2**20  # bytes: those of presses have two million
_ALIKE = 2  # of 255: an sRGB profile comes back with roundings
_SPACES = {"RGB": "RGB ", "L": "GRAY", "CMYK": "CMYK"}
_PROBE = np.stack(np.meshgrid(*[np.arange(0, 256, 51, dtype=np.uint8)] * 3), axis=-1).reshape(1, -1, 3)
# Raised by ImageCms for broken profiles, and where Pillow was built without it.
_UNUSABLE = (ImageCms.PyCMSError, OSError, ValueError, TypeError, OverflowError, MemoryError, ImportError)


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return an RGB, L or CMYK picture in sRGB.

    A profile that is broken, over 4 MiB or of another kind of colours counts as none; one that means sRGB but for
    rounding changes nothing, so that most pictures stay as they are.
    """
    if not profile or len(profile) > MAX_PROFILE:
        return image.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space != _SPACES[image.mode]:
            return image.convert("RGB")
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), image.mode, "RGB")
        if image.mode != "CMYK" and _changes_nothing(transform, image.mode):
            return image.convert("RGB")
        converted = ImageCms.applyTransform(image, transform)
    except _UNUSABLE:
        return image.convert("RGB")
    return converted if converted is not None else image.convert("RGB")


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    probe = Image.fromarray(_PROBE).convert(mode)
    seen = ImageCms.applyTransform(probe, transform)
    difference = np.asarray(seen, dtype=np.int16) - np.asarray(probe.convert("RGB"), dtype=np.int16)
    return bool(np.abs(difference).max() <= _ALIKE)
