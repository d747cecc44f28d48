"""Downloads from the worker's side: `worker.download.child` does the work, this side bounds it."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Self, TextIO

from db.records import Source
from extractor.video import sandbox
from worker.download.conversation import Conversation
from worker.download.errors import Refused, code_of_text, plain_text
from worker.errors import CLASSES, WorkerError
from worker.links import Link
from worker.settings import Settings

MODULE = "worker.download.child"
ROOT = Path(__file__).resolve().parents[2]
PASSED_ON = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
DATA_BYTES = 2 * 2**30
SLACK_BYTES = 8 * 2**20  # other files, and what yt-dlp writes before it checks the size
EXIT_S = 5
LOOKUP = "timeout:3 attempts:2"  # of a name; else five seconds twice for each server of names (resolv.conf(5))
COOKIES = "cookies.txt"

Report = Callable[[int, int | None], None]


class Patience(NamedTuple):
    """How many seconds a child may take in all, and between two signs of life."""

    timeout_s: float
    stall_s: float


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """The bounds of a download, in seconds and bytes, and what an operator has set.

    `timeout_s` bounds the whole download, `stall_s` the time without a sign of life, `socket_timeout_s` one response.
    With `sound` a file that has both is preferred.
    """

    max_duration_s: float
    max_bytes: int
    timeout_s: float = 600
    stall_s: float = 60
    socket_timeout_s: float = 20
    sleep_s: float = 0
    cookies: str | None = None
    proxy: str | None = None
    player_clients: tuple[str, ...] = ()
    sound: bool = False

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return the options of these settings."""
        return cls(
            max_duration_s=settings.max_duration_s,
            max_bytes=settings.max_download_bytes,
            timeout_s=settings.download_timeout_s,
            sleep_s=settings.sleep_s,
            cookies=str(settings.cookies) if settings.cookies else None,
            proxy=settings.proxy,
            player_clients=settings.player_clients,
            sound=settings.speech is not None or settings.sound is not None,
        )


@dataclass(frozen=True, slots=True)
class Request:
    """The request that the child reads from stdin as JSON: `folder` is for the video, `private` for all other files."""

    site: str
    video_id: str
    folder: str
    private: str
    deno: str | None
    options: FetchOptions
    page_only: bool = False

    @classmethod
    def read(cls, file: TextIO) -> Self:
        """Return the request in a file of JSON."""
        fields = json.load(file)
        return cls(**{**fields, "options": FetchOptions(**fields["options"])})


@dataclass(frozen=True, slots=True)
class Download:
    """A downloaded video file, the metadata of its page, and the length that the page promises, if it does."""

    path: Path
    source: Source
    duration_s: float | None


def fetch(
    link: Link, folder: Path, *, options: FetchOptions, on_progress: Report = lambda done, total: None
) -> Download:
    """Download the video's pictures into a folder below `folder` and return the file.

    `on_progress` is called with the bytes done and expected (None: unknown). However this ends, no process of the
    download is left behind, and no file but the video. Raises WorkerError.
    """
    video = folder / "video"
    with ExitStack() as undo, _scratch_errors():
        undo.callback(shutil.rmtree, video, ignore_errors=True)
        video.mkdir(mode=0o700)
        with _request(link, folder, options=options) as request:
            fields = _run(request, on_progress)
        downloaded = Download(_only_file(video, link), _read_source(fields, link), fields.get("duration_s"))
        undo.pop_all()
    return downloaded


def read_page(link: Link, folder: Path, *, options: FetchOptions, on_progress: Report) -> None:
    """Read the page of a video and nothing else: that it comes back at all is what matters. Raises as `fetch` does."""
    with _scratch_errors(), _request(link, folder, options=options) as request:
        _run(replace(request, page_only=True), on_progress)


@contextmanager
def _scratch_errors() -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise WorkerError("disk_full", f"the scratch folder can't be used ({exc.strerror}); make room for it") from exc


@contextmanager
def _request(link: Link, folder: Path, *, options: FetchOptions) -> Iterator[Request]:
    """Yield a request whose private folder is gone afterwards."""
    private = folder / "private"
    with ExitStack() as always:
        always.callback(shutil.rmtree, private, ignore_errors=True)
        private.mkdir(mode=0o700)
        yield Request(
            site=link.site,
            video_id=link.video_id,
            folder=str(folder / "video"),
            private=str(private),
            deno=find_deno(),
            options=replace(options, cookies=_copy_cookies(options.cookies, private)),
        )


