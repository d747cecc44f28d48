"""Remarks on settings: names that look like ours but are not, mostly misspelt ones, and servers that a `.env` names."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from worker.environment import read_variables
from worker.service.web_settings import WebSettings
from worker.settings import Settings
from worker.suggestions import suggest

SERVERS = ("MONGODB_URI", "REDIS_URL")
ELSEWHERE = ("TRAILERS_DEBUG", "TRAILERS_BENCH_", "TRAILERS_TEST_")  # prefixes of variables that are not settings


def find_unknown(names: Iterable[str]) -> list[str]:
    """Return a sentence for each name that is not a setting, with the most similar one."""
    variables = {**Settings.variables(), **WebSettings.variables()}
    known = [*variables, *(f"{name}_FILE" for name, is_secret in variables.items() if is_secret)]
    ours = (name for name in names if name.startswith("TRAILERS_") and not name.startswith(ELSEWHERE))
    return [f"{name} is not a setting{suggest(name, known, most=1)}" for name in sorted(ours) if name not in known]


def find_remarks(environ: Mapping[str, str], dotenv: Path) -> list[str]:
    """Return what to say of the settings of an environment and a `.env` file: one found by chance may name a server."""
    values = read_variables(environ, dotenv)
    servers = [name for name in SERVERS if name in values and not environ.get(name)]
    return [*find_unknown(values), *(f"{name} is the one in {dotenv.absolute()}" for name in servers)]
