"""Unknown settings: names in the environment that look like ours but are not, mostly misspelt ones."""

from collections.abc import Iterable

from worker.service.web_settings import WebSettings
from worker.settings import Settings
from worker.suggestions import suggest

ELSEWHERE = ("TRAILERS_DEBUG", "TRAILERS_BENCH_", "TRAILERS_TEST_")  # prefixes of variables that are not settings


def find_unknown(names: Iterable[str]) -> list[str]:
    """Return a sentence for each name that is not a setting, with the most similar one."""
    variables = {**Settings.variables(), **WebSettings.variables()}
    known = [*variables, *(f"{name}_FILE" for name, is_secret in variables.items() if is_secret)]
    ours = (name for name in names if name.startswith("TRAILERS_") and not name.startswith(ELSEWHERE))
    return [f"{name} is not a setting{suggest(name, known, most=1)}" for name in sorted(ours) if name not in known]
