"""The queue of reviews on the command line: what comes next, skipping and assigning."""

import json

import pytest

from db.queue.job_records import Inputs
from tests.db.test_library import add
from tests.support.homes import Command, Home

FIRST, SECOND, THIRD = (f"youtube:{letter * 11}" for letter in "abc")


@pytest.fixture(autouse=True)
def three(home: Home) -> None:
    for trailer_id, score in ((FIRST, 0.9), (SECOND, 0.8), (THIRD, 0.7)):
        add(home.store, trailer_id, f"Film {trailer_id[-1]}", genres=("Comedy",), Horror=score, Comedy=0.95)
    home.store.trailers.add_inputs(FIRST, Inputs(external_ids=("WB-1",)))


def upcoming(run: Command, *options: str) -> list[str]:
    status, out, _ = run("review", "next", "--json", *options)
    assert status == 0
    return [json.loads(line)["trailer_id"] for line in out.splitlines()]


def test_what_is_skipped_and_assigned_shows_in_what_comes_next(run: Command) -> None:
    assert upcoming(run) == [FIRST, SECOND, THIRD]
    assert run("review", "skip", "WB-1", "--by", "anna")[0] == 0
    assert upcoming(run, "--by", "anna", "--limit", "2") == [SECOND, THIRD]
    assert run.json("review", "assign", "--to", "anna", "--text", "bbb", "--json") == (
        0,
        {"to": "anna", "assigned": 1, "cleared": 0},
    )
    assert upcoming(run) == [FIRST, THIRD]
    _, out, _ = run("review", "next", "--by", "anna")
    lines = [line.split() for line in out.splitlines()]
    assert [line[:4] for line in lines[1:]] == [
        [SECOND, "assigned", "0.80", "Horror"],
        [THIRD, "waits", "0.70", "Horror"],
        [FIRST, "skipped", "0.90", "Horror"],
    ]
    assert lines[3][4] == "WB-1"
    assert run("review", "assign", "--clear")[1] == "1 trailer is no longer assigned to anybody\n"


def test_learning_says_about_which_genre(run: Command) -> None:
    _, out, _ = run("review", "next", "--order", "learning", "--json")
    assert [json.loads(line)["genre"] for line in out.splitlines()] == ["Horror"] * 3
    assert upcoming(run, "--order", "learning") == [THIRD, SECOND, FIRST]


def test_an_assignment_that_finds_nothing_says_what_would(run: Command) -> None:
    assert run("review", "assign", "--to", "anna", "--genre", "horror", "--limit", "5")[1].startswith("3 trailers")
    status, out, said = run("review", "assign", "--to", "ben")
    assert (status, out) == (0, "0 trailers are newly assigned to ben\n")
    assert "--second-opinion" in said
    assert run("review", "assign", "--to", "ben", "--second-opinion")[1].startswith("3 trailers")
    assert (
        run("review", "next", "--by", "carl")[2] == "Nothing waits for carl: all is reviewed, or assigned to others\n"
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("assign", "--to", " "), "is not a valid name"),
        (("assign", "--to", "a\x07b"), "is not a valid name"),
        (("next", "--order", "random"), "is not one of disputed, learning"),
    ],
)
def test_a_wrong_word_is_told_with_the_way_out(
    run: Command, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        run("review", *arguments)
    assert says in capsys.readouterr().err


def test_to_assign_somebody_is_to_be_named(run: Command) -> None:
    assert run("review", "assign") == (2, "", "trailers: name who is to review: --to NAME\n")


def test_a_trailer_that_is_not_stored_can_not_be_skipped(run: Command) -> None:
    assert run("review", "skip", "youtube:nothing0000")[0] == 4
