"""docs/walkthrough.md, run: each of its commands, in order, as a process of its own, on a catalogue of sixty clips."""

import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from db.store import open_store
from tests.support.catalogue import WORDS, make_films, write_catalogue

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "walkthrough.md"
COMMAND = re.compile(r"^    \$ (.+)$", re.MULTILINE)
PLANTED = ["WB-0009", "WB-0030"]


@pytest.mark.slow
def test_every_command_of_the_page_does_what_the_page_says(tmp_path: Path) -> None:
    folder = tmp_path / "catalogue"
    write_catalogue(folder, make_films(60, planted=(8, 29)))
    with open_store(uri=None, home=folder / "home"):  # held open: else each command starts a server and stops it
        said = run_page(folder)
    assert "60 done; 60 trailers run" in said["trailers batch films.csv --out genres.csv"][0]
    for again in said["trailers batch films.csv --out genres.csv"][1:]:
        assert "60 done; 0 trailers run" in again
        assert "a review that says otherwise, and counts" in again

    # reviews of two people are kept, whatever lists say
    assert "Comedy: yes ben; no ann (nobody laughs)" in said["trailers review disagreements"][0]
    assert "tags: Romance" in said["trailers show WB-0006"][0]
    assert "tags: Comedy" in said["trailers show WB-0002"][0]
    assert "up for review again: house" in said["trailers show WB-0002"][0]
    assert "5 of them wait to be reviewed again" in said["trailers labels import slipped.csv"][0]

    # the audit has the planted ones first, and they are gone once decided
    first, decided = said["trailers audit --limit 4"][0], said["trailers audit --limit 2"][0]
    assert sorted(re.findall(r"WB-\d+", first)[:2]) == PLANTED
    assert "2 reviews made" in said["trailers audit --apply audit.csv --by ann"][0]
    assert not set(PLANTED) & set(re.findall(r"WB-\d+", decided))

    # models
    trained = said["trailers train --head logistic_mean --min-positives 5 --name house"][0].splitlines()[-1]
    assert re.search(r"^house \w+ is better than hasty .* films that are new to both: trailers models promote", trained)
    assert "is worse than house" in said["trailers models promote hasty"][0]
    assert "it does not predict Action" in said["trailers models promote house"][0]
    hasty, starter = said["trailers models rollback"]
    assert "hasty" in hasty
    assert starter.startswith("starter")
    done = re.findall(r"^\d+ .*?  (promoted|put to use|rolled back)", said["trailers models history"][0], re.MULTILINE)
    assert done == ["promoted", "rolled back", "rolled back", "promoted", "put to use"]

    # approved tags out, in the house's words
    table = pd.read_csv(folder / "tags.csv").set_index("external_id")
    assert len(table) == len(set(table["trailer_id"])) == 60
    right = {film.house_id: film.tag for film in make_films(60)} | {"WB-0006": "Liebesfilm"}
    words = {house_id: cell.split("|") for house_id, cell in table["effective_words"].items()}
    assert all(right[house_id] in words[house_id] for house_id in words)
    (model_id,) = set(table["model_id"])
    assert f"house {model_id[:8]}" in trained
    approved = pd.read_parquet(folder / "approved.parquet").set_index("external_id")
    assert set(approved.index) == {"WB-0002", "WB-0003", "WB-0006", *PLANTED}
    assert {word for cell in approved["effective_words"] for word in cell} <= set(WORDS)


def run_page(folder: Path) -> Mapping[str, list[str]]:
    """Run the page's commands in a catalogue; return what each run of a command said."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("TRAILERS_", "MONGODB_"))}
    path = f"{Path(sys.executable).parent}:{ours['PATH']}"
    environment = {**ours, "TRAILERS_HOME": str(folder / "home"), "TRAILERS_BACKBONE": "starter", "PATH": path}
    said: dict[str, list[str]] = defaultdict(list)
    for command in COMMAND.findall(PAGE.read_text()):
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == ("model_not_better" in done.stdout), f"{command}: {done.stdout}"
        said[command].append(done.stdout)
    return said
