"""The labels table: its spellings, what is skipped, and who belongs together."""

from pathlib import Path

import pytest

from classifier.data.label_matrix import labelled_genres
from classifier.data.labels import LabelColumns, LabelledFile, Labels, read_labels
from classifier.errors import BadTrainingData
from classifier.taxonomy import NO_TAXONOMY, Taxonomy


def read(tmp_path: Path, content: bytes, group_columns: tuple[str, ...] = ("collection", "title")) -> Labels:
    path = tmp_path / "labels.csv"
    path.write_bytes(content)
    return read_labels(path, LabelColumns(files=("file",), genres=(("genres", ""),), groups=group_columns))


def test_a_byte_order_mark_does_not_hide_the_first_column(tmp_path: Path) -> None:
    labels = read(tmp_path, b"\xef\xbb\xbffile,genres\na.jpg,Drama|War\n", ())
    assert labels.files == (LabelledFile(0, "a.jpg", ("Drama", "War"), "", "a.jpg"),)


def test_semicolons_separate_fields_and_commas_then_separate_genres(tmp_path: Path) -> None:
    labels = read(tmp_path, b"file;genres\na.jpg;Drama, War,Drama\n", ())
    assert labels.files[0].genres == ("Drama", "War")


def test_a_quoted_field_may_hold_commas_and_line_ends(tmp_path: Path) -> None:
    table = b'file,plot,genres\r\na.jpg,"One, two\nthree ""four""",Drama\r\nb.jpg,,"Comedy, War"\r\n'
    labels = read(tmp_path, table, ())
    assert [found.file for found in labels.files] == ["a.jpg", "b.jpg"]
    assert labels.files[1].genres == ("Comedy", "War")


def test_a_field_longer_than_pythons_limit_is_read(tmp_path: Path) -> None:
    labels = read(tmp_path, b"file,genres,plot\na.jpg,Drama," + b"x" * 200_000 + b"\n", ())
    assert len(labels.files) == 1


def test_a_missing_column_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(BadTrainingData, match=r"no column 'collection'.*file, genres"):
        read(tmp_path, b"file,genres\na.jpg,Drama\n")


def test_rows_without_file_or_genres_are_skipped_and_counted(tmp_path: Path) -> None:
    labels = read(tmp_path, b"file,genres\na.jpg,Drama\n,War\nb.jpg,\nc.jpg\nd.jpg, | \n", ())
    assert [found.file for found in labels.files] == ["a.jpg"]
    assert labels.skipped == 4


def test_a_file_named_twice_is_kept_once_and_counted(tmp_path: Path) -> None:
    labels = read(tmp_path, b"file,genres\na.jpg,Drama\na.jpg,War\n", ())
    assert labels.files[0].genres == ("Drama",)
    assert (len(labels.files), labels.repeated) == (1, 1)


def test_films_are_grouped_by_collection_then_by_the_stem_of_their_title(tmp_path: Path) -> None:
    table = (
        b"file,genres,collection,title\n"
        b"a.jpg,War,Alien Collection,Alien\nb.jpg,War,ALIEN collection.,Aliens\n"
        b"c.jpg,War,,King Kong\nd.jpg,War,,king-kong 2!\ne.jpg,War,,\n"
    )
    groups = [found.group for found in read(tmp_path, table).files]
    assert groups == ["alien collection", "alien collection", "king kong", "king kong", "e.jpg"]


def test_a_row_may_name_a_file_in_each_of_several_collections_and_genres_in_several_words(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("one,two,imdb,movielens,title\na.jpg,a.jpg,Drama,Comedy,Alien\n,b.jpg,,War|Children,Aliens\n")
    columns = LabelColumns(("one", "two"), (("imdb", ""), ("movielens", "movielens")), ("title",))
    assert read_labels(path, columns).files == (
        LabelledFile(0, "a.jpg", ("Drama",), "", "alien"),
        LabelledFile(1, "a.jpg", ("Drama",), "", "alien"),
        LabelledFile(1, "b.jpg", ("War", "Children"), "movielens", "aliens"),
    )


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"file,genres\n\xff,Drama\n"])
def test_what_is_no_table_is_bad_training_data(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadTrainingData):
        read(tmp_path, content, ())


def test_a_table_without_columns_or_without_a_labelled_row_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(BadTrainingData, match="is empty; its first line names its columns"):
        read(tmp_path, b"")
    for rows in (b"", b"a.jpg,\n", b",Drama\n"):
        with pytest.raises(BadTrainingData, match=r"no row of .* has something in file and in genres"):
            read(tmp_path, b"file,genres\n" + rows, ())


