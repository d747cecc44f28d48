import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from worker.cli import main
from worker.errors import SettingsError
from worker.inference.capacity import DOWNLOADS, share
from worker.service.setting_remarks import find_remarks, find_unknown
from worker.service.web_settings import WebSettings
from worker.settings import Settings, read_settings

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {**Settings.model_fields, **WebSettings.model_fields}
WORDS = {  # of the docs, for a default that is decided later
    "MONGODB_URI": "an embedded database",
    "TRAILERS_WEIGHTS": "`imagenet`",
    "TRAILERS_PRECISION": "`auto`",
    "TRAILERS_PLAYER_CLIENTS": "yt-dlp's choice",
    "TRAILERS_DOWNLOAD_WORKERS": str(DOWNLOADS),
    "TRAILERS_EXTRACT_WORKERS": "one a core or GPU",
    "TRAILERS_CLASSIFY_WORKERS": "1",
}
SECRETS = {
    "MONGODB_URI": "mongodb://user:s3cret@host/",
    "REDIS_URL": "redis://:s3cret@host:6379/0",
    "TRAILERS_PROXY": "http://user:s3cret@proxy:8080",
    "TRAILERS_WEBHOOK_SECRET": "s3cret of enough characters",
}


def test_the_defaults_are_an_embedded_database_and_imagenet_in_the_users_data_folder() -> None:
    settings = read_settings({"HOME": "/home/someone", "XDG_DATA_HOME": "/data"})
    assert settings.home == Path("/data/trailers")
    assert settings.weights is None
    assert settings.mongodb_uri is None
    assert settings.max_duration_s == 1200


def test_the_environment_beats_the_dotenv_file(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("TRAILERS_MAX_DURATION_S=60\nMONGODB_URI='mongodb://host/'\n")
    settings = read_settings({"TRAILERS_MAX_DURATION_S": "90"}, dotenv=dotenv)
    assert settings.max_duration_s == 90
    assert settings.mongodb_uri == "mongodb://host/"


def test_no_other_spelling_of_a_variables_name_is_read() -> None:
    others = {"trailers_sleep_s": "3", "TRAILERS_sleep_s": "4", "sleep_s": "5", "SLEEP_S": "6"}
    assert read_settings(others).sleep_s == 0


def test_roots_are_folders_separated_as_in_path() -> None:
    roots = read_settings({"HOME": "/home/anna", "TRAILERS_ROOTS": "/mnt/films: :/srv/a b:/mnt/films:here"}).roots
    assert roots == (Path("/mnt/films"), Path("/srv/a b"), Path.cwd() / "here")
    assert read_settings({"TRAILERS_ROOTS": ""}).roots == ()


def test_imagenet_may_be_named() -> None:
    assert read_settings({"TRAILERS_WEIGHTS": "imagenet"}).weights is None
    assert read_settings({"TRAILERS_WEIGHTS": "/w.h5"}).weights == Path("/w.h5")


@pytest.mark.parametrize("value", ["abc", "0", "4001", "-1", "1.5", "²"])
def test_a_value_that_makes_no_sense_is_named_with_what_would(value: str) -> None:
    with pytest.raises(SettingsError, match=r"TRAILERS_MAX_DURATION_S.*1 to 4000"):
        read_settings({"TRAILERS_MAX_DURATION_S": value})


def test_downloads_have_settings_of_their_own() -> None:
    settings = read_settings(
        {
            "TRAILERS_SITES": "YouTube, vimeo,,youtube",
            "TRAILERS_DOWNLOAD_TIMEOUT_S": "90",
            "TRAILERS_DOWNLOADS_PER_MINUTE": "6",
            "TRAILERS_COOKIES": "~/cookies.txt",
            "TRAILERS_PROXY": "socks5h://user:word@proxy.example:1080",
            "TRAILERS_SLEEP_S": "2",
            "TRAILERS_PLAYER_CLIENTS": "default,-tv",
        }
    )
    assert settings.sites == ("youtube", "vimeo")
    assert (settings.download_timeout_s, settings.downloads_per_minute, settings.sleep_s) == (90, 6, 2)
    assert settings.cookies == Path("~/cookies.txt").expanduser()
    assert (settings.proxy, settings.player_clients) == (
        "socks5h://user:word@proxy.example:1080",
        ("default", "-tv"),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRAILERS_SITES", "youtube,generic"),
        ("TRAILERS_PROXY", "ftp://proxy:1"),
        ("TRAILERS_PROXY", "http://proxy"),
        ("TRAILERS_PROXY", "http://proxy:99999"),
        ("TRAILERS_PLAYER_CLIENTS", "web;rm"),
        ("TRAILERS_DOWNLOAD_TIMEOUT_S", "0"),
        ("TRAILERS_DOWNLOADS_PER_MINUTE", "0"),
    ],
)
def test_a_download_setting_that_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({name: value})


