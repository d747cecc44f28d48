"""Shown settings: each with its value and where that comes from; secrets are said to be set, no more."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from worker.environment import Declared, read_declared, read_variables
from worker.service.tokens import Tokens
from worker.service.web_settings import WebSettings
from worker.settings import Settings


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """A setting's variable, its value in words, None where it is not set, and the source of that value."""

    name: str
    value: str | None
    source: str


def list_settings(environ: Mapping[str, str], dotenv: Path) -> list[ShownSetting]:
    """Return all settings of an environment and a `.env` file; raises SettingsError."""
    return [
        setting
        for kind in (Settings, WebSettings)
        for setting in _list(read_declared(kind, environ, dotenv), environ, dotenv)
    ]


def _list(record: Declared, environ: Mapping[str, str], dotenv: Path) -> list[ShownSetting]:
    given = read_variables(environ, dotenv)
    sources = {name: _find_source(name, given, environ, dotenv) for name in record.variables()}
    fields = zip(type(record).model_fields, record.variables().items(), strict=True)
    return [
        ShownSetting(name, _show(getattr(record, field), is_secret=is_secret), sources[name])
        for field, (name, is_secret) in fields
    ]


def _show(value: object, *, is_secret: bool) -> str | None:
    """Return a value as its variable would hold it."""
    if not value and not isinstance(value, int):
        return None
    if is_secret or isinstance(value, Tokens):
        return "set"
    if isinstance(value, tuple):
        return (":" if isinstance(value[0], Path) else ",").join(map(str, value))
    return str(value)


def _find_source(name: str, given: Mapping[str, str], environ: Mapping[str, str], dotenv: Path) -> str:
    variable = next((each for each in (name, f"{name}_FILE") if each in given), None)
    if variable is None:
        return "the default"
    others = "XDG_DATA_HOME" if "XDG_DATA_HOME" in given and name == "TRAILERS_HOME" else str(dotenv.absolute())
    where = "the environment" if variable in environ else others
    return where if variable == name else f"{variable} in {where}"