def test_a_table_that_is_not_there_is_bad_training_data(tmp_path: Path) -> None:
    with pytest.raises(BadTrainingData, match="can't be read"):
        read_labels(tmp_path / "none.csv", LabelColumns(("file",), (("genres", ""),)))


def read_one_hot(tmp_path: Path, table: str, columns: LabelColumns, taxonomy: Taxonomy = NO_TAXONOMY) -> Labels:
    (tmp_path / "labels.csv").write_text(table, encoding="utf-8")
    return read_labels(tmp_path / "labels.csv", columns, taxonomy)


def test_genres_may_have_a_column_each_where_no_column_is_named(tmp_path: Path) -> None:
    table = "file,title,Drama,War,Krimi,Kult\na.jpg,Up,1,0,1,0\nb.jpg,Heat,0,0,0,1\n"
    columns, taxonomy = LabelColumns(("file",), groups=("title",)), Taxonomy({"Krimi": ("Crime",)}, 1)
    labels = read_one_hot(tmp_path, table, columns, taxonomy)
    assert [file.genres for file in labels.files] == [("Drama", "Crime")]
    assert (labels.skipped, labels.one_hot.unknown) == (1, ("Kult",))
    with pytest.raises(BadTrainingData, match="no column 'genres'"):
        read_one_hot(tmp_path, table, LabelColumns(("file",), (("genres", ""),)))
    with pytest.raises(BadTrainingData, match="no column 'genres'"):
        read_one_hot(tmp_path, table, columns)  # two columns alone are headed by genres


def test_the_words_of_a_house_mean_what_its_taxonomy_says_where_no_source_is_named(tmp_path: Path) -> None:
    table = "file,genres\na.jpg,KRIMI|Kult\nb.jpg,Neuheit\n"
    taxonomy = Taxonomy({"Krimi": ("Crime",), "Neuheit": ()}, 1)
    labels = read_one_hot(tmp_path, table, LabelColumns(("file",)), taxonomy)
    assert ([file.genres for file in labels.files], labels.skipped) == ([("Crime", "Kult")], 1)
    imdb = read_one_hot(tmp_path, table, LabelColumns(("file",), (("genres", "imdb"),)), taxonomy)
    assert [file.genres for file in imdb.files] == [("KRIMI", "Kult"), ("Neuheit",)]
    assert read_one_hot(tmp_path, table, LabelColumns(("file",))).files[0].genres == ("KRIMI", "Kult")


def test_the_column_of_genres_goes_before_columns_of_ones_and_zeros(tmp_path: Path) -> None:
    labels = read_one_hot(tmp_path, "file,genres,Drama,War,Crime\na.jpg,Comedy,1,0,1\n", LabelColumns(("file",)))
    assert labels.files[0].genres == ("Comedy",)


def test_rows_that_are_no_text_are_left_out_and_counted(tmp_path: Path) -> None:
    table = (
        "file,genres\nä.jpg,Drama\n".encode() + b"\xff\xd8\xff\xe0\0\x10JFIF,War\nb\xc3.jpg,War\nc.jpg,War\nd.jpg,War\n"
    )
    labels = read(tmp_path, table, ())
    assert [found.file for found in labels.files] == ["ä.jpg", "c.jpg", "d.jpg"]
    assert labels.damaged == 2
    with pytest.raises(BadTrainingData, match=r"2 of the 3 rows .* are not valid UTF-8"):
        read(tmp_path, b"file,genres\n\xe4.jpg,Drama\n\xf6.jpg,War\nc.jpg,War\n", ())


def test_a_row_without_a_vocabulary_of_its_own_has_that_of_its_genres_column(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("file,genres,known\na.jpg,Children's,\nb.jpg,Children & Family,justwatch\n")
    columns = LabelColumns(files=("file",), genres=(("genres", "movielens"),), known="known")
    assert [row.source for row in read_labels(path, columns).files] == ["movielens", "justwatch"]


def test_genres_that_are_unknown_may_be_named_in_the_words_of_the_row_s_vocabulary(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("file,genres,unknown\na.jpg,Drama,Science Fiction|War\nb.jpg,Science Fiction|War,\n")
    columns = LabelColumns(files=("file",), genres=(("genres", "tmdb"),), unknown="unknown")
    genres, Y, known = labelled_genres(read_labels(path, columns).files)
    assert genres == ("Drama", "Sci-Fi", "War")
    assert known.tolist() == [[True, False, False], [True, True, True]]
    assert Y.tolist() == [[True, False, False], [False, True, True]]
