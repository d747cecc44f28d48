"""Settings, read once at start: a flag beats the environment, which beats `.env`, which beats the default."""

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal, Self, get_args
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from extractor.limits import MAX_FRAMES
from extractor.precision import PRECISIONS, Precision
from extractor.video.whitelists import HWACCELS
from worker.environment import Declared, absolute, read_declared
from worker.errors import SettingsError
from worker.sites import DEFAULT_SITES, SITES

AUTO = "auto"
WordsUse = Literal["auto", "off"]
PlacementUse = Literal["auto", "off"]
StillsUse = Literal["on", "off"]
PRIORS = ("films", "library")
Priors = Literal["films", "library"] | dict[str, float]
CELERY_GRACE_S = 60  # Celery's own limit ends a task that our limit should have ended
REDIS_SCHEMES = ("redis", "rediss")
MIN_SECRET = 16  # characters
PROXY_SCHEMES = ("http", "socks4", "socks4a", "socks5", "socks5h")


def whole(low: int, high: int) -> BeforeValidator:
    """Return the check that a setting is a whole number within bounds."""

    def check(value: object) -> int:
        text = str(value)
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ValueError(f"is {text!r}; give a whole number from {low} to {high}")
        return int(text)

    return BeforeValidator(check)


def _one_of(*words: str, none: str | None = None) -> BeforeValidator:
    """Return the check that a setting is one of some words, in upper or lower case; `none` is the word for None."""
    ways = f"{none} or one of {', '.join(words)}" if none else f"one of {', '.join(words)}"

    def check(value: str | None) -> str | None:
        word = None if value is None else value.strip().lower()
        if word not in (None, none, *words):
            raise ValueError(f"is {word!r}; give {ways}")
        return None if word == none else word

    return BeforeValidator(check)


def _check_backbone(value: str) -> str:
    from extractor.networks.registry import trailer_backbones  # imports numpy

    name = value.strip().lower()
    if name != AUTO and name not in trailer_backbones():
        raise ValueError(f"is {name!r}; give one of {', '.join((AUTO, *trailer_backbones()))}")
    return name


def _check_priors(value: str | Mapping[str, float]) -> str | Mapping[str, float]:
    """Return one of the words, or the shares in the file that a setting names."""
    if not isinstance(value, str) or value.strip().lower() in PRIORS:
        return value.strip().lower() if isinstance(value, str) else value
    from worker.shares import read_shares  # imports numpy

    return read_shares(absolute(Path(value)))


def _read_speech(value: str | None) -> str | None:
    """Return the name of a Whisper model, or the path of its folder; `off` is None."""
    text = (value or "").strip()
    if text.lower() in ("", "off"):
        return None
    if "/" in text or text.startswith("~"):
        return str(absolute(Path(text)))
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", text):
        raise ValueError(f"is {text!r}; give off, a name such as small or base.en, or the folder of a Whisper model")
    return text


