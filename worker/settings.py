"""Settings: a flag beats the environment beats `.env` beats the default; read once at start."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from extractor.limits import MAX_FRAMES
from extractor.precision import PRECISIONS, Precision
from extractor.video.whitelists import HWACCELS
from worker.sites import DEFAULT_SITES, SITES

AUTO = "auto"
CELERY_GRACE_S = 60  # Celery's own limit ends a task that our limit should have ended
REDIS_SCHEMES = ("redis", "rediss")
MIN_SECRET = 16  # characters
PROXY_SCHEMES = ("http", "socks4", "socks4a", "socks5", "socks5h")


class SettingsError(Exception):
    """A setting's value makes no sense; the message says which one and what would."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set; `weights` None means Keras's ImageNet release, `mongodb_uri` None an embedded database.

    Of the downloads: which `sites` links may name, seconds one may take (`download_timeout_s`) and wait between
    requests (`sleep_s`), how many all workers together begin a minute, a Netscape `cookies` file, a `proxy`, and
    the YouTube players yt-dlp pretends to be (none: its own choice).

    Of decoding: the hardware that may help (`hwaccel`), and how many threads a video gets, which is set for the
    processes of a lane by `worker.inference.capacity`.

    Of the service: how many processes a lane has (None: what the machine bears), seconds a claim lasts without a
    sign of life (`lease_s`), before a second attempt (`retry_s`), for running work at a stop (`stop_s`), for the
    work of one lane (`step_timeout_s`), and until Redis delivers again (`visibility_timeout_s`).

    Of webhooks: what their news is signed with (`webhook_secret`, None: none is sent) and which hosts, or hosts with
    their ports, may be told although they are private or speak http (`webhook_hosts`).

    Of the network: which `backbone` looks at trailers (auto: Inception-V3 where a model judges its features, else the
    starter), and its arithmetic, `precision` (None: the fastest that passed its trial).
    """

    home: Path
    weights: Path | None
    mongodb_uri: str | None
    mongod_port: int | None
    redis_url: str | None
    max_duration_s: float
    max_download_bytes: int
    sites: tuple[str, ...] = DEFAULT_SITES
    download_timeout_s: float = 600
    downloads_per_minute: int = 30
    cookies: Path | None = None
    proxy: str | None = None
    sleep_s: float = 0
    player_clients: tuple[str, ...] = ()
    hwaccel: str | None = None
    decode_threads: int = 2
    download_workers: int | None = None
    extract_workers: int | None = None
    classify_workers: int | None = None
    lease_s: int = 60
    retry_s: int = 30
    stop_s: int = 10
    step_timeout_s: int = 3600
    visibility_timeout_s: int = 7200
    precision: Precision | None = None
    backbone: str = AUTO
    webhook_secret: str | None = field(default=None, repr=False)
    webhook_hosts: tuple[str, ...] = ()

    @property
    def scratch(self) -> Path:
        """The folder that downloads pass through."""
        return self.home / "scratch"

    @property
    def weights_cache(self) -> Path:
        """The folder that downloaded weights are kept in."""
        return self.home / "weights"


def read_settings(environ: Mapping[str, str], *, dotenv: Path | None = None) -> Settings:
    """Return the settings of an environment and a `.env` file; raises SettingsError."""
    values = {**read_dotenv(dotenv), **environ}
    weights = values.get("TRAILERS_WEIGHTS", "")
    settings = Settings(
        home=_home(values),
        weights=None if weights in ("", "imagenet") else Path(weights).expanduser().absolute(),
        mongodb_uri=values.get("MONGODB_URI") or None,
        redis_url=_redis_url(values),
        mongod_port=read_number(values, "TRAILERS_MONGOD_PORT", default=None, low=1024, high=65535),
        max_duration_s=read_number(values, "TRAILERS_MAX_DURATION_S", default=1200, low=1, high=MAX_FRAMES) or 1200,
        max_download_bytes=(read_number(values, "TRAILERS_MAX_DOWNLOAD_MB", default=500, low=1, high=10_000) or 500)
        * 2**20,
        sites=_sites(values),
        download_timeout_s=read_number(values, "TRAILERS_DOWNLOAD_TIMEOUT_S", default=600, low=10, high=86_400) or 600,
        downloads_per_minute=read_number(values, "TRAILERS_DOWNLOADS_PER_MINUTE", default=30, low=1, high=6000) or 30,
        cookies=_path(values, "TRAILERS_COOKIES"),
        proxy=_proxy(values),
        sleep_s=read_number(values, "TRAILERS_SLEEP_S", default=0, low=0, high=600) or 0,
        player_clients=_player_clients(values),
        hwaccel=_hwaccel(values),
        decode_threads=read_number(values, "TRAILERS_DECODE_THREADS", default=2, low=1, high=16) or 2,
        download_workers=read_number(values, "TRAILERS_DOWNLOAD_WORKERS", default=None, low=1, high=256),
        extract_workers=read_number(values, "TRAILERS_EXTRACT_WORKERS", default=None, low=1, high=256),
        classify_workers=read_number(values, "TRAILERS_CLASSIFY_WORKERS", default=None, low=1, high=256),
        lease_s=read_number(values, "TRAILERS_LEASE_S", default=60, low=3, high=3600) or 60,
        retry_s=read_number(values, "TRAILERS_RETRY_S", default=30, low=0, high=86_400) or 0,
        stop_s=read_number(values, "TRAILERS_STOP_S", default=10, low=0, high=600) or 0,
        step_timeout_s=read_number(values, "TRAILERS_STEP_TIMEOUT_S", default=3600, low=10, high=86_400) or 3600,
        visibility_timeout_s=read_number(values, "TRAILERS_VISIBILITY_TIMEOUT_S", default=7200, low=10, high=172_800)
        or 7200,
        precision=_precision(values),
        backbone=_backbone(values),
        webhook_secret=_webhook_secret(values),
        webhook_hosts=_webhook_hosts(values),
    )
    _check_together(settings)
    return settings


def _check_together(settings: Settings) -> None:
    """Raise SettingsError for settings that each make sense, but not with one another."""
    if settings.visibility_timeout_s <= settings.step_timeout_s + CELERY_GRACE_S:
        raise SettingsError(
            f"TRAILERS_VISIBILITY_TIMEOUT_S is {settings.visibility_timeout_s}: Redis would deliver work again that "
            f"still runs, up to TRAILERS_STEP_TIMEOUT_S = {settings.step_timeout_s}; set it above "
            f"{settings.step_timeout_s + CELERY_GRACE_S}"
        )
    if settings.step_timeout_s <= settings.download_timeout_s:
        raise SettingsError(
            f"TRAILERS_STEP_TIMEOUT_S is {settings.step_timeout_s}: it would end downloads that may take "
            f"TRAILERS_DOWNLOAD_TIMEOUT_S = {settings.download_timeout_s:.0f} seconds; set it higher"
        )


def read_dotenv(path: Path | None) -> dict[str, str]:
    """Return the values of a `.env` file, none where there is no such file."""
    if path is None or not path.is_file():
        return {}
    from dotenv import dotenv_values  # only where there is such a file

    return {name: value for name, value in dotenv_values(path).items() if value is not None}


def _home(values: Mapping[str, str]) -> Path:
    if named := values.get("TRAILERS_HOME"):
        return Path(named).expanduser().absolute()
    data = values.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")  # noqa: PTH111 - keeps "~" if unknown
    return Path(data).absolute() / "trailers"


def read_number(values: Mapping[str, str], name: str, *, default: int | None, low: int, high: int) -> int | None:
    """Return a setting that is a whole number, `default` where it isn't set; raises SettingsError."""
    text = values.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise SettingsError(f"{name} is {text!r}; give a whole number from {low} to {high}")
    return int(text)


