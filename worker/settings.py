"""Settings: a flag beats the environment beats `.env` beats the default; read once at start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from extractor.limits import MAX_FRAMES


class SettingsError(Exception):
    """A setting's value makes no sense; the message says which one and what would."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set; `weights` None means Keras's ImageNet release, `mongodb_uri` None an embedded database."""

    home: Path
    weights: Path | None
    mongodb_uri: str | None
    mongod_port: int | None
    redis_url: str | None
    max_duration_s: float
    max_download_bytes: int

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
    values = {**_read_dotenv(dotenv), **environ}
    weights = values.get("TRAILERS_WEIGHTS", "")
    return Settings(
        home=_home(values),
        weights=None if weights in ("", "imagenet") else Path(weights).expanduser().absolute(),
        mongodb_uri=values.get("MONGODB_URI") or None,
        redis_url=values.get("REDIS_URL") or None,
        mongod_port=_number(values, "TRAILERS_MONGOD_PORT", default=None, low=1024, high=65535),
        max_duration_s=_number(values, "TRAILERS_MAX_DURATION_S", default=1200, low=1, high=MAX_FRAMES) or 1200,
        max_download_bytes=(_number(values, "TRAILERS_MAX_DOWNLOAD_MB", default=500, low=1, high=10_000) or 500)
        * 2**20,
    )


def _read_dotenv(path: Path | None) -> dict[str, str]:
    if path is None or not path.is_file():
        return {}
    from dotenv import dotenv_values  # only where there is such a file

    return {name: value for name, value in dotenv_values(path).items() if value is not None}


def _home(values: Mapping[str, str]) -> Path:
    if named := values.get("TRAILERS_HOME"):
        return Path(named).expanduser().absolute()
    data = values.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")  # noqa: PTH111 - keeps "~" if unknown
    return Path(data).absolute() / "trailers"


def _number(values: Mapping[str, str], name: str, *, default: int | None, low: int, high: int) -> int | None:
    text = values.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise SettingsError(f"{name} is {text!r}; give a whole number from {low} to {high}")
    return int(text)
