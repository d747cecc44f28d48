"""Renderings of pictures as a trailer's frame might show them: cropped, graded, letterboxed, grainy, compressed."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from extractor.networks.backbone import FRAME_SIZE

Pixels = NDArray[np.uint8]
VIEW_SHARE = 0.4  # of renderings of a poster: about as `show_poster` shows it
GREY = np.array([0.299, 0.587, 0.114], dtype=np.float32)


def render(picture: Pixels, random: np.random.Generator, *, poster: bool) -> Pixels:
    """Return a rendering of a picture, of shape (299, 299, 3)."""
    box = _view(picture, random) if poster and random.random() < VIEW_SHARE else _crop(picture, random, poster=poster)
    frame = Image.fromarray(picture).resize((FRAME_SIZE, FRAME_SIZE), Image.Resampling.BICUBIC, box=box)
    if random.random() < 0.5:
        frame = frame.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if random.random() < 0.15:
        frame = _blur(frame, random)
    values = _grade(frame, random)
    if random.random() < 0.3:
        values += random.normal(0, random.uniform(0.005, 0.05), values.shape).astype(np.float32)
    pixels = (values.clip(0, 1) * 255).round().astype(np.uint8)
    if random.random() < 0.15:
        pixels = _letterbox(pixels, random)
    return _compress(pixels, random) if random.random() < 0.25 else pixels


def _view(picture: Pixels, random: np.random.Generator) -> tuple[float, float, float, float]:
    """Return the box of nearly the whole, or of nearly the square at either end of the longer side."""
    height, width = picture.shape[:2]
    margin = random.uniform(0, 0.04, 4)
    left, top, right, bottom = 0.0, 0.0, float(width), float(height)
    side = min(width, height)
    match random.integers(3):
        case 1:
            right, bottom = side, side
        case 2:
            left, top = width - side, height - side
    across, down = right - left, bottom - top
    return left + margin[0] * across, top + margin[1] * down, right - margin[2] * across, bottom - margin[3] * down


def _crop(picture: Pixels, random: np.random.Generator, *, poster: bool) -> tuple[float, float, float, float]:
    """Return the box of a part of a poster, shaped like a film's frame, or of most of a frame."""
    height, width = picture.shape[:2]
    area = random.uniform(0.2, 0.9) if poster else random.uniform(0.35, 1)
    aspect = np.exp(random.uniform(np.log(0.9), np.log(2.4)) if poster else random.uniform(-0.25, 0.25))
    if not poster:
        aspect *= width / height
    across = min(np.sqrt(area * width * height * aspect), width)
    down = min(across / aspect, height)
    left, top = random.uniform(0, width - across + 1e-6), random.uniform(0, height - down + 1e-6)
    return left, top, min(left + across, width), min(top + down, height)


def _blur(frame: Image.Image, random: np.random.Generator) -> Image.Image:
    side = int(random.uniform(0.3, 0.8) * FRAME_SIZE)
    small = frame.resize((side, side), Image.Resampling.BICUBIC)
    return small.resize((FRAME_SIZE, FRAME_SIZE), Image.Resampling.BICUBIC)


def _grade(frame: Image.Image, random: np.random.Generator) -> NDArray[np.float32]:
    """Return pixels from about 0 to 1 with other light, contrast and colours; sometimes grey, or fading out."""
    values: NDArray[np.float32] = np.asarray(frame, dtype=np.float32) / np.float32(255)
    if random.random() < 0.3:
        return values
    np.power(values, np.float32(np.exp(random.normal(0, 0.2))), out=values)
    mean = np.float32(values.mean())
    values = (values - mean) * np.float32(random.uniform(0.7, 1.25)) + mean
    saturation = 0.0 if random.random() < 0.08 else random.uniform(0.5, 1.4)
    grey: NDArray[np.float32] = (values @ GREY)[..., None]
    values = grey + (values - grey) * np.float32(saturation)
    values *= random.uniform(0.92, 1.08, 3).astype(np.float32)
    light = random.uniform(0.05, 0.5) if random.random() < 0.06 else np.exp(random.uniform(-0.6, 0.2))
    values *= np.float32(light)
    return values


def _letterbox(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Return the frame squeezed between black bars, which are above and below or, rarely, at the sides."""
    n_rows = int(random.uniform(0.72, 0.95) * FRAME_SIZE)
    upright = random.random() < 0.85
    inner = Image.fromarray(pixels).resize((FRAME_SIZE, n_rows) if upright else (n_rows, FRAME_SIZE))
    whole = Image.new("RGB", (FRAME_SIZE, FRAME_SIZE))
    start = (FRAME_SIZE - n_rows) // 2
    whole.paste(inner, (0, start) if upright else (start, 0))
    return np.asarray(whole, dtype=np.uint8)


def _compress(pixels: Pixels, random: np.random.Generator) -> Pixels:
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG", quality=int(random.integers(25, 75)))
    with Image.open(data) as image:
        return np.asarray(image.convert("RGB"), dtype=np.uint8)
