"""Checks of `trailers doctor`: each examines one thing that Trailers needs, and says what to do if it fails."""

import datetime
import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from extractor.networks.registry import BACKBONES
from worker.batches.waiting import in_words
from worker.download.errors import INSTALL
from worker.download.parent import find_deno
from worker.errors import describe
from worker.inference.backbone_choice import SWITCH
from worker.runtime import UNKNOWN, Runtime
from worker.service.supervisor import ALIVE_S

MIN_FREE_BYTES = 2 * 2**30
YT_DLP_FRESH_DAYS = 90
NVIDIA_DEVICE = Path("/dev/nvidia0")
DECODERS = {
    "H.264": {"h264"},
    "HEVC": {"hevc"},
    "VP9": {"vp9", "libvpx-vp9"},
    "AV1": {"libdav1d", "libaom-av1", "av1"},
}
_ONE_FRAME = ("-frames:v", "1", "-f", "null", "-")


@dataclass(frozen=True, slots=True)
class Finding:
    """The finding of one check; `state` is ok, warning or failed."""

    name: str
    state: str
    message: str
    advice: str = ""


Outcome = tuple[str, str, str]
Check = Callable[[Runtime], Outcome]


def run_check(name: str, check: Check, runtime: Runtime) -> Finding:
    """Return the finding of a check; an exception is a failure with its message."""
    try:
        return Finding(name, *check(runtime))
    except Exception as exc:  # noqa: BLE001 - a check that breaks is a finding
        error = describe(exc)
        return Finding(name, "failed", f"{error.code}: {error.message}")


def _check_python(runtime: Runtime) -> Outcome:
    return "ok", f"{sys.version.split()[0]} at {sys.executable}", ""


def _check_ffmpeg(runtime: Runtime) -> Outcome:
    missing = [program for program in ("ffmpeg", "ffprobe") if shutil.which(program) is None]
    if missing:
        return "failed", f"{' and '.join(missing)} not found", "install it: sudo apt-get install ffmpeg"
    version = _run("ffmpeg", "-version").splitlines()[0].partition(" Copyright")[0]
    lines = _run("ffmpeg", "-v", "error", "-decoders").splitlines()
    listed = {words[1] for line in lines if len(words := line.split()) > 1}
    lacking = [name for name, decoders in DECODERS.items() if not listed & decoders]
    if lacking:
        advice = "install the ffmpeg of your distribution, with all codecs"
        return "warning", f"{version} can't decode {', '.join(lacking)}", advice
    return "ok", version, ""


def _check_hwaccel(runtime: Runtime) -> Outcome:
    name = runtime.settings.hwaccel
    if name is None:
        return "ok", "videos are decoded by the processor (TRAILERS_HWACCEL is not set)", ""
    offered = _run("ffmpeg", "-v", "error", "-hwaccels").split()
    if name == "auto":
        return "ok", "ffmpeg decodes on a device it finds here, else on the processor", ""
    if name not in offered:
        message = f"this ffmpeg does not support {name}: videos are decoded by the processor"
        return "warning", message, "unset TRAILERS_HWACCEL"
    try:
        _run("ffmpeg", "-v", "error", "-nostdin", "-init_hw_device", name, "-f", "lavfi", "-i", "nullsrc", *_ONE_FRAME)
    except subprocess.CalledProcessError:
        advice = "check its driver, or unset TRAILERS_HWACCEL: each video is tried on it first"
        return "warning", f"no {name} device can be opened here: videos are decoded by the processor", advice
    return "ok", f"ffmpeg decodes with {name} where the device can, the rest on the processor", ""


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout


def _check_yt_dlp(runtime: Runtime) -> Outcome:
    version = importlib.metadata.version("yt-dlp")
    year, month, day = (int(part) for part in version.split(".")[:3])
    age = (datetime.datetime.now(datetime.UTC).date() - datetime.date(year, month, day)).days
    if age > YT_DLP_FRESH_DAYS:
        return "warning", f"yt-dlp {version} is {age} days old", f"YouTube changes often; update it: {INSTALL}"
    return "ok", f"yt-dlp {version}", ""


def _check_javascript(runtime: Runtime) -> Outcome:
    found = find_deno()
    if found is None:
        return "warning", "deno not found; some YouTube videos can't be downloaded", f"install it: {INSTALL}"
    return "ok", f"{_run(found, '--version').splitlines()[0]} at {found}", ""


def _check_weights(runtime: Runtime) -> Outcome:
    choice = runtime.known_choice()
    if choice is None:
        message = "Inception-V3's ImageNet weights are not here yet"
        return "warning", message, "the first `trailers analyze` downloads them"
    message = f"{choice.weights.features_id} from {choice.weights.path}"
    if choice.reason is None:
        return "ok", message, ""
    return "warning", f"the starter looks at trailers, {message}: {choice.reason}", f"{SWITCH[0].lower()}{SWITCH[1:]}"


def _check_speech(runtime: Runtime) -> Outcome:
    name = runtime.settings.speech
    if name is None:
        return "ok", "nobody listens to what is said (TRAILERS_SPEECH is not set)", ""
    reader = runtime.speech_reader
    assert reader is not None  # noqa: S101 - a name is set
    if not reader.is_here:
        return (
            "warning",
            f"the Whisper model {name} is not here yet",
            "the first video whose words are heard fetches it",
        )
    reader.check()
    return "ok", f"{reader.made_by} hears what is said", ""


