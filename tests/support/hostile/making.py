"""Ways of making hostile and odd files."""

import os
import subprocess
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

from tests.support.hostile.workshop import CANARY, N_FRAMES, RATE, Build, Workshop
from tests.support.videos import make_numbered_video, numbered_frame, run_ffmpeg


def written(data: bytes) -> Build:
    return lambda shop, path: _write(path, data)


def naming(text: str) -> Build:
    """Write a text that names the canary, `{canary}`, and the listener, `{http}`."""

    def build(shop: Workshop, path: Path) -> None:
        http = f"http://127.0.0.1:{shop.port}/{CANARY}.ts"
        _write(path, text.replace("{canary}", str(shop.canary)).replace("{http}", http).encode())

    return build


def numbered(*options: str, filters: str = "null", n_frames: int = N_FRAMES, rate: int = RATE) -> Build:
    def build(shop: Workshop, path: Path) -> None:
        make_numbered_video(path, rate=Fraction(rate), n_frames=n_frames, filters=filters, options=options)

    return build


def remuxed(*options: str, of: str = "mp4", made: Sequence[str] = ()) -> Build:
    """Copy the streams of a base clip with other options."""

    def build(shop: Workshop, path: Path) -> None:
        run_ffmpeg(["-i", str(shop.base(of, *made)), "-c", "copy", *options, str(path)])

    return build


def mixed(*options: str) -> Build:
    """Run ffmpeg; `{base}` is a numbered clip."""

    def build(shop: Workshop, path: Path) -> None:
        run_ffmpeg([option.replace("{base}", str(shop.base("mp4"))) for option in options] + [str(path)])

    return build


def changed(change: Callable[[bytes], bytes], *options: str, of: str = "mp4") -> Build:
    """Change the bytes of a base clip."""
    return lambda shop, path: _write(path, change(shop.base(of, *options).read_bytes()))


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


# --- files that need more than one step


def still_in_video(kind: str, *options: str) -> Build:
    return mixed("-f", "lavfi", "-i", "testsrc2=size=64x64", "-frames:v", "1", "-c:v", kind, *options)


def bomb(kind: str, side: int) -> Build:
    """Put one huge picture into a MOV."""

    def build(shop: Workshop, path: Path) -> None:
        from PIL import Image

        picture = shop.folder / f"bomb-{side}.{kind}"
        Image.new("L", (side, side)).save(picture, quality=1)
        repeated = ["-f", "image2", "-loop", "1", "-framerate", "5", "-t", "1"]
        run_ffmpeg([*repeated, "-i", str(picture), "-c", "copy", str(path)])

    return build


def sound(*options: str) -> Build:
    return mixed("-f", "lavfi", "-i", "sine=duration=1:sample_rate=44100", *options)


def covered_sound(*options: str) -> Build:
    inputs = ["-f", "lavfi", "-i", "sine=duration=1", "-f", "lavfi", "-i", "testsrc2=size=64x64:duration=0.04"]
    return mixed(*inputs, "-map", "0", "-map", "1", "-disposition:v:0", "attached_pic", *options)


def two_sizes(suffix: str, codec: str, *options: str, second: str = "480x360") -> Build:
    """Change the size of the picture after 22 frames, in mid-second."""

    def build(shop: Workshop, path: Path) -> None:
        parts = []
        for i, (first, last, size) in enumerate(((0, 22, "320x240"), (22, N_FRAMES, second))):
            raw = b"".join(numbered_frame(number).tobytes() for number in range(first, last))
            part = shop.folder / f"{path.name}-{i}.{suffix}"
            source = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", "320x240", "-r", str(RATE), "-i", "-"]
            scale = ["-vf", f"scale={size}", "-pix_fmt", "yuv420p", "-c:v", codec, "-bf", "0", *options]
            run_ffmpeg([*source, *scale, str(part)], stdin=raw)
            parts.append(part)
        script = shop.folder / f"{path.name}.txt"
        script.write_text("".join(f"file '{part}'\n" for part in parts))
        run_ffmpeg(["-f", "concat", "-safe", "0", "-i", str(script), "-c", "copy", str(path)])

    return build


def piped(muxer: str, *options: str) -> Build:
    """Write to a pipe, where the muxer can't go back to note the duration."""

    def build(shop: Workshop, path: Path) -> None:
        command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-i", str(shop.base("mp4")), "-c", "copy", *options]
        made = subprocess.run([*command, "-f", muxer, "-"], check=True, capture_output=True, timeout=60)
        _write(path, made.stdout)

    return build


def playlist_in_avi(shop: Workshop, path: Path) -> None:
    """A subtitle chunk (GAB2) that is a playlist: the avi demuxer opens what it finds there."""
    text = f"#EXTM3U\n#EXTINF:1,\n{shop.canary}\n#EXTINF:1,\nhttp://127.0.0.1:{shop.port}/\n#EXT-X-ENDLIST\n".encode()
    noise = shop.folder / "gab2.raw"
    gab2 = b"GAB2\0" + (2).to_bytes(2, "little") + bytes(4) + (4).to_bytes(2, "little")
    _write(noise, (gab2 + len(text).to_bytes(4, "little") + text).ljust(40_000, b"\n"))
    audio = ["-f", "u8", "-ar", "8000", "-ac", "1", "-i", str(noise)]
    run_ffmpeg(["-i", str(shop.base("mp4")), *audio, "-c:v", "copy", "-c:a", "copy", str(path)])
    data = path.read_bytes()
    _write(path, data.replace(b"auds", b"txts", 1).replace(b"01wb", b"01tx"))


def linked(shop: Workshop, path: Path) -> None:
    """A plain video under an odd name."""
    path.unlink(missing_ok=True)
    os.link(shop.base("mp4"), path)


def red(*options: str, source: str = "color=red:size=64x48:rate=5:duration=1.9") -> Build:
    return mixed("-f", "lavfi", "-i", source, *options)
