"""docs/reference: all codes, settings, columns, commands, sites and backbones are there, and every code has advice."""

import argparse
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from extractor.networks.registry import trailer_backbones
from web.advice import ADVICE
from web.errors import STATUSES
from worker.batches.rows import COLUMNS
from worker.cli import COMMANDS, build_parser
from worker.errors import CLASSES
from worker.exporting import scores, tags
from worker.sites import SITES

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"


def commands(parser: argparse.ArgumentParser, words: str = "trailers") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield each command that does something, by its words."""
    inner = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not inner:
        yield words, parser
    for action in inner:
        for name, subparser in action.choices.items():
            yield from commands(subparser, f"{words} {name}")


def rows(page: str) -> dict[str, list[str]]:
    """Return the cells of each table row of a page, by the first."""
    lines = (REFERENCE / page).read_text().replace("\\|", "¦").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return {first.strip("`"): rest for first, *rest in cells}


def test_each_error_code_has_its_class_and_its_advice_on_the_page() -> None:
    page = rows("errors.md")
    assert {code: page.get(code) for code in CLASSES} == {
        code: [CLASSES[code], ADVICE[code].meaning, ADVICE[code].step] for code in CLASSES
    }


def test_codes_of_http_alone_are_on_the_page() -> None:
    assert set(STATUSES) <= set(rows("errors.md"))


def test_each_result_column_is_on_the_page_in_its_order() -> None:
    assert tuple(column for column in rows("result-columns.md") if column in COLUMNS) == tuple(COLUMNS)


@pytest.mark.parametrize(
    ("part", "columns"),
    [("Tags", tags.COLUMNS), ("Predictions", scores.PREDICTION_COLUMNS), ("Timelines", scores.TIMELINE_COLUMNS)],
)
def test_each_export_column_and_flag_is_on_the_page_in_its_order(part: str, columns: Mapping[str, str]) -> None:
    text = (REFERENCE / "export-columns.md").read_text().partition(f"## {part}\n")[2].partition("\n## ")[0]
    flags = tags.FLAGS if part == "Tags" else ()
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == [*columns, *flags]


def test_each_site_and_each_backbone_of_trailers_is_named() -> None:
    settings, safety = rows("settings.md"), (REFERENCE.parent / "safety.md").read_text()
    backbones = (REFERENCE.parent / "backbones.md").read_text()
    assert [name for name in SITES if name not in settings["TRAILERS_SITES"][1] or f"`{name}`" not in safety] == []
    assert [name for name in trailer_backbones() if f"`{name}`" not in backbones] == []


@pytest.mark.parametrize(("words", "parser"), list(commands(build_parser(COMMANDS))))
def test_each_command_is_on_the_page_with_its_options(words: str, parser: argparse.ArgumentParser) -> None:
    (line,) = [rest for first, rest in rows("commands.md").items() if f"{first} ".startswith(f"{words} ")]
    options = [action.option_strings[-1] for action in parser._actions if action.option_strings]
    assert [option for option in options if option != "--help" and f"`{option}" not in line[1]] == []


def test_the_readme_names_commands_and_pages_that_are_there() -> None:
    root = REFERENCE.parents[1]
    text = (root / "README.md").read_text()
    assert set(re.findall(r"^    (?:.*[$|/] ?)?trailers ([a-z]+)", text, re.MULTILINE)) <= set(COMMANDS)
    assert [page for page in re.findall(r"\]\(([^):#]+)[^):]*\)", text) if not (root / page).exists()] == []