def _check_sound(runtime: Runtime) -> Outcome:
    reader = runtime.sound_reader
    if reader is None:
        return "ok", "nobody hears what trailers sound like (TRAILERS_SOUND is not set)", ""
    reader.check()
    return "ok", f"{reader.features_id} hears what trailers sound like", ""


def _check_gpu(runtime: Runtime) -> Outcome:
    from extractor.networks.inception import gpu_names

    names = gpu_names()
    if names:
        return "ok", f"TensorFlow runs on {', '.join(names)}", ""
    if NVIDIA_DEVICE.exists():
        return "warning", "there is an NVIDIA GPU, but TensorFlow does not find it", "run: make setup DEVICE=gpu"
    return "ok", "no GPU here; TensorFlow runs on the processor", ""


def _check_precision(runtime: Runtime) -> Outcome:
    from extractor.precision import has_bfloat16
    from worker.inference.capacity import device

    choice = runtime.known_choice()
    if choice and BACKBONES[choice.weights.backbone].bfloat16 == "never":
        return "ok", f"float32, the only arithmetic of {choice.weights.backbone}", ""
    if runtime.settings.precision is not None:
        return "ok", f"{runtime.settings.precision}, as TRAILERS_PRECISION says", ""
    if choice is None:
        return "ok", "float32 until the weights are here", ""
    precision = runtime.precision_of(choice.weights)
    if precision != "float32":
        return "ok", f"{precision}, which has passed its trial with these weights", ""
    if device() == "cpu" and not has_bfloat16():
        return "ok", "float32; this processor has nothing faster", ""
    advice = "try bfloat16, about twice as fast, on your own videos: trailers doctor --precision VIDEO..."
    return "ok", "float32; bfloat16 has not passed a trial with these weights", advice


def _check_disk(runtime: Runtime) -> Outcome:
    settings = runtime.settings
    folder = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    message = f"{free / 2**30:.1f} GB free for {settings.home}"
    if free < MIN_FREE_BYTES:
        return "warning", message, "make room, or set TRAILERS_HOME to a folder on a larger disk"
    return "ok", message, ""


def _check_roots(runtime: Runtime) -> Outcome:
    roots = runtime.settings.roots
    if not roots:
        return "ok", "not set: what comes over HTTP names links and uploads", ""
    message = f"what comes over HTTP may name files below {', '.join(map(str, roots))}"
    missing = [str(root) for root in roots if not os.access(root, os.R_OK | os.X_OK) or not root.is_dir()]
    if missing:
        advice = "make or mount it, let this user read it, or take it out of TRAILERS_ROOTS"
        return "warning", f"{message}; not a folder that can be read: {', '.join(missing)}", advice
    return "ok", message, ""


def _check_database(runtime: Runtime) -> Outcome:
    return "ok", f"MongoDB {runtime.store.server_version}, {runtime.store.where}", ""


def _check_downloads(runtime: Runtime) -> Outcome:
    from worker.download.lanes import way_out

    settings = runtime.settings
    pauses = runtime.store.throttle.pauses()
    if not pauses:
        return "ok", f"links to {', '.join(settings.sites)} are accepted", ""
    lane, pause = next(iter(pauses.items()))
    message = f"{', '.join(pauses)} paused until {pause.until:%Y-%m-%d %H:%M} UTC or later ({pause.code} at {lane})"
    return "warning", message, way_out(pause)


def _check_broker(runtime: Runtime) -> Outcome:
    settings = runtime.settings
    if settings.redis_url is None:
        return "ok", "not set, and not needed on one machine", ""
    import redis

    try:
        with redis.Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2) as client:
            version = client.info("server")["redis_version"]
    except (redis.RedisError, ValueError, OSError) as exc:
        reason = type(exc).__name__  # its text may hold the password
        return "failed", f"broker_unavailable: no Redis answers at REDIS_URL ({reason})", "start it, or unset REDIS_URL"
    return "ok", f"Redis {version}", ""


def _check_queue(runtime: Runtime) -> Outcome:
    from db.queue.jobs import JobFilter

    counts = runtime.store.jobs.count(JobFilter())
    workers = runtime.store.workers.alive(within_s=ALIVE_S)
    lanes = ", ".join(sorted({lane for worker in workers for lane in worker.lanes}))
    message = f"{in_words(counts) or 'no jobs'}; {f'workers for {lanes}' if workers else 'no worker is running'}"
    if counts.get("dead"):
        return "warning", message, "see why: trailers jobs list --stage dead"
    if counts.get("queued") and not workers:
        return "warning", message, "start one: trailers up"
    return "ok", message, ""


def _check_model(runtime: Runtime) -> Outcome:
    features_id = runtime.known_features_id()
    if features_id == UNKNOWN:
        return "warning", "the model can be chosen once the weights are here", ""
    record = runtime.model_record(features_id)
    return "ok", f"{record.name} ({record.model_id[:12]}), {len(record.genres)} genres", ""


CHECKS: dict[str, Check] = {
    "python": _check_python,
    "ffmpeg": _check_ffmpeg,
    "hwaccel": _check_hwaccel,
    "yt-dlp": _check_yt_dlp,
    "javascript": _check_javascript,
    "weights": _check_weights,
    "speech": _check_speech,
    "sound": _check_sound,
    "gpu": _check_gpu,
    "precision": _check_precision,
    "disk": _check_disk,
    "roots": _check_roots,
    "database": _check_database,
    "downloads": _check_downloads,
    "broker": _check_broker,
    "queue": _check_queue,
    "model": _check_model,
}
