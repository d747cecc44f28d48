"""Completion by Tab: what a shell is answered."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.homes import Command, Home
from tests.support.models import make_model
from worker.completion import FINDERS, SHELLS
from worker.inference.registry import register

TRAILERS = str(Path(sys.executable).with_name("trailers"))


def complete(line: str) -> list[str]:
    """Return what the last word of a line may become, as bash asks for it."""
    asked = {"_ARGCOMPLETE": "1", "_ARGCOMPLETE_IFS": "\n", "COMP_LINE": line, "COMP_POINT": str(len(line))}
    environment = {**os.environ, **asked, "_ARGCOMPLETE_SUPPRESS_SPACE": "1", "_ARGCOMPLETE_COMP_WORDBREAKS": " :"}
    told = subprocess.run(
        ["bash", "-c", f"{TRAILERS} 8>&1 9>/dev/null 1>/dev/null 2>&1"], env=environment, capture_output=True, text=True
    )
    return told.stdout.split()


def test_commands_and_flags_are_completed_without_a_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAILERS_HOME", str(tmp_path / "none"))
    assert complete("trailers sho") == ["show"]
    assert complete("trailers list --genre Hor") == ["Horror"]
    assert not (tmp_path / "none").exists()


@pytest.mark.slow
def test_trailers_are_completed_while_their_database_runs(run: Command, home: Home) -> None:
    home.add("file:0123456789abcdef", title="Heat.mp4")
    assert complete("trailers show file:01") == ["0123456789abcdef"]  # bash parts words at colons


def test_names_of_what_is_stored_are_found(home: Home) -> None:
    record = register(home.store, make_model(home.features_id, name="posters"))
    home.add("file:0123456789abcdef", title="Heat.mp4")
    assert FINDERS["MODEL"](home.store, "") == {"posters": record.head, record.model_id[:12]: record.head}
    assert FINDERS["ID"](home.store, "") == {"file:0123456789abcdef": "Heat"}
    assert "Heat" in FINDERS["ID"](home.store, "He")
    assert "Horror" in FINDERS["GENRE"](None, "")


@pytest.mark.slow
def test_titles_that_could_steer_a_shell_or_a_terminal_are_not_among_the_names(run: Command, home: Home) -> None:
    for number, title in enumerate(("x\x0by", "x\ny", "x\x1b[31my", "xy")):
        home.add(f"youtube:{number:011}", title=title)
    assert complete("trailers show x") == ["xy"]
    assert complete("trailers show youtube:0000000000") == [f"{number:011}" for number in range(4)]


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_its_program(run: Command, shell: str) -> None:
    status, out, _ = run("completion", shell)
    assert (status, "trailers" in out) == (0, True)
