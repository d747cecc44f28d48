"""Words of a video's page: 5,202 real titles, titles in other languages, descriptions as channels write them."""

import csv
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.page_words import clean_description, clean_title, spell_title

GENRE_WORD = re.compile(
    r"(?<![a-z])(horror|comedy|thriller|action|drama|romance|romantic|animated|animation|documentary|sci-fi|fantasy|"
    r"adventure|western|war|musical|crime|mystery|biopic)(?![a-z])",
    re.IGNORECASE,
)


@pytest.mark.parametrize(
    ("page_title", "title", "year"),
    [
        ("Heat Official Trailer #2 (1995) - Al Pacino Movie HD", "Heat", 1995),
        ("THE UNHOLY - Official Trailer (HD) | Now Playing in Theaters", "THE UNHOLY", None),
        ("The Serpent | Official Trailer | Netflix", "The Serpent", None),
        ("Netflix | The Irishman | Official Teaser", "The Irishman", None),
        ("Official Trailer: Inception", "Inception", None),
        ("\N{FIRE} Dune: Part Two \N{FIRE} - New Trailer 4K [2024]", "Dune: Part Two", 2024),
        ("Mission: Impossible - Fallout (2018) - Official Trailer", "Mission: Impossible - Fallout", 2018),
        ("Heat (Official Trailer)", "Heat", None),
        ("Heat Trailer 1995", "Heat", 1995),
        ("“Heat” – Official Trailer", "Heat", None),  # noqa: RUF001 - a dash as titles have it
        ("Das Boot - Offizieller Trailer (Deutsch) HD", "Das Boot", None),
        ("AMÉLIE Bande-annonce officielle VF (2001)", "AMÉLIE", 2001),
        ("Bande-annonce : Amélie", "Amélie", None),
        ("El laberinto del fauno - Tráiler oficial en español", "El laberinto del fauno", None),
        ("Cidade de Deus | Trailer Oficial Legendado", "Cidade de Deus", None),
        ("La vita è bella - Trailer ufficiale italiano", "La vita è bella", None),
        ("Левиафан — Официальный трейлер (2014)", "Левиафан", 2014),
        ("映画『君の名は。』予告編", "君の名は。", None),
        ("기생충 메인 예고편", "기생충", None),
        ("Zimna wojna - oficjalny zwiastun PL", "Zimna wojna", None),
        ("Kış Uykusu - Resmi Fragman", "Kış Uykusu", None),  # noqa: RUF001 - Turkish
        ("Toni Erdmann - Officiell trailer", "Toni Erdmann", None),
    ],
)
def test_a_pages_title_is_cleaned_to_the_films_in_many_languages(page_title: str, title: str, year: int | None) -> None:
    assert clean_title(page_title) == (title, year)


@pytest.mark.parametrize(
    "title",
    [
        *(
            "Scary Movie",
            "Official Secrets",
            "The Official Story",
            "Us",
            "The International",
            "First Man",
            "Spy",
            "Heist",
        ),
        *(
            "Trailer Park Boys: The Movie",
            "Blade Runner 2049",
            "2:22",
            "Ocean's 8",
            "[REC]",
            "#Horror",
            "WALL·E",
            "1917",
        ),
        *("WALL·E", "1917", "(500) Days of Summer", "McFarland, USA", "The Bourne Legacy", "Suite Française"),
    ],
)
@pytest.mark.parametrize("page_title", ["{}", "{} Official Trailer (2012) - Drama HD", "{} - Official Trailer #1"])
def test_a_films_own_words_stay_whatever_they_are(page_title: str, title: str) -> None:
    assert clean_title(page_title.format(title))[0] == title


@pytest.mark.parametrize(
    ("page_title", "title"),
    [
        ("Evidence Official Horror Trailer", "Evidence"),
        ("Evidence - Horror Movie HD", "Evidence"),
        ("Evidence (2013) Horror Movie", "Evidence"),
        ("Evidence | Official Trailer | Horror, Thriller", "Evidence"),
        ("Scary Movie 5 Official Horror Comedy Trailer", "Scary Movie 5"),
        ("Horror", "Horror"),
    ],
)
def test_genres_beside_the_films_name_are_dropped_and_those_in_it_stay(page_title: str, title: str) -> None:
    assert clean_title(page_title)[0] == title


@pytest.mark.parametrize("text", ["", "!!!", "Trailer", "Official Trailer HD", "\N{CLAPPER BOARD}", "(2012)"])
def test_a_title_of_such_words_alone_stays(text: str) -> None:
    assert clean_title(text)[0] == " ".join(text.replace("\N{CLAPPER BOARD}", "").split())


