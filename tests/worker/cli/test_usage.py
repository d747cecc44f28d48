"""Usage: what is wrong is told with the way out, and help teaches by example."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.support.homes import Command

TRAILERS = str(Path(sys.executable).with_name("trailers"))


def test_wrong_usage_is_exit_code_2(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in (["analyze"], ["analyse", "x"], ["analyze", "x", "--top", "none"]):
        with pytest.raises(SystemExit) as caught:
            run(*arguments)
        assert caught.value.code == 2
    monkeypatch.setenv("TRAILERS_MAX_DURATION_S", "long")
    assert run("list")[0] == 2


def test_an_unknown_argument_is_told_with_the_usage_of_its_command(
    run: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("edit", "review add"):
        with pytest.raises(SystemExit) as caught:
            run(*command.split(), "WB-0001", "--external-id", "A1")
        err = capsys.readouterr().err
        assert caught.value.code == 2 and f"usage: trailers {command} " in err
        assert f"unrecognized arguments: --external-id A1; trailers {command} --help" in err


@pytest.mark.parametrize("words", [[], ["models"]])
def test_without_a_command_the_help_is_shown(
    run: Command, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        run(*words)
    out, err = capsys.readouterr()
    assert (caught.value.code, err) == (0, "")
    assert out.startswith(f"usage: {' '.join(['trailers', *words])} ") and "  list " in out


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("lst", "'lst' is not a command; did you mean list?"),
        ("xyzzy", "'xyzzy' is not a command; trailers --help lists them"),
        ("models promot x", "'promot' is not a command; did you mean promote or prompts?"),
        (
            "list --sort Titel",
            "'Titel' is not one of newest, score, disagreement, changed, title, year; did you mean title?",
        ),
        ("list --jsn", "unrecognized arguments: --jsn; did you mean --json?"),
    ],
)
def test_what_is_mistyped_is_told_with_the_near_names(
    run: Command, capsys: pytest.CaptureFixture[str], line: str, hint: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        run(*line.split())
    assert (caught.value.code, hint in capsys.readouterr().err) == (2, True)


def test_the_version_is_an_option_too(run: Command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run("--version")
    assert (caught.value.code, capsys.readouterr().out) == (0, f"trailers {version('trailers')}\n")


def test_help_teaches_by_example_and_loads_nothing_heavy() -> None:
    heavy = ("tensorflow", "keras", "pymongo", "numpy", "sklearn", "yt_dlp", "rich", "celery", "pydantic")
    code = (
        "import sys; from worker.cli import build_parser; build_parser().format_help();"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
    shown = subprocess.run([TRAILERS, "analyze", "--help"], capture_output=True, text=True, check=True)
    assert "trailers analyze clip.mp4" in shown.stdout


def test_the_four_packages_are_ours() -> None:
    import classifier
    import db
    import extractor
    import worker

    root = Path(__file__).resolve().parents[3]
    for package in (classifier, db, extractor, worker):
        assert Path(package.__path__[0]).parent == root
