"""The identity of a trailer on the command line: given, listed, named by, changed and cleared."""

import json

import pytest

from db.queue.job_records import Inputs
from tests.support.homes import Command, Home

FILE, OTHER = "file:0123456789abcdef", "file:0123456789abcde0"


@pytest.fixture(autouse=True)
def two(home: Home) -> None:
    home.add(FILE, title="WB-0001_trailer.mp4")
    home.add(OTHER, title="WB-0002_trailer.mp4")
    home.store.trailers.add_inputs(FILE, Inputs(external_ids=("WB-0001",), metadata={"draft": "yes"}))


def listed(run: Command, *options: str) -> list[str]:
    status, out, _ = run("list", "--json", *options)
    assert status == 0
    return [json.loads(line)["trailer_id"] for line in out.splitlines()]


def test_a_trailer_is_named_by_its_own_id_and_changed_in_part(run: Command) -> None:
    status, trailer = run.json(
        "edit",
        "WB-0001",
        "--title",
        "Heat",
        "--year",
        "1995",
        "--film",
        "F-1",
        "--set",
        "territory=DE",
        "--unset",
        "draft",
    )
    assert (status, trailer["trailer_id"], trailer["title"], trailer["year"]) == (0, FILE, "Heat", 1995)
    assert (trailer["film_id"], trailer["metadata"]) == ("F-1", {"territory": "DE"})
    status, out, _ = run("edit", "WB-0001", "--id", "N-1", "--year", "", "--film", "")
    assert (status, "id: N-1, WB-0001" in out, "1995" in out) == (0, True, False)
    assert run.json("edit", "N-1", "--id", "")[1]["external_ids"] == []


def test_an_id_that_two_trailers_have_names_none(run: Command, home: Home) -> None:
    home.store.trailers.add_inputs(OTHER, Inputs(external_ids=("WB-0001",)))
    for command in ("show", "similar"):
        status, _, err = run(command, "WB-0001")
        assert (status, FILE in err, OTHER in err) == (4, True, True)
    assert run("edit", "WB-9999", "--year", "1995")[0] == 4
    assert run("edit", "file:aaaaaaaaaaaaaaaa", "--year", "1995")[0] == 4


def test_the_list_is_searched_by_id_film_and_words_and_sorted(run: Command, home: Home) -> None:
    home.store.trailers.add_inputs(OTHER, Inputs(title="A film", film="F-1"))
    assert listed(run, "--id", "WB-0001") == listed(run, "--text", "wb-0001") == [FILE]
    assert listed(run, "--film", "F-1") == [OTHER]
    assert listed(run) == listed(run, "--sort", "title") == [OTHER, FILE]
    assert listed(run, "--id", "WB-0009") == []
    out = run("list")[1]
    assert "WB-0001" in out and "_trailer.mp4" not in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "nothing to change"),
        (("--year", "95"), "'95' is not a valid year"),
        (("--year", "1869"), "1870 to 2100"),
        (("--imdb-id", "0113277"), "is not a valid IMDb id"),
        (("--title", "a\x1bb"), "control characters"),
        (("--set", "territory"), "is not KEY=VALUE"),
        (("--set", "$set=1"), "is not a valid key"),
        (("--set", f"a={'x' * 9000}"), "8,192 bytes"),
    ],
)
def test_mistakes_are_told(
    run: Command, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    try:
        status, _, err = run("edit", FILE, *arguments)
    except SystemExit as exc:
        status, err = int(exc.code or 0), capsys.readouterr().err
    assert (status, words in err) == (2, True), err


def test_an_identity_belongs_to_one_source(run: Command) -> None:
    for option in (("--id", "WB-1"), ("--metadata", "a=b")):
        status, _, err = run("submit", "a.mp4", "b.mp4", *option)
        assert (status, "belong to one film" in err) == (2, True)