def _precision(values: Mapping[str, str]) -> Precision | None:
    text = values.get("TRAILERS_PRECISION", "").strip().lower() or AUTO
    if text == AUTO:
        return None
    for precision in PRECISIONS:
        if text == precision:
            return precision
    raise SettingsError(f"TRAILERS_PRECISION is {text!r}; give {AUTO} or one of {', '.join(PRECISIONS)}")


def _backbone(values: Mapping[str, str]) -> str:
    text = values.get("TRAILERS_BACKBONE", "").strip().lower() or AUTO
    if text == AUTO:
        return text
    from extractor.networks.registry import trailer_backbones  # imports numpy

    if text not in trailer_backbones():
        raise SettingsError(f"TRAILERS_BACKBONE is {text!r}; give one of {', '.join((AUTO, *trailer_backbones()))}")
    return text


def _path(values: Mapping[str, str], name: str) -> Path | None:
    text = values.get(name, "")
    return Path(text).expanduser().absolute() if text else None


def _names(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return the names of a comma list, each once, in order."""
    found = (part.strip().lower() for part in values.get(name, "").split(","))
    return tuple(dict.fromkeys(part for part in found if part))


def _sites(values: Mapping[str, str]) -> tuple[str, ...]:
    names = _names(values, "TRAILERS_SITES") or DEFAULT_SITES
    for name in names:
        if name not in SITES:
            raise SettingsError(f"TRAILERS_SITES names {name!r}; known are {', '.join(SITES)}, separated by commas")
    return names


def _proxy(values: Mapping[str, str]) -> str | None:
    text = values.get("TRAILERS_PROXY", "")
    if not text:
        return None
    try:
        parts = urlsplit(text)
        usable = bool(parts.scheme in PROXY_SCHEMES and parts.hostname and parts.port)
    except ValueError:
        usable = False
    if not usable:  # its value may hold a password
        raise SettingsError(
            "TRAILERS_PROXY is no proxy's address; write scheme://host:port, the scheme one of "
            + ", ".join(PROXY_SCHEMES)
        )
    return text


def _redis_url(values: Mapping[str, str]) -> str | None:
    text = values.get("REDIS_URL", "")
    if not text:
        return None
    try:
        parts = urlsplit(text)
        number = parts.path.removeprefix("/") or "0"
        usable = parts.scheme in REDIS_SCHEMES and bool(parts.hostname) and parts.port != 0 and number.isdigit()
    except ValueError:
        usable = False
    if not usable or ";" in text:  # its value may hold a password
        raise SettingsError(
            "REDIS_URL is no Redis address; write redis://:password@host:6379/0, or rediss:// for TLS, "
            "the password percent-encoded"
        )
    return text


def _player_clients(values: Mapping[str, str]) -> tuple[str, ...]:
    names = _names(values, "TRAILERS_PLAYER_CLIENTS")
    for name in names:
        if not re.fullmatch(r"-?[a-z_]{1,40}", name):
            raise SettingsError(
                f"TRAILERS_PLAYER_CLIENTS names {name!r}; give yt-dlp's YouTube players, e.g. default,web_safari"
            )
    return names


def _webhook_secret(values: Mapping[str, str]) -> str | None:
    text = values.get("TRAILERS_WEBHOOK_SECRET", "")
    if text and len(text) < MIN_SECRET:  # its value is a secret, however short
        raise SettingsError(
            f"TRAILERS_WEBHOOK_SECRET has {len(text)} characters; give at least {MIN_SECRET}, "
            "as openssl rand -hex 32 makes them"
        )
    return text or None


def _webhook_hosts(values: Mapping[str, str]) -> tuple[str, ...]:
    names = _names(values, "TRAILERS_WEBHOOK_HOSTS")
    for name in names:
        if not re.fullmatch(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", name):
            raise SettingsError(
                f"TRAILERS_WEBHOOK_HOSTS names {name!r}; give host or host:port, separated by commas, an IPv6 address "
                "in brackets"
            )
    return names


def _hwaccel(values: Mapping[str, str]) -> str | None:
    name = values.get("TRAILERS_HWACCEL", "").strip().lower()
    if name not in ("", "none", *HWACCELS):
        raise SettingsError(f"TRAILERS_HWACCEL is {name!r}; give none or one of {', '.join(HWACCELS)}")
    return None if name in ("", "none") else name
