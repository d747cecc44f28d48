from pathlib import Path

import pytest

from worker.inference.capacity import share
from worker.settings import SettingsError, read_settings


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
