"""Files that are no videos, or none for us, each with its code: the lists are the documentation."""

import random

from tests.support import boxes
from tests.support.hostile.changes import encrypted_matroska, licensed, reference_movie, referring
from tests.support.hostile.making import (
    changed,
    covered_sound,
    mixed,
    naming,
    numbered,
    playlist_in_avi,
    remuxed,
    sound,
    still_in_video,
    written,
)
from tests.support.hostile.options import FASTSTART, TONE
from tests.support.hostile.workshop import NUMBERS, Specimen

CENC = (
    "-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb",
    "-encryption_kid", "a7e61c373e219033c21091fa607bf3b8",
)  # fmt: skip
SMIL = '<smil><body><video src="{canary}"/></body></smil>'
MPD = '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>{http}</BaseURL></Period></MPD>'
XML = '<?xml version="1.0"?>\n'
HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{canary}\n#EXTINF:5,\n{http}\n#EXT-X-ENDLIST\n"

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
# fmt: on
