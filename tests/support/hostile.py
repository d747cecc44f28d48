"""Hostile and odd files, each with what must come of it: the list at the end is the documentation.

python -m tests.support.hostile FOLDER      writes them all
"""

import os
import random
import re
import subprocess
import sys
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from tests.support import boxes
from tests.support.videos import make_numbered_video, numbered_frame, run_ffmpeg

CANARY = "canary-8c1f7e52"
RATE, N_FRAMES = 10, 45  # 4.5 seconds: five frames
NUMBERS = (0, 10, 20, 30, 40)
_MOOV = (b"moov", b"trak", b"mdia")
_VP8_SIZE = re.compile(rb"\x9d\x01\x2a....", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Color:
    """So many frames, all of one colour within a tolerance."""

    n_frames: int
    rgb: tuple[int, int, int]
    within: int = 8


@dataclass
class Workshop:
    """A folder for the files and what they share: base clips, a canary file, a listener's port."""

    folder: Path
    port: int = 9
    _made: dict[str, Path] = field(default_factory=dict)

    @property
    def canary(self) -> Path:
        path = self.folder / "canary.txt"
        path.write_text(f"{CANARY}\n")
        return path

    def base(self, suffix: str, *options: str, filters: str = "null") -> Path:
        """Return a numbered clip of 4.5 s, made once."""
        key = f"{suffix} {filters} {options}"
        if key not in self._made:
            path = self.folder / f"base-{len(self._made)}.{suffix}"
            make_numbered_video(path, rate=Fraction(RATE), n_frames=N_FRAMES, filters=filters, options=options)
            self._made[key] = path
        return self._made[key]


Build = Callable[[Workshop, Path], None]
Expected = str | tuple[int, ...] | Color


@dataclass(frozen=True, slots=True)
class Specimen:
    """A file name, how the file is made, and its code, the numbers its frames show, or their colour."""

    name: str
    build: Build
    expected: Expected

    def make(self, workshop: Workshop) -> Path:
        """Write the file and return its path."""
        folder = workshop.folder / "files"
        folder.mkdir(exist_ok=True)
        self.build(workshop, folder / self.name)
        return folder / self.name


# --- ways of making files


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


# --- changes of bytes


def cut(share: float) -> Callable[[bytes], bytes]:
    return lambda data: data[: int(len(data) * share)]


def flipped(seed: int, *, n_bits: int, first: float = 0.3, last: float = 1.0) -> Callable[[bytes], bytes]:
    """Flip bits at random within a part of the file."""

    def change(data: bytes) -> bytes:
        chance, damaged = random.Random(seed), bytearray(data)
        for _ in range(n_bits):
            damaged[chance.randrange(int(len(data) * first), int(len(data) * last))] ^= 1 << chance.randrange(8)
        return bytes(damaged)

    return change


def blanked(first: float, last: float) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        start, end = int(len(data) * first), int(len(data) * last)
        return data[:start] + bytes(end - start) + data[end:]

    return change


def without_packets(data: bytes) -> bytes:
    """Lose every tenth packet of a transport stream after the first fifty."""
    packets = [data[i : i + 188] for i in range(0, len(data), 188)]
    return b"".join(packet for i, packet in enumerate(packets) if i < 50 or i % 10)


def boxed(path: Sequence[bytes], new: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda data: boxes.change(data, path, new)


def poked(offset: int, data: bytes) -> Callable[[bytes], bytes]:
    return lambda body: body[:offset] + data + body[offset + len(data) :]


def lasting(clock: str) -> Callable[[bytes], bytes]:
    """Have the tag of a Matroska track tell another duration."""
    return lambda data: data.replace(b"00:00:04.", f"{clock}.".encode())


def held(delta: int) -> Callable[[bytes], bytes]:
    """Give every picture the same long time on screen (stts, mdhd), and no edit list."""

    def change(data: bytes) -> bytes:
        data = boxes.change(data, (b"moov", b"trak", b"edts"), lambda b: b"")
        data = boxes.change(data, (*_MOOV, b"mdhd"), poked(16, b"\x7f\xff\xff\xff"))
        stts = (*_MOOV, b"minf", b"stbl", b"stts")
        return boxes.change(data, stts, lambda b: b[:12] + delta.to_bytes(4, "big"))

    return change


def turned(a: int, b: int, c: int, d: int) -> Callable[[bytes], bytes]:
    """Write a display matrix: a stored (x, y) is shown at (a x + c y, b x + d y)."""
    rows = ((a, b, 0), (c, d, 0))
    matrix = b"".join((n << 16).to_bytes(4, "big", signed=True) for row in rows for n in row)
    return boxed((b"moov", b"trak", b"tkhd"), poked(40, matrix))


def looped(times: int) -> Callable[[bytes], bytes]:
    """Have an edit list play the film again and again."""
    entry = (4500).to_bytes(4, "big") + (0).to_bytes(4, "big") + (1 << 16).to_bytes(4, "big")
    edits = boxes.full_box(b"elst", times.to_bytes(4, "big") + entry * times)
    return boxed((b"moov", b"trak", b"edts"), lambda b: edits)


def referring(kind: bytes, place: bytes) -> Callable[[bytes], bytes]:
    """Say that the media lies elsewhere (dref)."""
    entry = (1).to_bytes(4, "big") + boxes.full_box(kind, place)
    return boxed((*_MOOV, b"minf", b"dinf", b"dref"), lambda b: bytes(4) + entry)


def reference_movie(data: bytes) -> bytes:
    link = boxes.box(b"rdrf", bytes(4) + b"url " + (20).to_bytes(4, "big") + b"http://127.0.0.1/x\0\0")
    return boxes.box(b"ftyp", b"qt  \0\0\0\0qt  ") + boxes.box(b"moov", boxes.box(b"rmra", boxes.box(b"rmda", link)))


def compressed_header(data: bytes) -> bytes:
    """Hide the header in zlib (cmov), saying that it is 3 GB long."""
    packed = zlib.compress(bytes(50_000_000), 9)
    body = boxes.box(b"dcom", b"zlib") + boxes.box(b"cmvd", (3_000_000_000).to_bytes(4, "big") + packed)
    return boxes.box(b"ftyp", b"qt  \0\0\0\0qt  ") + boxes.box(b"moov", boxes.box(b"cmov", body))


def deep_boxes(data: bytes) -> bytes:
    body = b""
    for _ in range(5000):
        body = boxes.box(b"trak", body)
    return boxes.box(b"ftyp", b"isom\0\0\0\0isom") + boxes.box(b"moov", body)


def element(name: int, body: bytes) -> bytes:
    """Return one Matroska element with a size of eight bytes."""
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + (len(body) | 1 << 56).to_bytes(8, "big") + body


def encrypted_matroska(data: bytes) -> bytes:
    """A header whose one video track says ContentEncryption (AES)."""
    encryption = element(0x5035, element(0x47E1, b"\x05"))
    encoding = element(0x6D80, element(0x6240, element(0x5033, b"\x01") + encryption))
    picture = element(0xE0, element(0xB0, b"\x01\x40") + element(0xBA, b"\xf0"))
    codec = element(0x86, b"V_MPEG4/ISO/AVC")
    track = element(
        0xAE, element(0xD7, b"\1") + element(0x73C5, b"\1") + element(0x83, b"\1") + codec + picture + encoding
    )
    return element(0x1A45DFA3, element(0x4282, b"matroska")) + element(0x18538067, element(0x1654AE6B, track))


def licensed(data: bytes) -> bytes:
    """Put an encryption object into the header of a Windows Media file."""
    licence = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e") + (24).to_bytes(8, "little")
    n_objects = int.from_bytes(data[24:28], "little") + 1
    size = int.from_bytes(data[16:24], "little") + len(licence)
    head = data[:16] + size.to_bytes(8, "little") + n_objects.to_bytes(4, "little") + data[28:30]
    return head + licence + data[30:]


def huge_vp8(data: bytes) -> bytes:
    """Have the key frames say 8000x8000 while the container says 320x240."""
    return _VP8_SIZE.sub(b"\x9d\x01\x2a\x40\x1f\x40\x1f", data)


def late_huge_vp8(data: bytes) -> bytes:
    """Have all key frames but the first say 8000x8000."""
    first = data.index(b"\x9d\x01\x2a") + 7
    return data[:first] + huge_vp8(data[first:])


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


VP8 = ("-c:v", "libvpx", "-b:v", "2M", "-deadline", "realtime")
VP9 = ("-c:v", "libvpx-vp9", "-b:v", "2M", "-deadline", "realtime", "-cpu-used", "8")
H264 = ("-c:v", "libx264", "-preset", "ultrafast")
DNXHR = ("-c:v", "dnxhd", "-profile:v", "dnxhr_hq", "-pix_fmt", "yuv422p", "-r", "25")
TONE = ("-f", "lavfi", "-i", "sine=duration=4.5")
FASTSTART = ("-movflags", "+faststart")
FRAGMENTS = ("-movflags", "+frag_keyframe+empty_moov", "-g", "10")
CENC = (
    "-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb",
    "-encryption_kid", "a7e61c373e219033c21091fa607bf3b8",
)  # fmt: skip
RED = "color=red:size=320x240:rate=10:duration=4.5"
SMIL = '<smil><body><video src="{canary}"/></body></smil>'
MPD = '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>{http}</BaseURL></Period></MPD>'
XML = '<?xml version="1.0"?>\n'
HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{canary}\n#EXTINF:5,\n{http}\n#EXT-X-ENDLIST\n"
PQ = ("-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc")

# fmt: off
NOT_MEDIA = [
    Specimen("empty.mp4", written(b""), "empty_file"),
    Specimen("one byte.mp4", written(b"\0"), "not_media"),
    Specimen("zeros.mp4", written(bytes(100_000)), "not_media"),
    Specimen("random.mp4", written(random.Random(1).randbytes(100_000)), "not_media"),
    Specimen("text.mp4", written(b"once upon a time\n" * 500), "not_media"),
    Specimen("page.mp4", naming("<!DOCTYPE html><video src='{http}'>"), "not_media"),
    Specimen("drawing.mp4", naming("<svg xmlns='http://www.w3.org/2000/svg'><image href='{canary}'/></svg>"),
             "not_media"),
    Specimen("script.mp4", naming("#!/bin/sh\ncat {canary}\n"), "not_media"),
    Specimen("subtitles.mp4", naming("[Script Info]\nTitle: {canary}\n[Events]\n"), "not_media"),
    Specimen("data.mp4", naming('{"video": "{http}"}'), "not_media"),
    Specimen("program.mp4", written(b"\x7fELF" + bytes(1000)), "not_media"),
    Specimen("document.mp4", written(b"%PDF-1.7\n" + bytes(1000)), "unsupported_format"),
    Specimen("archive.mp4", written(b"PK\x03\x04" + bytes(1000)), "unsupported_format"),
    Specimen("packed.mp4", written(b"\x1f\x8b" + bytes(1000)), "unsupported_format"),
    Specimen("raw h264.mp4", numbered("-f", "h264"), "unsupported_format"),
    Specimen("raw h264 with delimiters.264", numbered("-x264opts", "aud=1", "-f", "h264"), "unsupported_format"),
    Specimen("raw hevc.265", numbered("-c:v", "libx265", "-x265-params", "log-level=error", "-f", "hevc"),
             "unsupported_format"),
    Specimen("raw mpeg2.m2v", numbered("-c:v", "mpeg2video", "-r", "25"), "unsupported_format"),
    Specimen("raw dv.dv", numbered("-c:v", "dvvideo", "-r", "25", filters="scale=720:576"), "unsupported_format"),
    Specimen("head alone.mp4", changed(lambda data: data[:32]), "truncated"),
    Specimen("head of matroska alone.mkv", changed(lambda data: data[:40], of="mkv"), "corrupt"),
]
REFERENCES = [
    Specimen("playlist.mp4", naming(HLS), "unsafe_reference"),
    Specimen("playlist with a mark.mp4", naming("\ufeff" + HLS), "unsafe_reference"),
    Specimen("playlist after blanks.mp4", naming(" \r\n\t\n" + HLS), "unsafe_reference"),
    Specimen("playlist that begins like mp4.mp4", naming("\n\n\n\nfree\n" + HLS), "truncated"),
    Specimen("concat.mp4", naming("ffconcat version 1.0\nfile '{canary}'\n"), "unsafe_reference"),
    Specimen("concat by http.mp4", naming("ffconcat version 1.0\nfile {http}\n"), "unsafe_reference"),
    Specimen("concat without a head.mp4", naming("file '{canary}'\nfile '{canary}'\n"), "unsafe_reference"),
    Specimen("dash.mp4", naming(XML + MPD), "unsafe_reference"),
    Specimen("dash without a head.mp4", naming(MPD), "unsafe_reference"),
    Specimen("smooth.mp4", naming(XML + "<SmoothStreamingMedia MajorVersion='2'/>"), "unsafe_reference"),
    Specimen("session.mp4", naming("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n"),
             "unsafe_reference"),
    Specimen("smil.mp4", naming(SMIL), "unsafe_reference"),
    Specimen("smil with a head.mp4", naming(XML + SMIL), "unsafe_reference"),
    Specimen("asx.mp4", naming("<ASX version='3'><Entry><Ref href='{http}'/></Entry></ASX>"), "unsafe_reference"),
    Specimen("pls.mp4", naming("[playlist]\nFile1={http}\n"), "unsafe_reference"),
    Specimen("reference.mp4", naming("[Reference]\nRef1={http}\n"), "unsafe_reference"),
    Specimen("rtsp text.mov", naming("RTSPtext\nrtsp://127.0.0.1/x\n"), "unsafe_reference"),
    Specimen("playlist in avi.avi", playlist_in_avi, NUMBERS),
    Specimen("media by file url.mov", changed(referring(b"url ", b"file:///etc/passwd\0")), "unsafe_reference"),
    Specimen("media by http url.mov", changed(referring(b"url ", b"http://127.0.0.1/\0")), "unsafe_reference"),
    Specimen("media by alias.mov", changed(referring(b"alis", b"\0" * 20 + b"canary.txt" * 20)), "unsafe_reference"),
    Specimen("media by name.mov", changed(referring(b"urn ", b"canary\0canary\0")), "unsafe_reference"),
    Specimen("reference movie.mov", changed(reference_movie), "unsafe_reference"),
    Specimen("reference without a place.mov", changed(referring(b"url ", b"")), NUMBERS),
]
ENCRYPTED = [
    Specimen("cenc.mp4", remuxed(*CENC), "encrypted"),
    Specimen("cenc at the front.mp4", remuxed(*CENC, *FASTSTART), "encrypted"),
    Specimen("cenc with sound.mp4", mixed("-i", "{base}", *TONE, "-c:v", "copy", *CENC), "encrypted"),
    Specimen("fairplay.mp4", changed(lambda data: data.replace(b"avc1", b"drmi").replace(b"ftypdrmi", b"ftypavc1")),
             "encrypted"),
    Specimen("encrypted.mkv", changed(encrypted_matroska), "encrypted"),
    Specimen("licensed.wmv", changed(licensed, "-c:v", "wmv2", of="wmv"), "encrypted"),
]
SOUND = [
    Specimen("sound.m4a", sound(), "no_video_stream"),
    Specimen("sound.mp4", sound(), "no_video_stream"),
    Specimen("sound.mov", sound("-c:a", "pcm_s16le"), "no_video_stream"),
    Specimen("sound.mkv", sound("-c:a", "libvorbis"), "no_video_stream"),
    Specimen("sound.webm", sound("-c:a", "libopus"), "no_video_stream"),
    Specimen("sound.ts", sound("-c:a", "mp2"), "no_video_stream"),
    Specimen("sound.flv", sound("-c:a", "libmp3lame"), "no_video_stream"),
    Specimen("sound.avi", sound("-c:a", "libmp3lame"), "no_video_stream"),
    Specimen("sound.mp3", sound(), "no_video_stream"),
    Specimen("sound without tags.mp3", sound("-id3v2_version", "0"), "no_video_stream"),
    Specimen("sound.wav", sound(), "no_video_stream"),
    Specimen("sound.aiff", sound(), "no_video_stream"),
    Specimen("sound.ogg", sound("-c:a", "libvorbis"), "no_video_stream"),
    Specimen("sound.flac", sound(), "no_video_stream"),
    Specimen("sound.aac", sound(), "no_video_stream"),
    Specimen("sound.ac3", sound(), "no_video_stream"),
    Specimen("sound.caf", sound("-c:a", "pcm_s16be"), "no_video_stream"),
    Specimen("sound with a cover.m4a", covered_sound("-c:v", "png", "-f", "mp4"), "no_video_stream"),
    Specimen("sound with a photograph.mp4", covered_sound("-c:v", "mjpeg"), "no_video_stream"),
    Specimen("sound with a cover.mp3", covered_sound("-c:v", "mjpeg"), "no_video_stream"),
    Specimen("sound with one picture.mkv", covered_sound("-c:v", "mjpeg"), "no_video_stream"),
]
PICTURES = [
    Specimen("picture.jpg", still_in_video("mjpeg"), "unsupported_format"),
    Specimen("picture.png", still_in_video("png"), "unsupported_format"),
    Specimen("picture.gif", still_in_video("gif"), "unsupported_format"),
    Specimen("picture.webp", still_in_video("libwebp"), "unsupported_format"),
    Specimen("picture.tiff", still_in_video("tiff"), "unsupported_format"),
    Specimen("picture.heic", written(boxes.box(b"ftyp", b"heic\0\0\0\0mif1heic") + bytes(1000)), "unsupported_format"),
    Specimen("picture.avif", written(boxes.box(b"ftyp", b"avif\0\0\0\0mif1avif") + bytes(1000)), "unsupported_format"),
    Specimen("one jpeg.mov", still_in_video("mjpeg"), "no_video_stream"),
    Specimen("one jpeg.avi", still_in_video("mjpeg"), "no_video_stream"),
    Specimen("one jpeg.mkv", still_in_video("mjpeg"), "no_video_stream"),
    Specimen("one png.mov", still_in_video("png"), "no_video_stream"),
    Specimen("one png.mkv", still_in_video("png"), "no_video_stream"),
    Specimen("jpegs.avi", numbered("-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p"), NUMBERS),
    Specimen("pngs.mov", numbered("-c:v", "png", "-pix_fmt", "rgb24"), "unsupported_format"),
    Specimen("film with a cover.mp4", mixed("-i", "{base}", "-f", "lavfi", "-i", "testsrc2=size=64x64:duration=0.04",
             "-map", "0", "-map", "1", "-c:v:0", "copy", "-c:v:1", "png", "-disposition:v:1", "attached_pic"), NUMBERS),
    Specimen("film after a cover.mp4", mixed("-i", "{base}", "-f", "lavfi", "-i", "testsrc2=size=64x64:duration=0.04",
             "-map", "1", "-map", "0", "-c:v:0", "mjpeg", "-c:v:1", "copy", "-disposition:v:0", "attached_pic"),
             NUMBERS),
    Specimen("film with a gif for a cover.mkv", mixed("-i", "{base}", "-f", "lavfi", "-i",
             "testsrc2=size=64x64:duration=0.04", "-map", "0", "-map", "1", "-c:v:0", "copy", "-c:v:1", "gif"),
             NUMBERS),
]
DAMAGED = [
    Specimen("cut at 25 %.mp4", changed(cut(0.25), *FASTSTART), "truncated"),
    Specimen("cut at 50 %.mp4", changed(cut(0.5), *FASTSTART), "truncated"),
    Specimen("cut at 75 %.mp4", changed(cut(0.75), *FASTSTART), "truncated"),
    Specimen("cut at 95 %.mp4", changed(cut(0.95), *FASTSTART), "truncated"),
    Specimen("cut before its header.mp4", changed(cut(0.5)), "truncated"),
    Specimen("cut within its header.mp4", changed(cut(0.9)), "truncated"),
    Specimen("fragments cut at 60 %.mp4", changed(cut(0.6), *FRAGMENTS), "truncated"),
    Specimen("cut at 30 %.mkv", changed(cut(0.3), of="mkv"), "truncated"),
    Specimen("cut at 60 %.mkv", changed(cut(0.6), of="mkv"), "truncated"),
    Specimen("cut at 50 %.webm", changed(cut(0.5), *VP8, of="webm"), "truncated"),
    Specimen("cut at 50 %.flv", changed(cut(0.5), of="flv"), "truncated"),
    Specimen("cut at 50 %.avi", changed(cut(0.5), of="avi"), "truncated"),
    Specimen("cut within a packet.ts", changed(cut(0.5), of="ts"), (0, 10, 20)),
    Specimen("flipped 1.mp4", changed(flipped(1, n_bits=60, first=0.1, last=0.8)), "corrupt"),
    Specimen("flipped 2.mp4", changed(flipped(2, n_bits=20, first=0.1, last=0.8)), "corrupt"),
    Specimen("flipped 3.mp4", changed(flipped(3, n_bits=200, first=0.1, last=0.8)), "corrupt"),
    Specimen("flipped.mkv", changed(flipped(4, n_bits=40), of="mkv"), "corrupt"),
    Specimen("flipped.flv", changed(flipped(5, n_bits=40), of="flv"), "corrupt"),
    Specimen("flipped.ts", changed(flipped(6, n_bits=40), of="ts"), "corrupt"),
    Specimen("flipped mpeg4.avi", changed(flipped(7, n_bits=60), "-c:v", "mpeg4", of="avi"), "corrupt"),
    Specimen("flipped mpeg2.ts", changed(flipped(8, n_bits=60), "-c:v", "mpeg2video", "-r", "25", of="ts"), "corrupt"),
    Specimen("lost packets.ts", changed(without_packets, of="ts"), "corrupt"),
    Specimen("blank in the middle.mp4", changed(blanked(0.3, 0.6)), "corrupt"),
    Specimen("blank in the middle.mkv", changed(blanked(0.3, 0.6), of="mkv"), "corrupt"),
    Specimen("no pictures at all.mp4", changed(boxed((b"mdat",), lambda b: bytes(len(b)))), "corrupt"),
    Specimen("no sample sizes.mp4", changed(boxed((*_MOOV, b"minf", b"stbl", b"stsz"), lambda b: b"")), "corrupt"),
    Specimen("boxes five thousand deep.mp4", changed(deep_boxes), "no_video_stream"),
    Specimen("header of 3 GB in zlib.mov", changed(compressed_header), "corrupt"),
    Specimen("sync bytes alone.ts", written((b"\x47" + bytes(187)) * 500), "corrupt"),
    Specimen("ones in matroska.mkv", written(b"\x1a\x45\xdf\xa3" + b"\xff" * 10_000), "corrupt"),
    Specimen("head of flash alone.flv", written(b"FLV\x01\x05\0\0\0\x09" + bytes(4000)), "corrupt"),
    Specimen("head of avi alone.avi", written(b"RIFF\xff\xff\xff\x7fAVI LIST" + bytes(4000)), "truncated"),
]
LIES = [
    Specimen("says ten times its length.mkv", changed(lasting("00:00:45"), of="mkv"), "truncated"),
    Specimen("says 75 minutes.mkv", changed(lasting("01:15:00"), of="mkv"), "too_long"),
    Specimen("says nothing of its length.mkv", changed(lasting("no clock"), of="mkv"), NUMBERS),
    Specimen("each picture lasts an hour.mp4", changed(held(36_864_000)), "too_long"),
    Specimen("film length in the header alone.mp4", changed(boxed((b"moov", b"mvhd"), poked(16, b"\x7f\xff\xff\xff"))),
             NUMBERS),
    Specimen("media length in the header alone.mp4", changed(boxed((*_MOOV, b"mdhd"), poked(16, b"\x7f\xff\xff\xff"))),
             NUMBERS),
    Specimen("size in the header alone.mp4", changed(boxed((b"moov", b"trak", b"tkhd"), poked(76, b"\x7f\xff" * 4))),
             NUMBERS),
    Specimen("loops forty times.mp4", changed(looped(40)), "too_long"),
    Specimen("key frames of 8000x8000.mkv", changed(huge_vp8, *VP8, of="mkv"),
             "bad_dimensions"),
    Specimen("picture of 9000x9000.mov", bomb("png", 9000), "unsupported_format"),
    Specimen("photograph of 9000x9000.mov", bomb("jpg", 9000), "bad_dimensions"),
    Specimen("tiny.mp4", red("-vf", "scale=8:8", *H264), "bad_dimensions"),
    Specimen("narrow.mp4", red("-vf", "scale=640:14", *H264), "bad_dimensions"),
    Specimen("wide.mkv", red("-vf", "scale=8208:16", *H264), "bad_dimensions"),
    Specimen("forty streams.mkv", mixed("-i", "{base}", "-c", "copy", *["-map", "0"] * 40), "too_many_streams"),
    Specimen("long.mkv", mixed("-f", "lavfi", "-i", "color=red:size=32x32:rate=1/5:duration=70", *H264), "too_long"),
    Specimen("long, of unknown length.mkv", mixed("-f", "lavfi", "-i", "color=red:size=32x32:rate=1/5:duration=70",
             *H264, "-live", "1", "-f", "matroska"), "too_long"),
    Specimen("hole of a day.mkv", numbered("-vsync", "0", filters="setpts=if(gt(N\\,20)\\,PTS+86400/TB\\,PTS)"),
             "too_long"),
]
CODECS = [
    Specimen("h264.mov", numbered(), NUMBERS),
    Specimen("hevc.mp4", numbered("-c:v", "libx265", "-x265-params", "log-level=error"), NUMBERS),
    Specimen("vp8.webm", numbered(*VP8), NUMBERS),
    Specimen("vp9.webm", numbered(*VP9), NUMBERS),
    Specimen("av1.mkv", numbered("-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime", "-b:v", "1M"), NUMBERS),
    Specimen("mpeg4.mp4", numbered("-c:v", "mpeg4", "-q:v", "2"), NUMBERS),
    Specimen("mpeg4.avi", numbered("-c:v", "mpeg4", "-q:v", "2"), NUMBERS),
    Specimen("divx3.avi", numbered("-c:v", "msmpeg4", "-q:v", "2"), NUMBERS),
    Specimen("mpeg1.ts", numbered("-c:v", "mpeg1video", "-q:v", "2", "-r", "25"), NUMBERS),
    Specimen("mpeg2.ts", numbered("-c:v", "mpeg2video", "-q:v", "2", "-r", "25"), NUMBERS),
    Specimen("wmv2.mkv", numbered("-c:v", "wmv2", "-q:v", "2"), NUMBERS),
    Specimen("theora.mkv", numbered("-c:v", "libtheora", "-q:v", "9"), NUMBERS),
    Specimen("flv1.flv", numbered("-c:v", "flv", "-q:v", "2"), NUMBERS),
    Specimen("prores.mov", numbered("-c:v", "prores_ks", "-pix_fmt", "yuv422p10le"), NUMBERS),
    Specimen("ffv1.mkv", numbered("-c:v", "ffv1"), NUMBERS),
    Specimen("raw.avi", numbered("-c:v", "rawvideo"), NUMBERS),
    Specimen("cineform.mov", numbered("-c:v", "cfhd", "-pix_fmt", "yuv422p10le"), NUMBERS),
    Specimen("cineform.avi", numbered("-c:v", "cfhd", "-pix_fmt", "yuv422p10le"), NUMBERS),
    Specimen("uncompressed of ten bits.mov", numbered("-c:v", "v210", "-pix_fmt", "yuv422p10le"), NUMBERS),
    Specimen("utvideo.avi", numbered("-c:v", "utvideo"), NUMBERS),
    Specimen("utvideo.mkv", numbered("-c:v", "utvideo", "-pix_fmt", "yuv422p"), NUMBERS),
    Specimen("dnxhr.mov", numbered(*DNXHR), NUMBERS),
    Specimen("dnxhr.mxf", numbered(*DNXHR), NUMBERS),
    Specimen("mpeg2.mxf", numbered("-c:v", "mpeg2video", "-q:v", "2", "-r", "25"), NUMBERS),
    Specimen("h264.mxf", numbered("-bf", "0", "-r", "25"), NUMBERS),
    Specimen("mpeg1.mpg", numbered("-c:v", "mpeg1video", "-q:v", "2", "-r", "25"), NUMBERS),
    Specimen("mpeg2.vob", numbered("-c:v", "mpeg2video", "-q:v", "2", "-r", "25"), NUMBERS),
    Specimen("mpeg2 between the pictures.mpg", numbered("-c:v", "mpeg2video", "-q:v", "2", "-r", "25", "-bf", "2"),
             NUMBERS),
    Specimen("wmv1.wmv", numbered("-c:v", "wmv1", "-q:v", "2"), NUMBERS),
    Specimen("wmv2 with sound.wmv", mixed("-i", "{base}", *TONE, "-c:v", "wmv2", "-q:v", "2"), NUMBERS),
    Specimen("divx3.asf", numbered("-c:v", "msmpeg4", "-q:v", "2"), NUMBERS),
    Specimen("theora.ogv", numbered("-c:v", "libtheora", "-q:v", "9"), NUMBERS),
    Specimen("theora with sound.ogv", mixed("-i", "{base}", *TONE, "-c:v", "libtheora", "-q:v", "9"), NUMBERS),
    Specimen("cut at 50 %.mxf", changed(cut(0.5), "-c:v", "mpeg2video", "-r", "25", of="mxf"), "truncated"),
    Specimen("cut at 50 %.wmv", changed(cut(0.5), "-c:v", "wmv2", of="wmv"), "corrupt"),
    Specimen("flipped, the rest lost.ogv", changed(flipped(9, n_bits=3), "-c:v", "libtheora", of="ogv"), (0, 10)),
    Specimen("flipped.wmv", changed(flipped(10, n_bits=40), "-c:v", "wmv2", of="wmv"), "corrupt"),
    Specimen("flipped.vob", changed(flipped(11, n_bits=60), "-c:v", "mpeg2video", "-r", "25", of="vob"), "corrupt"),
    Specimen("screen capture.avi", numbered("-c:v", "zmbv", "-pix_fmt", "bgr0"), "unsupported_format"),
    Specimen("animation.mov", numbered("-c:v", "qtrle", "-pix_fmt", "rgb24"), "unsupported_format"),
    Specimen("sound no one knows.mkv", mixed("-i", "{base}", *TONE, "-c:v", "copy", "-c:a", "wmav2"), NUMBERS),
]
PIXELS = [
    Specimen("ten bits.mp4", numbered("-pix_fmt", "yuv420p10le"), NUMBERS),
    Specimen("ten bits hevc.mp4", numbered("-c:v", "libx265", "-x265-params", "log-level=error", "-pix_fmt",
             "yuv420p10le"), NUMBERS),
    Specimen("hdr.mp4", numbered("-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params",
             "log-level=error:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"), NUMBERS),
    Specimen("red in bt2020.mkv", red("-vf", "format=gbrp,scale=out_color_matrix=bt2020:out_range=tv,format=yuv420p",
             "-c:v", "libx264", "-qp", "1", *PQ), Color(2, (254, 0, 0))),
    Specimen("red in full range.mp4", red("-vf", "scale=out_range=pc:out_color_matrix=bt601,format=yuvj420p", "-c:v",
             "libx264", "-qp", "1", "-color_range", "pc", "-colorspace", "smpte170m"), Color(2, (254, 0, 0))),
    Specimen("red in bt709.mp4", red("-vf", "format=gbrp,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
             "-c:v", "libx264", "-qp", "1", "-colorspace", "bt709"), Color(2, (254, 0, 0))),
    Specimen("full range.mp4", numbered("-pix_fmt", "yuvj420p", "-color_range", "pc"), NUMBERS),
    Specimen("four colours each.mp4", numbered("-pix_fmt", "yuv444p"), NUMBERS),
    Specimen("grey.mp4", numbered("-pix_fmt", "gray"), NUMBERS),
    Specimen("see through.webm", numbered(*VP9, "-pix_fmt", "yuva420p"), NUMBERS),
    Specimen("see through.mov", numbered("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le"),
             NUMBERS),
    Specimen("odd sizes.mkv", numbered("-pix_fmt", "yuv444p", filters="scale=17:33"), NUMBERS),
    Specimen("odd sizes subsampled.webm", numbered(*VP8,
             filters="scale=101:67"), NUMBERS),
    Specimen("smallest.mp4", red("-vf", "scale=16:16", *H264), Color(2, (254, 0, 0), within=12)),
    Specimen("longest side.mkv", red("-vf", "format=gbrp,scale=8192:16:out_color_matrix=bt709:out_range=tv,"
             "format=yuv420p", *H264), Color(2, (254, 0, 0), within=12)),
    Specimen("anamorphic.mp4", numbered("-aspect", "16:9"), NUMBERS),
    Specimen("interlaced.mp4", numbered("-flags", "+ildct+ilme", "-x264opts", "tff=1", filters="setfield=tff"),
             NUMBERS),
    Specimen("interlaced mpeg2.ts", numbered("-c:v", "mpeg2video", "-q:v", "2", "-r", "25", "-flags", "+ildct+ilme",
             filters="setfield=tff"), NUMBERS),
    Specimen("turned by 90.mp4", changed(turned(0, 1, -1, 0), "-vf", "transpose=cclock"), NUMBERS),
    Specimen("turned by 180.mp4", changed(turned(-1, 0, 0, -1), "-vf", "hflip,vflip"), NUMBERS),
    Specimen("turned by 270.mp4", changed(turned(0, -1, 1, 0), "-vf", "transpose=clock"), NUMBERS),
    Specimen("mirrored.mp4", changed(turned(-1, 0, 0, 1), "-vf", "hflip"), NUMBERS),
    Specimen("upside down.mp4", changed(turned(1, 0, 0, -1), "-vf", "vflip"), NUMBERS),
    Specimen("transposed.mp4", changed(turned(0, 1, 1, 0), "-vf", "transpose=cclock_flip"), NUMBERS),
    Specimen("turned by nothing.mp4", changed(turned(0, 0, 0, 0)), NUMBERS),
]
TIMES = [
    Specimen("one picture a second.mp4", numbered(rate=1, n_frames=5), (0, 1, 2, 3, 4)),
    Specimen("120 a second.mp4", numbered(rate=120, n_frames=300), (0, 120, 240)),
    Specimen("variable.mkv", numbered("-vsync", "0", rate=25, n_frames=12, filters="setpts=N*N/20/TB"),
             (0, 4, 6, 7, 8, 10, 10)),
    Specimen("between the pictures.mp4", numbered("-bf", "3", "-b_strategy", "0", "-preset", "medium"), NUMBERS),
    Specimen("between the pictures.ts", numbered("-bf", "3", "-preset", "medium"), NUMBERS),
    Specimen("between the pictures.mkv", numbered("-bf", "3", "-preset", "medium"), NUMBERS),
    Specimen("open groups.ts", numbered("-bf", "3", "-preset", "medium", "-g", "10", "-x264opts", "open-gop=1"),
             NUMBERS),
    Specimen("starts before zero.mp4", remuxed("-output_ts_offset", "-3.3", "-avoid_negative_ts", "disabled"),
             (33, 43)),
    Specimen("starts before zero.mkv", remuxed("-output_ts_offset", "-3.3"), NUMBERS),
    Specimen("starts after a day.mkv", remuxed("-output_ts_offset", "90000"), NUMBERS),
    Specimen("starts after a day.ts", remuxed("-output_ts_offset", "90000"), NUMBERS),
    Specimen("clock turns over.ts", remuxed("-output_ts_offset", "95440.5"), NUMBERS),
    Specimen("clock turns over, with B-frames.ts", remuxed("-output_ts_offset", "95440.5", made=("-bf", "3", "-preset",
             "medium")), NUMBERS),
    Specimen("starts after a day.flv", remuxed("-output_ts_offset", "90000", of="flv"), NUMBERS),
    Specimen("hole of three seconds.mkv", numbered("-vsync", "0", filters="setpts=if(gt(N\\,20)\\,PTS+3/TB\\,PTS)"),
             (0, 10, 20, 20, 20, 20, 30, 40)),
    Specimen("jumps back.mkv", remuxed("-bsf:v", "setts=ts='if(gt(N,24),TS-500,TS)'", of="mkv", made=("-bf", "0")),
             (0, 10, 20, 35)),
    Specimen("late picture.mp4", mixed("-itsoffset", "2.7", "-i", "{base}", *TONE, "-c:v", "copy"), NUMBERS),
    Specimen("late picture.mkv", mixed("-itsoffset", "2.7", "-i", "{base}", *TONE, "-c:v", "copy"), NUMBERS),
    Specimen("late picture.ts", mixed("-itsoffset", "2.7", "-i", "{base}", *TONE, "-c:v", "copy"), NUMBERS),
    Specimen("late sound.mp4", mixed("-i", "{base}", "-itsoffset", "3", *TONE, "-c:v", "copy"), NUMBERS),
    Specimen("sound goes on.flv", mixed("-i", "{base}", "-f", "lavfi", "-i", "sine=duration=9", "-c:v", "copy",
             "-c:a", "libmp3lame"), NUMBERS),
    Specimen("sound goes on.mp4", mixed("-i", "{base}", "-f", "lavfi", "-i", "sine=duration=9", "-c:v", "copy"),
             NUMBERS),
    Specimen("unknown length.mkv", piped("matroska", "-live", "1"), NUMBERS),
    Specimen("unknown length.flv", piped("flv", "-flvflags", "no_duration_filesize"), NUMBERS),
    Specimen("fragments.mp4", numbered(*FRAGMENTS), NUMBERS),
    Specimen("two sizes.ts", two_sizes("ts", "libx264"), NUMBERS),
    Specimen("two sizes, smaller.ts", two_sizes("ts", "mpeg2video", "-r", "25", second="160x120"), NUMBERS),
    Specimen("two sizes.webm", two_sizes("webm", *VP8[1:]), NUMBERS),
    Specimen("two sizes, the second huge.mkv", changed(late_huge_vp8, *VP8, "-g", "20", of="mkv"), "bad_dimensions"),
]
STREAMS = [
    Specimen("two films.mp4", mixed("-i", "{base}", "-f", "lavfi", "-i", RED,
             "-map", "0", "-map", "1", *H264, "-crf", "12"), NUMBERS),
    Specimen("second film by default.mkv", mixed("-f", "lavfi", "-i", RED,
             "-i", "{base}", "-map", "0", "-map", "1", *H264, "-crf", "12", "-disposition:v:0", "0", "-disposition:v:1",
             "default"), NUMBERS),
    Specimen("two programs.ts", mixed("-i", "{base}", "-f", "lavfi", "-i", RED,
             *TONE, "-map", "0", "-map", "1", "-map", "2", "-program", "st=0", "-program", "st=1:st=2", *H264, "-crf",
             "12"), NUMBERS),
    Specimen("data beside.mov", remuxed("-timecode", "01:00:00:00"), NUMBERS),
    Specimen("sound before the film.mp4", mixed(*TONE, "-i", "{base}", "-map", "0", "-map", "1", "-c:v", "copy"),
             NUMBERS),
]
NAMES = [
    Specimen(name, linked, NUMBERS)
    for name in (
        "-dash.mp4", "-i", "a:b.mp4", "http:x.mp4", "concat:a|b.mp4", "pipe:0", "new\nline.mp4", "tab\t.mp4",
        "\N{CLAPPER BOARD} \u202eabc.mp4", "%03d.mp4", "100%.mp4", "it's \"so\".mp4", "$(touch x) `y`;z.mp4",
        "back\\slash.mp4",
        " ", "a,b[0];[in]=1.mp4", "*?.mp4", os.fsdecode(b"\xff\xfe\x80.mp4"), "x" * 251 + ".mp4", "no suffix",
        "film.m3u8", "film.txt",
    )
]
# fmt: on
SPECIMENS = [
    *NOT_MEDIA,
    *REFERENCES,
    *ENCRYPTED,
    *SOUND,
    *PICTURES,
    *DAMAGED,
    *LIES,
    *CODECS,
    *PIXELS,
    *TIMES,
    *STREAMS,
    *NAMES,
]  # fmt: skip


if __name__ == "__main__":
    shop = Workshop(Path(sys.argv[1]))
    for specimen in SPECIMENS:
        specimen.make(shop)