def each(fits: Callable[[str], object], advice: str) -> AfterValidator:
    """Return the check that each name of a list fits."""

    def check(names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not fits(name):
                raise ValueError(f"names {name!r}; {advice}")
        return names

    return AfterValidator(check)


def _url(usable: Callable[[SplitResult], object], advice: str) -> AfterValidator:
    """Return the check of an address; messages do not show it, since it may hold a password."""

    def check(text: str) -> str:
        with suppress(ValueError):
            if usable(urlsplit(text)):
                return text
        raise ValueError(f"is not {advice}")

    return AfterValidator(check)


def _is_proxy(parts: SplitResult) -> bool:
    return bool(parts.scheme in PROXY_SCHEMES and parts.hostname and parts.port)


def _is_redis(parts: SplitResult) -> bool:
    number = parts.path.removeprefix("/") or "0"
    plain = number.isdigit() and ";" not in parts.geturl()
    return bool(parts.scheme in REDIS_SCHEMES and parts.hostname and parts.port != 0 and plain)


def _check_secret(text: str) -> str:
    if len(text) < MIN_SECRET:
        raise ValueError(f"has {len(text)} characters; give at least {MIN_SECRET}, e.g. those of openssl rand -hex 32")
    return text


def _split(value: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of a comma-separated list, each once, in order."""
    found = (part.strip().lower() for part in value.split(",")) if isinstance(value, str) else value
    return tuple(dict.fromkeys(part for part in found if part))


def _split_paths(value: str | tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the absolute paths of a list like PATH, each once, in order."""
    if not isinstance(value, str):
        return value
    return tuple(dict.fromkeys(absolute(Path(part)) for part in value.split(":") if part.strip()))


File = Annotated[Path, AfterValidator(absolute)]
Folders = Annotated[tuple[Path, ...], BeforeValidator(_split_paths)]
Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
Proxy = Annotated[
    str,
    _url(_is_proxy, f"a proxy address; write scheme://host:port, the scheme one of {', '.join(PROXY_SCHEMES)}"),
]
Redis = Annotated[
    str,
    _url(
        _is_redis,
        "a valid Redis URL; write redis://:password@host:6379/0, or rediss:// for TLS, the password percent-encoded",
    ),
]
Sites = Annotated[Names, each(SITES.__contains__, f"use {', '.join(SITES)}, separated by commas")]
Players = Annotated[
    Names,
    each(re.compile(r"-?[a-z_]{1,40}").fullmatch, "give yt-dlp's YouTube players, e.g. default,web_safari"),
]
Hosts = Annotated[
    Names,
    each(
        re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?").fullmatch,
        "give host or host:port, separated by commas, an IPv6 address in brackets",
    ),
]


class Settings(Declared):
    """The settings of everything but the page and the API."""

    #: The folder of the database, weights, scratch files and uploads.
    home: File = Path("~/.local/share/trailers")
    #: Folders below which jobs and lists that come over HTTP may name files.
    roots: Folders = ()
    #: The network that looks at trailers; auto: Inception-V3 where a model can predict from it, else the starter.
    backbone: Annotated[str, BeforeValidator(_check_backbone)] = AUTO
    #: A file of Inception-V3's weights; none: Keras's ImageNet release.
    weights: Annotated[File | None, BeforeValidator(lambda value: None if value == "imagenet" else value)] = None
    #: The URI of a MongoDB; none: an embedded one.
    mongodb_uri: str | None = Field(default=None, validation_alias="MONGODB_URI", repr=False)
    #: The Redis that rings for workers on many hosts.
    redis_url: Redis | None = Field(default=None, validation_alias="REDIS_URL", repr=False)
    #: The loopback port where the embedded database listens beside its socket.
    mongod_port: Annotated[int, whole(1024, 65535)] | None = None
    max_duration_s: Annotated[int, whole(1, MAX_FRAMES)] = 1200  #: The longest video, in seconds
    max_download_mb: Annotated[int, whole(1, 10_000)] = 500  #: The largest download
    download_timeout_s: Annotated[int, whole(10, 86_400)] = 600  #: The seconds that one download may take
    downloads_per_minute: Annotated[int, whole(1, 6000)] = 30  #: Downloads that all workers together start per minute
    sites: Sites = DEFAULT_SITES  #: The sites that links may name
    cookies: File | None = None  #: A Netscape cookies file
    proxy: Proxy | None = Field(default=None, repr=False)  #: The proxy of downloads
    sleep_s: Annotated[int, whole(0, 600)] = 0  #: Seconds between yt-dlp's requests
    player_clients: Players = ()  #: The YouTube players that yt-dlp pretends to be; none: its own choice
    #: The network's arithmetic; none: the fastest that has passed its trial.
    precision: Annotated[Precision | None, _one_of(*PRECISIONS, none=AUTO)] = None
    #: Whether the titles and descriptions of pages are looked at where a model has learnt from such words.
    words: Annotated[WordsUse, _one_of(*get_args(WordsUse))] = "auto"
    #: Whether a model that was placed on trailers is matched to the library's, from 100 trailers on.
    placement: Annotated[PlacementUse, _one_of(*get_args(PlacementUse))] = "auto"
    #: Whose shares of the genres scores suppose: those of the films that a model was trained on, of the library's own
    #: tags and reviews (from 50 trailers on), or of a file of genre,share.
    priors: Annotated[Priors, BeforeValidator(_check_priors)] = "films"
    #: The Whisper model that hears what is said in trailers, by name, or its folder; none: nobody listens.
    speech: Annotated[str | None, BeforeValidator(_read_speech)] = None
    #: The network that hears what trailers sound like, where a model has learnt from sounds; off: nobody listens.
    sound: Annotated[Literal["yamnet"] | None, _one_of("yamnet", none="off")] = None
    sound_weights: File | None = None  #: The file of its weights, yamnet.h5
    hwaccel: Annotated[str | None, _one_of(*HWACCELS, none="none")] = None  #: The hardware to decode on
    #: Whether pictures of files are kept, one a second of at most 854 x 480 pixels, to look at on the page.
    stills: Annotated[StillsUse, _one_of(*get_args(StillsUse))] = "on"
    #: The threads that a video is decoded on; `worker.inference.capacity` sets it for the processes of a lane.
    decode_threads: Annotated[int, whole(1, 16)] = 2
    #: The number of processes that download, extract and classify; none: as many as the machine can take.
    download_workers: Annotated[int, whole(1, 256)] | None = None
    extract_workers: Annotated[int, whole(1, 256)] | None = None
    classify_workers: Annotated[int, whole(1, 256)] | None = None
    #: Days after their end that jobs are kept, and after they were sent that lists are; none: for ever.
    keep_jobs_days: Annotated[int, whole(1, 36_500)] | None = None
    keep_batches_days: Annotated[int, whole(1, 36_500)] | None = None
    #: Days that filmstrips and stills are kept after they were made; none: for ever.
    keep_pictures_days: Annotated[int, whole(1, 36_500)] | None = None
    #: Days that an upload which no job needs is kept since it was last used.
    keep_uploads_days: Annotated[int, whole(1, 36_500)] = 1
    lease_s: Annotated[int, whole(3, 3600)] = 60  #: The seconds that a claim lasts unless it is renewed
    #: The number of workers that may go away within a day while they do one job; then the job is dead.
    lost_workers: Annotated[int, whole(1, 1000)] = 10
    retry_s: Annotated[int, whole(0, 86_400)] = 30  #: Seconds before a second attempt
    stop_s: Annotated[int, whole(0, 600)] = 10  #: The seconds that running work gets at a stop
    step_timeout_s: Annotated[int, whole(10, 86_400)] = 3600  #: The longest work of one lane, in seconds
    visibility_timeout_s: Annotated[int, whole(10, 172_800)] = 7200  #: Seconds until Redis delivers again
    #: The key that signs webhooks; none: no webhooks are sent.
    webhook_secret: Annotated[str, AfterValidator(_check_secret)] | None = Field(default=None, repr=False)
    #: Receivers of webhooks, with or without ports, that may be private or use http.
    webhook_hosts: Hosts = ()

    @property
    def max_download_bytes(self) -> int:
        """The largest download."""
        return self.max_download_mb * 2**20

    @property
    def keep_uploads_s(self) -> int:
        """The seconds that an upload which no job needs is kept."""
        return self.keep_uploads_days * 86_400

    @property
    def scratch(self) -> Path:
        """The folder for downloads in progress."""
        return self.home / "scratch"

    @property
    def weights_cache(self) -> Path:
        """The folder of downloaded weights."""
        return self.home / "weights"

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        """Raise SettingsError for settings that contradict one another."""
        if self.visibility_timeout_s <= self.step_timeout_s + CELERY_GRACE_S:
            raise SettingsError(
                f"TRAILERS_VISIBILITY_TIMEOUT_S is {self.visibility_timeout_s}: Redis would deliver work again that is "
                f"still running, up to TRAILERS_STEP_TIMEOUT_S = {self.step_timeout_s}; set it above "
                f"{self.step_timeout_s + CELERY_GRACE_S}"
            )
        if self.sound and not (self.sound_weights and self.sound_weights.is_file()):
            named = f"there is no file {str(self.sound_weights)!r}" if self.sound_weights else "no weights are named"
            raise SettingsError(
                f"TRAILERS_SOUND is {self.sound}, but {named}: set TRAILERS_SOUND_WEIGHTS to the file yamnet.h5, or "
                "TRAILERS_SOUND to off"
            )
        if self.step_timeout_s <= self.download_timeout_s:
            raise SettingsError(
                f"TRAILERS_STEP_TIMEOUT_S is {self.step_timeout_s}: it would end downloads that may take "
                f"TRAILERS_DOWNLOAD_TIMEOUT_S = {self.download_timeout_s} seconds; set it higher"
            )
        return self


def read_settings(environ: Mapping[str, str], *, dotenv: Path | None = None) -> Settings:
    """Return the settings of an environment and a `.env` file; raises SettingsError."""
    return read_declared(Settings, environ, dotenv)


def own_settings() -> Settings:
    """Return the settings of this process: its environment, and the `.env` file where it runs; raises SettingsError."""
    return read_settings(os.environ, dotenv=Path(".env"))