def _copy_cookies(cookies: str | None, private: Path) -> str | None:
    """Return the path of a copy of the cookies for this download alone: yt-dlp writes to its cookie file."""
    if cookies is None:
        return None
    try:
        content = Path(cookies).read_bytes()
    except OSError as exc:
        raise WorkerError(
            "file_not_found",
            f"TRAILERS_COOKIES names {cookies!r}, which can't be read ({exc.strerror}); "
            "export a browser's cookies there in Netscape format, or unset it",
        ) from exc
    copy = private / COOKIES
    with os.fdopen(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    return str(copy)


def find_deno() -> str | None:
    """Return the JavaScript runtime beside this Python, else one on PATH."""
    beside = Path(sys.executable).with_name("deno")
    return str(beside) if beside.exists() else shutil.which("deno")


def _run(request: Request, on_progress: Report) -> Mapping[str, Any]:
    """Have the child carry out the request and return its result."""
    options = request.options
    limits = sandbox.ProcessLimits(
        cpu_seconds=int(options.timeout_s) + 1,
        address_space_bytes=None,
        data_bytes=DATA_BYTES,
        file_bytes=options.max_bytes + SLACK_BYTES,
    )
    patience = Patience(options.timeout_s, options.stall_s + options.sleep_s)
    private = Path(request.private)
    return converse(MODULE, asdict(request), private, limits=limits, patience=patience, on_progress=on_progress)


def converse(
    module: str,
    request: Mapping[str, Any],
    private: Path,
    *,
    limits: sandbox.ProcessLimits,
    patience: Patience,
    on_progress: Report = lambda done, total: None,
) -> Mapping[str, Any]:
    """Return what a child that runs a module makes of a request; its whole session is gone afterwards.

    What it caches is in the folder `private`. Raises WorkerError.
    """
    process = sandbox.start(
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE,
        limits=limits,
        environment=_environment(str(private)),
    )
    conversation = Conversation(process, timeout_s=patience.timeout_s, stall_s=patience.stall_s)
    try:
        conversation.send(json.dumps(request))
        message = conversation.listen(on_progress)
        if message is None:
            status = conversation.last_status(wait_s=EXIT_S)
            raise _silent_death(status, conversation.stderr_tail)
    finally:
        sandbox.stop(process)
        conversation.close()
    if error := message.get("error"):
        code = error["code"] if error["code"] in CLASSES else "download_failed"
        told, words = str(error["message"]), error.get("words")
        raise Refused(code, told, words=str(words)) if words else WorkerError(code, told)
    return dict(message["result"])


def _environment(private: str) -> dict[str, str]:
    """Return the child's environment: what it needs of ours, and the private folder for what programs cache."""
    names = [*PASSED_ON, *(name.lower() for name in PASSED_ON if name.endswith("_PROXY"))]
    return {
        **{name: os.environ[name] for name in names if os.environ.get(name)},
        **dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "DENO_DIR"), private),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "RES_OPTIONS": LOOKUP,
    }


def _silent_death(status: int | None, stderr: bytes) -> WorkerError:
    lines = [plain_text(line) for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    last = lines[-1] if lines else "it printed nothing"
    if status == -signal.SIGXFSZ or code_of_text(last) == "too_large":
        return WorkerError("too_large", "the video is larger than TRAILERS_MAX_DOWNLOAD_MB allows")
    ended = f"signal {-status}" if status is not None and status < 0 else f"status {status}"
    return WorkerError("download_failed", f"the download process ended with {ended} ({last}); try again")


def _only_file(folder: Path, link: Link) -> Path:
    """Return the one file that was downloaded: yt-dlp reports success without one, too."""
    files = list(folder.iterdir())
    good = len(files) == 1 and files[0].is_file() and not files[0].is_symlink()
    if not good or files[0].suffix == ".part" or files[0].stat().st_size == 0:
        raise WorkerError("download_failed", f"downloading {link.url} produced no video file; try again later")
    return files[0]


def _read_source(fields: Mapping[str, Any], link: Link) -> Source:
    names = ("title", "uploader", "description", "upload_date", "thumbnail")
    return Source(url=link.url, site=link.site, video_id=link.video_id, **{name: fields.get(name) for name in names})
