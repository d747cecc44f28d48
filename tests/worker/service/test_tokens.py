from pathlib import Path

import pytest

from worker.cli import main
from worker.environment import read_declared
from worker.errors import SettingsError
from worker.service.tokens import new_token, read_tokens, token_digest
from worker.service.web_settings import WebSettings, is_loopback


def test_a_new_token_lets_its_owner_in_by_its_digest_alone(tmp_path: Path) -> None:
    token, line = new_token("anna")
    file = tmp_path / "tokens.txt"
    file.write_text(f"# ours\n\n{line}\n")
    tokens = read_tokens("", file)
    assert tokens.owner(token) == "anna"
    assert tokens.owner(token[:-1]) is None
    assert token not in repr(tokens) + file.read_text()


def test_tokens_may_stand_in_the_environment_plain_or_as_digests() -> None:
    tokens = read_tokens(f"opensesame, bob=sha256:{token_digest('secret-of-bob')}, eve=word-of-eve", None)
    owners = [tokens.owner(token) for token in ("opensesame", "secret-of-bob", "word-of-eve", "", "sésame")]
    assert owners == [f"token-{token_digest('opensesame')[:8]}", "bob", "eve", None, None]


def test_tokens_without_a_name_are_not_one_caller() -> None:
    tokens = read_tokens("first-token,second-token", None)
    assert len({tokens.owner(token) for token in ("first-token", "second-token")}) == 2


@pytest.mark.parametrize("entry", ["short", "anna=sha256:12", "a b c d e f g h", "x" * 201, "anna="])
def test_an_entry_that_is_no_token_is_refused_without_being_shown(entry: str) -> None:
    with pytest.raises(SettingsError, match="--new-token") as caught:
        read_tokens(entry, None)
    assert entry not in str(caught.value)


def test_a_tokens_file_holds_digests_alone(tmp_path: Path) -> None:
    file = tmp_path / "tokens.txt"
    file.write_text("anna=plain-token-of-anna\n")
    with pytest.raises(SettingsError):
        read_tokens("", file)
    with pytest.raises(SettingsError, match="TRAILERS_TOKENS_FILE"):
        read_tokens("", tmp_path / "none.txt")


def read(environ: dict[str, str]) -> WebSettings:
    return read_declared(WebSettings, environ, None)


def test_without_tokens_only_this_machine_may_ask() -> None:
    assert is_loopback(read({}).host)
    assert read({"TRAILERS_HOST": "::1"}).host == "::1"
    with pytest.raises(SettingsError, match="TRAILERS_TOKENS"):
        read({"TRAILERS_HOST": "0.0.0.0"})
    assert read({"TRAILERS_HOST": "0.0.0.0", "TRAILERS_TOKENS": "opensesame"}).host == "0.0.0.0"


@pytest.mark.parametrize(
    ("name", "value"),
    [("TRAILERS_PORT", "65536"), ("TRAILERS_REQUESTS_PER_MINUTE", "0"), ("TRAILERS_OPEN_JOBS", "many")],
)
def test_a_setting_that_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read({name: value})


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1", "[::1]"])
def test_names_of_this_machine_are_known(host: str) -> None:
    assert is_loopback(host)
    assert not is_loopback(f"{host}.example.org")


def test_serve_makes_a_token_and_serves_no_strangers_without_one(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRAILERS_HOST", "127.0.0.1")  # put back afterwards: --host sets it
    assert main(["serve", "--new-token", "anna"]) == 0
    said = capsys.readouterr()
    assert read_tokens(said.out.strip(), None).owner(said.err.split()[-1]) == "anna"
    assert main(["serve", "--host", "0.0.0.0"]) == 2
    assert "TRAILERS_TOKENS" in capsys.readouterr().err
    assert main(["serve", "--new-token", "a b"]) == 2
