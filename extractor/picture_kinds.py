"""Kinds of pictures, told by a file's first bytes: of one that can't be read, what it is and what to do."""

import re

from PIL import features

ACCEPTED = "JPEG, PNG, WebP or AVIF"
HEAD_BYTES = 1024
_WAY_OUT = "save it as a JPEG, PNG or WebP picture"
_MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"II+\x00", "a TIFF picture"),
    (b"MM\x00+", "a TIFF picture"),
    (b"8BPS", "a PSD file of Photoshop"),
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript file"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript file"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"\x00\x00\x01\x00", "an icon (ICO)"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1aE\xdf\xa3", "a video"),
)  # fmt: skip
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_SVG = re.compile(rb"(?:<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE svg[^>]*>|\s)*<svg[\s>]", re.IGNORECASE | re.DOTALL)
_PAGE = re.compile(rb"(?:<\?xml[^>]*>|<!--.*?-->|\s)*<(?:!DOCTYPE html|html|head|body)[\s>]", re.IGNORECASE | re.DOTALL)


def explain_unreadable(data: bytes) -> str:
    """Return why a poster's file that no decoder knows can't be read, and the way out."""
    if not data:
        return "the poster's file is empty: copy or download it again"
    kind = _name(data[:HEAD_BYTES])
    if kind is None:
        return f"the poster is not a {ACCEPTED} picture: give one"
    if kind in ("JPEG", "PNG", "WebP", "AVIF"):
        return (
            f"the poster is damaged: it begins as a {kind} picture does, but can't be read; copy or download it again"
        )
    return f"the poster is {kind}, which can't be read: {_WAY_OUT}"


def _name(head: bytes) -> str | None:
    """Return the kind of file that begins so: one of the accepted by its name alone, others with their article."""
    if head[4:8] == b"ftyp":
        return _name_brand(head)
    if head[:4] + head[8:12] == b"RIFFWEBP":
        return "WebP"
    if head[:2] + head[6:10] == b"BM\0\0\0\0":
        return "a BMP picture"
    text = head.removeprefix(b"\xef\xbb\xbf")
    if _SVG.match(text):
        return "an SVG drawing"
    if _PAGE.match(text):
        return "a web page"
    return next((name for magic, name in _MAGIC if head.startswith(magic)), None)


def _name_brand(head: bytes) -> str:
    """Return the kind by the brands in the first box, the major one and those it is compatible with."""
    brands = head[8 : max(12, min(int.from_bytes(head[:4], "big"), HEAD_BYTES))]
    if b"avif" in brands or b"avis" in brands:
        return "AVIF" if features.check("avif") else "an AVIF picture"  # Pillow may be built without it
    return "a HEIC picture" if head[8:12] in _HEIC else "a video"