def test_a_bad_proxys_password_is_not_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({"TRAILERS_PROXY": "http://user:s3cret@proxy"})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("off", None), ("", None), ("base.en", "base.en"), ("/models/tiny", "/models/tiny")],
)
def test_speech_is_heard_only_where_a_model_is_named(value: str, expected: str | None) -> None:
    assert read_settings({"TRAILERS_SPEECH": value}).speech == expected


def test_speech_of_a_name_that_is_none_is_refused_with_what_would_be() -> None:
    with pytest.raises(SettingsError, match=r"TRAILERS_SPEECH is 'large v3'; give off, a name such as small"):
        read_settings({"TRAILERS_SPEECH": "large v3"})


def test_sounds_are_heard_only_where_that_is_set_and_the_weights_are_there(tmp_path: Path) -> None:
    weights = tmp_path / "yamnet.h5"
    named = {"TRAILERS_SOUND": "YAMNet", "TRAILERS_SOUND_WEIGHTS": str(weights)}
    with pytest.raises(SettingsError, match=f"TRAILERS_SOUND is yamnet, but there is no file '{weights}'"):
        read_settings(named)
    with pytest.raises(SettingsError, match="no weights are named: set TRAILERS_SOUND_WEIGHTS to the file"):
        read_settings({"TRAILERS_SOUND": "yamnet"})
    weights.touch()
    assert (read_settings(named).sound, read_settings(named).sound_weights) == ("yamnet", weights)
    assert read_settings({**named, "TRAILERS_SOUND": "off"}).sound is read_settings({}).sound is None


@pytest.mark.parametrize(("value", "expected"), [("", None), ("none", None), ("auto", "auto"), (" CUDA", "cuda")])
def test_hardware_decodes_only_where_it_is_asked_to(value: str, expected: str | None) -> None:
    assert read_settings({"TRAILERS_HWACCEL": value}).hwaccel == expected


@pytest.mark.parametrize("value", ["nvidia", "opencl", "cuda -i /etc/passwd", "-y"])
def test_hardware_of_no_known_name_is_refused_with_the_names(value: str) -> None:
    with pytest.raises(SettingsError, match=r"TRAILERS_HWACCEL is .*; give none or one of auto, cuda, vaapi"):
        read_settings({"TRAILERS_HWACCEL": value})


def test_one_of_several_extract_processes_decodes_on_one_thread() -> None:
    shares = [share("extract", 0, 1), share("extract", 0, 2), share("extract", 0, 2, addresses=["an address"])]
    assert [read_settings(environment).decode_threads for environment in shares] == [2, 1, 1]


def test_webhooks_have_a_secret_that_is_shown_nowhere_and_hosts() -> None:
    secret = "s3cret of enough characters"
    settings = read_settings(
        {"TRAILERS_WEBHOOK_SECRET": secret, "TRAILERS_WEBHOOK_HOSTS": "Hooks, 10.0.0.5:8080,[::1]:80"}
    )
    assert (settings.webhook_secret, secret in repr(settings)) == (secret, False)
    assert settings.webhook_hosts == ("hooks", "10.0.0.5:8080", "[::1]:80")
    assert read_settings({"TRAILERS_WEBHOOK_SECRET": ""}).webhook_secret is None


def test_a_short_secret_is_refused_and_not_shown() -> None:
    with pytest.raises(SettingsError, match=r"TRAILERS_WEBHOOK_SECRET has 15 .* at least 16") as caught:
        read_settings({"TRAILERS_WEBHOOK_SECRET": "s3cret s3cret s"})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("value", ["https://hooks", "hooks/x", "user@hooks", "hooks:", "::1", "hooks:123456", "*"])
def test_a_host_for_webhooks_of_another_form_is_named(value: str) -> None:
    with pytest.raises(SettingsError, match=r"TRAILERS_WEBHOOK_HOSTS names .* host:port"):
        read_settings({"TRAILERS_WEBHOOK_HOSTS": value})


def documented(page: str) -> Iterator[tuple[str, str]]:
    """Give the settings in the tables of a page with their defaults; `_B` after `TRAILERS_A` is TRAILERS_B."""
    for names, defaults in re.findall(r"^\| (`[A-Z_`, ]+) \| (.+?) \|", (ROOT / page).read_text(), re.MULTILINE):
        found = [name if name[0] != "_" else f"TRAILERS{name}" for name in re.findall("`(.+?)`", names)]
        yield from zip(found, defaults.split(", "), strict=True)


