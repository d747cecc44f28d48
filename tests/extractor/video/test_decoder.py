from pathlib import Path

import pytest

from extractor.limits import Limits
from extractor.video.arguments import Length, build_arguments
from extractor.video.decoder import Decoder, Decoding
from extractor.video.probe import probe
from tests.support.videos import make_clip

TELL = 'echo "$(ulimit -v) $(ulimit -d) $(ulimit -f) $CUDA_VISIBLE_DEVICES $SECRET"'


def told(decoding: Decoding | None) -> str:
    """What a decoder says of its limits and its environment."""
    decoder = Decoder(["sh", "-c", TELL], name="'tell'", max_decode_s=10, decoding=decoding)
    buffer = bytearray(100)
    try:
        return buffer[: decoder.fill(memoryview(buffer))].decode().strip()
    finally:
        decoder.stop()
        decoder.close()


def test_only_a_decoder_on_hardware_may_reserve_any_memory_and_sees_its_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    monkeypatch.setenv("SECRET", "word")
    assert told(None) == "4194304 unlimited 0"
    assert told(Decoding(hwaccel="cuda")) == "unlimited 4194304 0 3"


def test_hardware_and_threads_are_named_before_the_video(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", seconds=1)
    info, limits = probe(path, limits=Limits()), Limits()
    plain = build_arguments(path, info, length=Length(9), limits=limits, decoding=Decoding())
    helped = build_arguments(path, info, length=Length(9), limits=limits, decoding=Decoding(threads=1, hwaccel="vaapi"))
    options = helped[: helped.index("-i")]
    assert options[options.index("-hwaccel") + 1] == "vaapi"
    assert options[options.index("-threads") + 1] == "1"
    assert "-hwaccel" not in plain
    assert helped[helped.index("-i") :] == plain[plain.index("-i") :]
