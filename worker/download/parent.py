"""Downloads as the worker sees them: the child, `worker.download.child`, does the work; this side bounds it."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from db.records import Source
from extractor.video import sandbox
from worker.download.conversation import Conversation
from worker.download.errors import code_of_text, plain_text
from worker.errors import CLASSES, WorkerError
from worker.links import Link
from worker.settings import Settings

MODULE = "worker.download.child"
ROOT = Path(__file__).resolve().parents[2]
PASSED_ON = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
DATA_BYTES = 2 * 2**30
SLACK_BYTES = 8 * 2**20  # other files, and what yt-dlp writes before it looks at the size
LAST_WORDS_S = 5
COOKIES = "cookies.txt"

Report = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """The bounds and ways of a download: seconds, bytes, and what an operator has set.

    `timeout_s` bounds the whole, `stall_s` the time without any news, `socket_timeout_s` one answer.
    """

    max_duration_s: float
    max_bytes: int
    timeout_s: float = 600
    stall_s: float = 60
    socket_timeout_s: float = 20
    sleep_s: float = 0
    cookies: Path | None = None
    proxy: str | None = None
    player_clients: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the options that the settings say."""
        return cls(
            max_duration_s=settings.max_duration_s,
            max_bytes=settings.max_download_bytes,
            timeout_s=settings.download_timeout_s,
            sleep_s=settings.sleep_s,
            cookies=settings.cookies,
            proxy=settings.proxy,
            player_clients=settings.player_clients,
        )


@dataclass(frozen=True, slots=True)
class Request:
    """What the child reads on its standard input, as JSON: `folder` is for the video, `private` for all else."""

    site: str
    video_id: str
    folder: str
    private: str
    max_duration_s: float
    max_bytes: int
    socket_timeout_s: float
    sleep_s: float
    cookies: str | None
    proxy: str | None
    player_clients: tuple[str, ...]
    deno: str | None


@dataclass(frozen=True, slots=True)
class Download:
    """A downloaded video file and what its page says of it; `duration_s` is what the page promises, if it does."""

    path: Path
    source: Source
    duration_s: float | None


def fetch(
    link: Link, folder: Path, *, options: FetchOptions, on_progress: Report = lambda done, total: None
) -> Download:
    """Download the video's pictures into a folder below `folder` and return the file.

    `on_progress` is called with bytes done and expected (None: unknown). However this ends, no process of the
    download is left, nor anything but the video. Raises WorkerError with a code of the table.
    """
    video, private = folder / "video", folder / "private"
    with ExitStack() as undo, _scratch_errors():
        undo.callback(shutil.rmtree, video, ignore_errors=True)
        with ExitStack() as always:
            always.callback(shutil.rmtree, private, ignore_errors=True)
            video.mkdir(mode=0o700)
            private.mkdir(mode=0o700)
            request = _request(link, video, private, options=options)
            fields = _run(request, options=options, on_progress=on_progress)
        got = Download(_only_file(video, link), _read_source(fields, link), fields.get("duration_s"))
        undo.pop_all()
    return got


@contextmanager
def _scratch_errors() -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise WorkerError("disk_full", f"the scratch folder can't be used ({exc.strerror}); make room for it") from exc


def _request(link: Link, video: Path, private: Path, *, options: FetchOptions) -> Request:
    return Request(
        site=link.site,
        video_id=link.video_id,
        folder=str(video),
        private=str(private),
        max_duration_s=options.max_duration_s,
        max_bytes=options.max_bytes,
        socket_timeout_s=options.socket_timeout_s,
        sleep_s=options.sleep_s,
        cookies=_copy_cookies(options.cookies, private),
        proxy=options.proxy,
        player_clients=options.player_clients,
        deno=_find_deno(),
    )


def _copy_cookies(cookies: Path | None, private: Path) -> str | None:
    """Copy the cookies for this job alone, because yt-dlp writes to its file; return the copy's path."""
    if cookies is None:
        return None
    try:
        content = cookies.read_bytes()
    except OSError as exc:
        raise WorkerError(
            "file_not_found",
            f"TRAILERS_COOKIES names {str(cookies)!r}, which can't be read ({exc.strerror}); "
            "export a browser's cookies there in Netscape format, or unset it",
        ) from exc
    copy = private / COOKIES
    with os.fdopen(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    return str(copy)


def _find_deno() -> str | None:
    """Return the JavaScript runtime beside this Python, else one on PATH."""
    beside = Path(sys.executable).with_name("deno")
    return str(beside) if beside.exists() else shutil.which("deno")


def _run(request: Request, *, options: FetchOptions, on_progress: Report) -> Mapping[str, Any]:
    """Have the child do it and return its result; the child's whole session is gone afterwards."""
    process = sandbox.start(
        [sys.executable, "-P", "-m", MODULE],
        stdin=subprocess.PIPE,
        limits=sandbox.ProcessLimits(
            cpu_seconds=int(options.timeout_s) + 1,
            address_space_bytes=None,
            data_bytes=DATA_BYTES,
            file_bytes=request.max_bytes + SLACK_BYTES,
        ),
        environment=_environment(request),
    )
    talk = Conversation(process, timeout_s=options.timeout_s, stall_s=options.stall_s + options.sleep_s)
    try:
        talk.ask(json.dumps(asdict(request)))
        answer = talk.listen(on_progress)
        if answer is None:
            status = talk.last_status(wait_s=LAST_WORDS_S)
            raise _silent_death(status, talk.stderr_tail)
    finally:
        sandbox.stop(process)
        talk.close()
    if error := answer.get("error"):
        code = error["code"] if error["code"] in CLASSES else "download_failed"
        raise WorkerError(code, str(error["message"]))
    return dict(answer["result"])


def _environment(request: Request) -> dict[str, str]:
    """Return what the child needs of our environment; what programs cache goes to the private folder."""
    names = [*PASSED_ON, *(name.lower() for name in PASSED_ON if name.endswith("_PROXY"))]
    return {
        **{name: os.environ[name] for name in names if os.environ.get(name)},
        **dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "DENO_DIR"), request.private),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _silent_death(status: int | None, stderr: bytes) -> WorkerError:
    lines = [plain_text(line) for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    last = lines[-1] if lines else "it said nothing"
    if status == -signal.SIGXFSZ or code_of_text(last) == "too_large":
        return WorkerError("too_large", "the video is larger than TRAILERS_MAX_DOWNLOAD_MB allows")
    ended = f"signal {-status}" if status is not None and status < 0 else f"status {status}"
    return WorkerError("download_failed", f"the download's process ended with {ended} ({last}); try again")


def _only_file(folder: Path, link: Link) -> Path:
    """Return the one file the download made: yt-dlp reports success for none, too."""
    files = list(folder.iterdir())
    good = len(files) == 1 and files[0].is_file() and not files[0].is_symlink()
    if not good or files[0].suffix == ".part" or files[0].stat().st_size == 0:
        raise WorkerError("download_failed", f"{link.url} gave no video file; try again later")
    return files[0]


def _read_source(fields: Mapping[str, Any], link: Link) -> Source:
    names = ("title", "uploader", "description", "upload_date", "thumbnail")
    return Source(url=link.url, site=link.site, video_id=link.video_id, **{name: fields.get(name) for name in names})
