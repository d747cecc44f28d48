"""The environment: a record of settings from its variables, those of `.env` and files that hold secrets."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, SettingsConfigDict

from worker.errors import SettingsError


class Declared(BaseSettings):
    """A frozen record of settings, each declared in one place; `lease_s` is read from TRAILERS_LEASE_S.

    A check raises ValueError with the rest of a sentence that begins with the name. A field that `repr` leaves out is
    a secret: no message shows its value, and NAME_FILE may name a file that holds it.
    """

    model_config = SettingsConfigDict(
        alias_generator=lambda name: f"TRAILERS_{name.upper()}",
        case_sensitive=True,
        enable_decoding=False,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    @classmethod
    def variables(cls) -> dict[str, bool]:
        """Return the names of the settings in the environment, and whether each is a secret."""
        return {str(field.validation_alias): not field.repr for field in cls.model_fields.values()}


Record = TypeVar("Record", bound=Declared)


def read_declared(record: type[Record], environ: Mapping[str, str], dotenv: Path | None) -> Record:
    """Return a record of settings of an environment and a `.env` file; raises SettingsError."""
    values = read_variables(environ, dotenv)
    secrets = {name: _secret(name, values) for name, is_secret in record.variables().items() if is_secret}
    source = EnvSettingsSource(record)
    source.env_vars = {**values, **secrets}
    try:
        return record(_build_sources=((source,), {}))
    except ValidationError as exc:
        error = exc.errors()[0]
        message = f"{error['loc'][0]} {error['ctx']['error']}"
    raise SettingsError(message)  # without pydantic's message, which may show a secret


def read_variables(environ: Mapping[str, str], dotenv: Path | None) -> dict[str, str]:
    """Return the variables of an environment and a `.env` file; an empty text or list counts as not set."""
    values = {**DotEnvSettingsSource(Declared, env_file=dotenv).env_vars, **environ}
    found = {name: text for name, text in values.items() if text and text.strip(" ,")}
    data = found.get("XDG_DATA_HOME")
    return {"TRAILERS_HOME": f"{data}/trailers", **found} if data else found


def read_file(name: str, path: Path) -> str:
    """Return the text of the file that the setting `name` names; raises SettingsError."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not a text file"
        raise SettingsError(f"{name} names {str(path)!r}, which can't be read: {reason}") from None


def absolute(path: Path) -> Path:
    """Return the absolute path; "~" is the user's home, if that is known."""
    return Path(os.path.expanduser(path)).absolute()  # noqa: PTH111 - Path's own fails where it isn't known


def _secret(name: str, values: Mapping[str, str]) -> str | None:
    """Return a secret that is set by itself or by the file that holds it."""
    file = values.get(f"{name}_FILE")
    if file is None:
        return values.get(name)
    if name in values:
        raise SettingsError(f"{name} and {name}_FILE are both set; unset one of them")
    if secret := read_file(f"{name}_FILE", absolute(Path(file))).rstrip("\r\n"):
        return secret
    raise SettingsError(f"{name}_FILE names {file!r}, which is empty")
