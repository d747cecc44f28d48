"""docs/field-reports.md: a line for each report, and each of its tests exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "field-reports.md").read_text()
REPORT = re.compile(r"[\w.-]+/[\w.-]+#\d+")
TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| report |")
]


def test_every_report_has_one_line_of_its_own() -> None:
    reports = [row[0] for row in ROWS]
    assert len(reports) > 90
    assert [report for report in reports if not REPORT.fullmatch(report)] == []
    assert len(set(reports)) == len(reports)


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_line_names_the_test_that_holds_it_or_says_not_yet(row: list[str]) -> None:
    _, there, before, now, test = row
    assert there and before
    assert TEST.fullmatch(test) or (test == "none" and now.startswith("not yet: "))


def test_every_test_on_the_page_exists() -> None:
    for path, name in TEST.findall(PAGE):
        assert (f"def {name}(" if name else "def test_") in (ROOT / path).read_text(), (path, name)
