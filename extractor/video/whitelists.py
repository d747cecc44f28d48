"""Whitelists: the protocols, containers and decoders that ffmpeg and ffprobe may use on an untrusted file.

Decoders have ffmpeg's names (`ffmpeg -decoders`). Sound is decoded only where somebody wants its words
(`TRAILERS_SPEECH`).
"""

from extractor.limits import Limits

PROTOCOLS = "file"
JUMPING = ("mpegts", "mpeg", "ogg")  # demuxers of broadcasts, discs and chains, whose clock may jump
FORMATS = "mov,mp4,m4a,matroska,webm,mpegts,flv,avi,mxf,mpeg,asf,ogg"
# fmt: off
VIDEO_CODECS = (
    "h264", "hevc", "vvc", "libdav1d", "libaom-av1", "av1", "vp8", "vp9", "vp6", "vp6a", "vp6f", "theora", "mpeg4",
    "mpeg1video", "mpeg2video", "h263", "flv", "msmpeg4", "msmpeg4v2", "wmv1", "wmv2", "wmv3", "vc1", "svq3",
    "dvvideo", "prores", "dnxhd", "cfhd", "v210", "utvideo", "ffv1", "mjpeg", "rawvideo",
)
SOUND_CODECS = (
    "aac", "mp3", "mp3float", "opus", "libopus", "vorbis", "ac3", "eac3", "mp2", "flac", "alac", "wmav2", "pcm_s16le",
    "pcm_s16be", "pcm_s24le", "pcm_u8",
)
# fmt: on
# ffprobe refuses a whole file for one stream it may not open, so covers must be allowed.
PICTURE_CODECS = ("mjpeg", "png", "apng", "bmp", "gif", "webp", "tiff", "jpeg2000", "libopenjpeg", "jpegls")
# Names of `ffmpeg -hwaccels` that decode on Linux and whose pictures come back to memory by themselves: not `opencl`,
# which only filters, nor `qsv`, whose pictures stay in the device unless fetched (Intel's chips support vaapi, too).
HWACCELS = ("auto", "cuda", "vaapi", "vdpau", "vulkan", "drm")
PROBE_BYTES = 10_000_000
PROBE_MICROSECONDS = 10_000_000


def input_options(container: str, limits: Limits) -> dict[str, str | int]:
    """Return the input options of ffprobe and ffmpeg; `container` is the demuxer that the file's magic bytes name.

    The demuxer is given, not guessed: a playlist that begins like MP4 is then just a broken MP4. The list of formats
    still limits what a demuxer opens inside (AVI's subtitles).
    """
    return {
        "f": container,
        "protocol_whitelist": PROTOCOLS,
        "format_whitelist": FORMATS,
        "max_pixels": limits.max_pixels,
        "probesize": PROBE_BYTES,
        "analyzeduration": PROBE_MICROSECONDS,
    }
