"""docs/architecture.md: its paths exist, it names every room, and no room imports more than its row says."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text()
PACKAGES = ("extractor", "classifier", "db", "worker", "web")
PATH = re.compile(rf"`((?:{'|'.join(PACKAGES)}|tests)/[\w/]*(?:\.py)?)`")
ROW = re.compile(r"^\| `(\w+/\w+/)` \| .+ \| (.+) \|$", re.MULTILINE)
ROOMS = {room: set(PATH.findall(may)) for room, may in ROW.findall(PAGE)}


def folders() -> Iterator[str]:
    for package in PACKAGES:
        for init in (ROOT / package).glob("*/__init__.py"):
            yield f"{package}/{init.parent.name}/"


def imported_rooms(room: str) -> set[str]:
    package = room.split("/")[0]
    found = set()
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == package:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
                found |= {f"{package}/{name.split('.')[1]}/" for name in names if "." in name}
    return {name for name in found if name != room and name in ROOMS}


def test_every_room_has_a_row() -> None:
    assert set(ROOMS) == set(folders())


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_imports_no_more_than_its_row_says(room: str) -> None:
    assert imported_rooms(room) == ROOMS[room]


def test_every_path_on_the_page_exists() -> None:
    paths = PATH.findall(PAGE)
    assert len(paths) > 60
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_ten_questions_are_answered_with_paths() -> None:
    _, _, part = PAGE.partition("## Where is the code that ...")
    answers = [line for line in part.partition("\n## ")[0].splitlines() if line.count("|") == 3][2:]
    assert len(answers) >= 10
    assert all(PATH.search(answer) for answer in answers)


@pytest.mark.parametrize("folder", ["worker", "classifier", "extractor", "db", "tests"])
def test_no_folder_has_more_than_25_files(folder: str) -> None:
    for path in [ROOT / folder, *(path for path in (ROOT / folder).rglob("*") if path.is_dir())]:
        assert len([file for file in path.iterdir() if file.is_file()]) <= 25, path
