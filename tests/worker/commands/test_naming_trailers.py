"""Trailers named on a command line: by their title, or by the beginning of their id."""

import pytest

from db.queue.job_records import Inputs
from tests.support.homes import Command, Home

HEAT, OTHER_HEAT, NIGHT = "file:0123456789abcdef", "file:0124456789abcdef", "youtube:dQw4w9WgXcQ"


@pytest.fixture(autouse=True)
def three(home: Home) -> None:
    home.add(HEAT, title="Heat.mp4")
    home.add(OTHER_HEAT, title="Heat.mp4")
    home.add(NIGHT, title="Night of the Living Dead")
    home.store.trailers.add_inputs(HEAT, Inputs(external_ids=("WB-1",), year=1995))


def name_of(run: Command, text: str) -> str:
    status, found = run.json("review", "show", text)
    assert status == 0
    return str(found["trailer_id"])


@pytest.mark.parametrize("text", ["0123", "file:0123", "file:01234…", "WB-1", HEAT])
def test_the_beginning_of_an_id_names_the_only_trailer_that_has_it(run: Command, text: str) -> None:
    assert name_of(run, text) == HEAT


@pytest.mark.parametrize("text", ["night of the living dead", " Night of the Living Dead! ", "dQw4", NIGHT])
def test_a_title_names_the_only_trailer_that_has_it_whatever_its_case(run: Command, text: str) -> None:
    assert name_of(run, text) == NIGHT


@pytest.mark.parametrize(("text", "what"), [("heat", "the title 'heat'"), ("file:012", "begins with 'file:012'")])
@pytest.mark.parametrize("command", ["show", "similar", "edit --year 1990", "review skip", "jobs show"])
def test_what_names_several_is_told_with_what_tells_them_apart(
    run: Command, command: str, text: str, what: str
) -> None:
    first, *rest = command.split(" --")[0].split()
    options = command.partition(" --")[2].split()
    status, _, err = run(first, *rest, text, *(("--year", options[1]) if options else ()))
    assert (status, what in err) == (4, True)
    assert f"{HEAT} (Heat, 1995, WB-1), {OTHER_HEAT} (Heat)" in err


def test_a_part_of_a_title_names_nothing_but_is_told_with_what_has_it(run: Command) -> None:
    status, _, err = run("edit", "living", "--year", "1968")
    assert (status, f"did you mean {NIGHT} (Night of the Living Dead)?" in err) == (4, True)
    assert run("show", "012")[0] == 4  # three characters may be any id's
