"""Plots: from a stranger's text to words and ids."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.errors import BadPlot
from extractor.plots import MAX_PLOT, MAX_WORD, N_IDS, number_word, read_plain_plot, read_plot, split_words


def words(text: str) -> list[str]:
    return list(split_words(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A GHOST, a house!", ["a", "ghost", "a", "house"]),
        ("the hero's mother's 2 dogs, rock'n'roll", ["the", "hero's", "mother's", "2", "dogs", "rock'n'roll"]),
        ("the hero\u2019s \u2018end\u2019", ["the", "hero's", "end"]),
        ("Cafe\u0301 CAF\u00c9 \ufb01lm \u2460", ["caf\u00e9", "caf\u00e9", "film", "1"]),
        ("well-known\tsci-fi\u2026end_of", ["well", "known", "sci", "fi", "end", "of"]),
        ("Stra\u00dfe STRASSE", ["strasse", "strasse"]),
        ("\u0412\u043e\u0439\u043d\u0430 \u0438", ["\u0432\u043e\u0439\u043d\u0430", "\u0438"]),
        ("\u6771\u4eac\u306eneko", ["\u6771", "\u4eac", "\u306e", "neko"]),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", ["\u0939\u093f\u0928\u094d\u0926\u0940"]),
        ("\u0627\u0644\u062d\u0628 \u05d0\u05d4\u05d1\u05d4", ["\u0627\u0644\u062d\u0628", "\u05d0\u05d4\u05d1\u05d4"]),
        ("fa\u00admily \u2764\ufe0flove 1\ufe0f\u20e3 \u0301", ["family", "love", "1"]),
        ("a\0ghost\x1b[31m \ud800 \U0001f47b\u200b\u202eend", ["a", "ghost", "31m", "end"]),
    ],
)  # fmt: skip
def test_a_text_is_taken_apart_into_folded_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_forms_of_one_word_have_one_id_and_other_words_others() -> None:
    assert len({number_word(word) for word in ("ghost", "ghosts", "ghost's", "ghosted")}) == 1
    assert number_word("ghost") != number_word("host")
    assert number_word("is") != number_word("i")  # nothing is left of short words
    assert number_word("ghost") == 9_327_324  # the same for ever, or every kept model is void


def test_ids_are_exact_in_float32_and_zero_is_none() -> None:
    many = [number_word(f"word{n}") for n in range(3000)]
    assert 0 < min(many) < max(many) < N_IDS
    assert np.array(many, dtype=np.float32).astype(int).tolist() == many
    assert len(set(many)) >= 2998


def test_a_plot_has_one_vector_a_word_and_a_digest_of_its_words() -> None:
    plot = read_plot("Ghosts haunt a house.")
    assert plot.words == ("ghosts", "haunt", "a", "house")
    assert plot.vectors[:, 0].tolist() == [number_word(word) for word in plot.words]
    assert plot.vectors.dtype == np.float32
    assert plot.digest == read_plot("  GHOSTS haunt -- a house!!").digest != read_plot("Ghosts haunt house a").digest


@pytest.mark.parametrize(
    "text", ["", "   ", "... --- !!!", "\0\0\0", "\U0001f47b\U0001f3e0", "'", "\u2764\ufe0f", "<p></p>", "\ud800"]
)
def test_a_text_without_a_word_is_refused(text: str) -> None:
    with pytest.raises(BadPlot, match="no words"):
        read_plot(text)


def test_a_text_too_long_is_refused_with_both_numbers() -> None:
    assert len(read_plot("a " * (MAX_PLOT // 2)).words) == MAX_PLOT // 2
    for text in ("a" * (MAX_PLOT + 1), "x " * 5_000_000):
        with pytest.raises(BadPlot, match=rf"{len(text):,} characters.*{MAX_PLOT:,}"):
            read_plot(text)


def test_a_word_without_end_is_cut() -> None:
    assert words("a" * MAX_PLOT) == ["a" * MAX_WORD]


def test_few_words_are_warned_of() -> None:
    assert "Only 1 word:" in read_plot("Ghosts").warnings[0]
    assert "Only 4 words:" in read_plot("Ghosts haunt a house").warnings[0]
    assert read_plot("Ghosts haunt an old house").warnings == ()


@given(st.text(st.characters(), max_size=300))
def test_whatever_the_text_its_words_are_words_and_taken_apart_again_are_the_same(text: str) -> None:
    found = words(text)
    assert all(word.isprintable() and " " not in word and 0 < number_word(word) < N_IDS for word in found)
    again = words(" ".join(found))
    assert [word for word in again if len(word) < MAX_WORD] == [word for word in found if len(word) < MAX_WORD]


def test_reading_a_plot_imports_nothing_slow() -> None:
    slow = {"tensorflow", "keras", "sklearn", "scipy", "torch", "pymongo"}
    code = f"import sys, extractor.plots; sys.exit(bool({slow} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_text_that_is_plain_already_is_not_cleaned_again() -> None:
    assert read_plain_plot("A <b>thief</b>.").text == "A <b>thief</b>."
    with pytest.raises(BadPlot, match="over the limit"):
        read_plain_plot("a " * MAX_PLOT)
