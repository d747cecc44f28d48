"""`trailers config show`: what is set, and where that comes from."""

import json
from pathlib import Path

import pytest

from worker.cli import main
from worker.service.shown_settings import ShownSetting, list_settings

SECRET = "0123456789abcdef"


def find(environ: dict[str, str], dotenv: Path, name: str) -> ShownSetting:
    (found,) = [setting for setting in list_settings(environ, dotenv) if setting.name == name]
    return found


@pytest.fixture
def dotenv(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    path.write_text("TRAILERS_LEASE_S=30\nTRAILERS_RETRY_S=5\n")
    return path


def test_the_environment_comes_before_the_file_and_the_file_before_the_default(dotenv: Path) -> None:
    environ = {"TRAILERS_LEASE_S": "40"}
    assert find(environ, dotenv, "TRAILERS_LEASE_S") == ShownSetting("TRAILERS_LEASE_S", "40", "the environment")
    assert find(environ, dotenv, "TRAILERS_RETRY_S") == ShownSetting("TRAILERS_RETRY_S", "5", str(dotenv))
    assert find(environ, dotenv, "TRAILERS_SLEEP_S") == ShownSetting("TRAILERS_SLEEP_S", "0", "the default")
    assert find({"XDG_DATA_HOME": "/data"}, dotenv, "TRAILERS_HOME").source == "XDG_DATA_HOME"


def test_secrets_are_said_to_be_set_and_no_more(dotenv: Path, tmp_path: Path) -> None:
    (tmp_path / "uri").write_text(f"mongodb://user:{SECRET}@db")
    environ = {"TRAILERS_WEBHOOK_SECRET": SECRET, "TRAILERS_TOKENS": f"ann={SECRET}"}
    environ["MONGODB_URI_FILE"] = str(tmp_path / "uri")
    shown = list_settings(environ, dotenv)
    assert SECRET not in str(shown)
    assert find(environ, dotenv, "TRAILERS_TOKENS").value == find(environ, dotenv, "MONGODB_URI").value == "set"
    assert find(environ, dotenv, "MONGODB_URI").source == "MONGODB_URI_FILE in the environment"
    assert find({}, dotenv, "TRAILERS_TOKENS") == ShownSetting("TRAILERS_TOKENS", None, "the default")


def test_lists_are_shown_as_they_are_written(dotenv: Path) -> None:
    environ = {"TRAILERS_ROOTS": "/a:/b", "TRAILERS_CORS": "https://a.example, https://b.example"}
    assert find(environ, dotenv, "TRAILERS_ROOTS").value == "/a:/b"
    assert find(environ, dotenv, "TRAILERS_CORS").value == "https://a.example,https://b.example"


def test_only_what_is_set_is_printed_where_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRAILERS_SLEEP_S", "7")
    assert main(["config", "show", "--set", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"name": "TRAILERS_SLEEP_S", "value": "7", "source": "the environment"} in lines
    assert all(line["source"] != "the default" for line in lines)
