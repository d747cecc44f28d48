"""Unknown settings: names in the environment that look like ours but are not, mostly misspelt ones."""

from collections.abc import Iterable
from difflib import get_close_matches

from worker.service.web_settings import WebSettings
from worker.settings import Settings

ELSEWHERE = ("TRAILERS_DEBUG", "TRAILERS_BENCH_", "TRAILERS_TEST_")  # prefixes of variables that are not settings


def find_unknown(names: Iterable[str]) -> list[str]:
    """Return a sentence for each name that is not a setting, with the most similar setting."""
    variables = {**Settings.variables(), **WebSettings.variables()}
    known = [*variables, *(f"{name}_FILE" for name, is_secret in variables.items() if is_secret)]
    ours = (name for name in names if name.startswith("TRAILERS_") and not name.startswith(ELSEWHERE))
    return [_say(name, get_close_matches(name, known, n=1)) for name in sorted(ours) if name not in known]


def _say(name: str, nearest: list[str]) -> str:
    return f"{name} is not a setting" + (f"; did you mean {nearest[0]}?" if nearest else "")