def declared() -> Iterator[tuple[str, str]]:
    """Give the settings with their defaults, as the docs write them."""
    for field in SETTINGS.values():
        name, default = str(field.validation_alias), field.default
        shown = ",".join(default) if isinstance(default, tuple) else default
        in_docs = str(shown) if isinstance(shown, int) else f"`{shown}`" if shown else "none"
        yield name, WORDS.get(name, in_docs)


def test_the_docs_tell_each_setting_with_its_default() -> None:
    assert dict(documented("docs/reference/settings.md")) == dict(declared())
    assert set(documented("README.md")) <= set(declared())


def test_a_variable_that_is_empty_hides_the_dotenv_file(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("TRAILERS_SLEEP_S=3\nTRAILERS_SITES=vimeo\n")
    settings = read_settings({"TRAILERS_SLEEP_S": "", "TRAILERS_SITES": " , "}, dotenv=dotenv)
    assert (settings.sleep_s, settings.sites) == (0, ("youtube",))


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_may_stand_in_a_file_and_is_not_shown(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRETS[name]}\n")
    settings = read_settings({f"{name}_FILE": str(file)})
    assert settings == read_settings({name: SECRETS[name]})
    assert getattr(settings, name.removeprefix("TRAILERS_").lower()) == SECRETS[name]
    assert "s3cret" not in repr(settings) + str(settings)


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_in_two_places_or_in_a_file_without_one_is_refused(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    with pytest.raises(SettingsError, match=f"{name}_FILE names '{file}', which can't be read: No such file"):
        read_settings({f"{name}_FILE": str(file)})
    file.write_text("\n")
    with pytest.raises(SettingsError, match=f"{name}_FILE names '{file}', which is empty"):
        read_settings({f"{name}_FILE": str(file)})
    with pytest.raises(SettingsError, match=f"{name} and {name}_FILE are both set") as caught:
        read_settings({f"{name}_FILE": str(file), name: SECRETS[name]})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "http://:s3cret@host"),
        ("TRAILERS_PROXY", "http://user:s3cret@[proxy"),
        ("TRAILERS_WEBHOOK_SECRET", "s3cret"),
    ],
)
def test_no_error_shows_a_secret_wherever_it_came_from(name: str, value: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(value)
    for environment in ({name: value}, {f"{name}_FILE": str(file)}):
        with pytest.raises(SettingsError, match=name) as caught:
            read_settings(environment)
        assert "s3cret" not in str(caught.value)
        assert caught.value.__context__ is None  # what pydantic says would show in a traceback


def test_only_what_is_no_secret_has_no_file() -> None:
    files = [f"{name}_FILE" for name in (*SECRETS, "TRAILERS_TOKENS")]
    assert find_unknown(files) == []
    assert len(find_unknown(["TRAILERS_SITES_FILE", "TRAILERS_HOME_FILE"])) == 2


def test_a_misspelt_setting_is_named_once_with_the_one_that_was_meant(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (nowhere / ".env").write_text("TRAILERS_WEIGTHS=s3cret\n")
    monkeypatch.setenv("TRAILERS_BENCH_SECONDS", "12")
    monkeypatch.setenv("TRAILERS_DEBUG", "1")
    assert main(["version"]) == 0
    assert capsys.readouterr().err == "trailers: TRAILERS_WEIGTHS is not a setting; did you mean TRAILERS_WEIGHTS?\n"
    read_settings({"TRAILERS_WEIGTHS": "1"})  # as the processes do that a command starts
    assert capsys.readouterr().err == ""


def test_every_setting_is_known_and_a_name_like_none_is_called_one(nowhere: Path) -> None:
    assert find_unknown([*dict(declared()), "HOME", "TRAILERS_TEST_PLAN"]) == []
    assert find_unknown(["TRAILERS_XYZZY_QUUX_THUD_FLOB"]) == ["TRAILERS_XYZZY_QUUX_THUD_FLOB is not a setting"]


def test_a_server_that_a_file_in_the_working_folder_names_is_told(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("MONGODB_URI=mongodb://user:secret@db:27017\nTRAILERS_LEASE_S=30\n")
    assert find_remarks({}, dotenv) == [f"MONGODB_URI is the one in {dotenv}"]
    assert find_remarks({"MONGODB_URI": "mongodb://here"}, dotenv) == []
    assert find_remarks({}, tmp_path / "none") == []