@given(st.text(max_size=60), st.none() | st.integers(1888, 2099))
def test_what_was_cleaned_and_spelled_is_read_back(text: str, year: int | None) -> None:
    title, named = clean_title(text)
    assert title or not any(map(str.isalnum, text))
    again = clean_title(spell_title(title, year or named))
    assert again[1] == (year or named) or not any(map(str.isalnum, title))


@pytest.mark.parametrize(
    "words", ["dvd release ", "official ", "- ", "(", "'", "hd ", "「", "2000 ", "trailer ", "»\n", "! "]
)
def test_a_hostile_page_costs_no_time(words: str) -> None:
    begun = time.process_time()
    clean_title((words * 300)[:300] + "x")
    clean_description((words * 5000)[:5000] + "x")
    assert time.process_time() - begun < 1


@pytest.mark.shared_data
def test_real_pages_are_cleaned_to_the_films_titles(shared_data: Path) -> None:
    with (shared_data / "films" / "trailer_pages.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["title"]]
    cleaned = [clean_title(row["title"]) for row in rows]
    exact = sum(title == row["film_title"] for (title, _), row in zip(cleaned, rows, strict=True))
    assert len(rows) == 5202
    assert exact >= 5000  # most of the others are cut wrongly in the list, such as "The" for "The Final Girls"
    assert sum(str(year or "") == row["film_year"] for (_, year), row in zip(cleaned, rows, strict=True)) >= 5190
    told = [(title, row) for (title, _), row in zip(cleaned, rows, strict=True) if GENRE_WORD.search(row["title"])]
    left = [title for title, row in told if GENRE_WORD.search(title) and not GENRE_WORD.search(row["film_title"])]
    assert len(told) > 1000
    assert len(left) <= 3


@pytest.mark.shared_data
def test_titles_of_films_and_plots_stay_as_they_are(shared_data: Path) -> None:
    with (shared_data / "films" / "films.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[::5]
    bare = [" ".join(re.sub(r" *\([^()]*\d{4}[^()]*\)", "", row["title"]).split()) for row in rows]
    assert sum(clean_title(title)[0] != title for title in bare) <= 10
    plots = [row["plot"] for row in rows if row["plot"]]
    kept = sum(len(clean_description(plot).split()) for plot in plots) / sum(len(plot.split()) for plot in plots)
    assert kept > 0.97


@pytest.mark.parametrize(
    ("text", "synopsis"),
    [
        (
            "In Theaters Only March 26\nhttps://www.nobody.movie\n\nA man hides. \n\nBob (Better Call Saul) stars "
            "as Hutch, an overlooked dad.\nNobody is directed by Ilya N. and written by Derek K.",
            "A man hides. Bob stars as Hutch, an overlooked dad.",
        ),
        (
            "Subscribe to TRAILERS: http://bit.ly/sxaw6h Like us on FACEBOOK: http://goo.gl/dHs73\n"
            "World War Z TRAILER #2 (2013) - Brad Pitt Movie HD\n\nA man races to stop a zombie pandemic.",
            "A man races to stop a zombie pandemic.",
        ),
        (
            'Offizieller "Das Haus" Trailer Deutsch 2021 | Abonniere ➤ http://abo.yt/ki | Kinostart: 12 Mai\n'
            "Handlung: Eine Frau zieht in ein altes Haus.\nRegie: Hans M.\nDarsteller: A, B\nGenre: Horror",
            "Eine Frau zieht in ein altes Haus.",
        ),
        (
            "Sinopsis:\nUna mujer descubre una casa.\nReparto: X\n¡Suscríbete al canal!\nEstreno 12 de mayo.",
            "Una mujer descubre una casa.",
        ),
        ("Un homme cherche sa fille. Au cinéma le 12 mai. Avec : Jean D.", "Un homme cherche sa fille."),
        ("Официальный трейлер. Девушка находит дневник. Режиссер: Иван", "Девушка находит дневник."),
        (
            "0:00 Intro\n1:20 The fight\nA boy finds a dragon. #shorts #film\n© 2020 X. All rights reserved.",
            "A boy finds a dragon.",
        ),
        (
            "She leaves the trailer park for good. A ghost waits.",
            "She leaves the trailer park for good. A ghost waits.",
        ),
        ("\N{RIGHT-POINTING MAGNIFYING GLASS} *** !!! http://x.example", ""),
        ("", ""),
    ],
)
def test_a_description_is_cleaned_to_its_synopsis(text: str, synopsis: str) -> None:
    assert clean_description(text) == synopsis
