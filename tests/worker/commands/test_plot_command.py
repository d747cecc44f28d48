"""`trailers plot` and `trailers train --plot-column` as a user runs them: a table in, a database of its own."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from db.store import Store, open_store
from tests.support.homes import Command, Home, open_home
from tests.support.models import make_model, put_to_use
from worker.predicting import plots
from worker.predicting.plots import SHOWN, shorten

WORDS = {
    "Horror": ("ghost", "haunted", "cemetery", "demon", "possessed", "nightmare"),
    "Comedy": ("hilarious", "prank", "clumsy", "wedding", "neighbour", "silly"),
    "War": ("soldier", "battle", "platoon", "trench", "general", "invasion"),
}
PLAIN = [
    "the",
    "a",
    "of",
    "in",
    "and",
    "when",
    "with",
    "his",
    "her",
    "who",
    "finds",
    "town",
    "house",
    "family",
    "young",
    "old",
    "night",
    "long",
]
pytestmark = pytest.mark.usefixtures("trained")

GHOST = "A young family finds an old house haunted by the ghost of a demon."


def make_table(path: Path, n: int = 320) -> Path:
    """Write made-up plots whose genres speak through a few words of theirs."""
    random = np.random.default_rng(0)
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["title", "plot", "genres"])
        for film in range(n):
            genres = [genre for genre in WORDS if random.random() < 0.5] or ["War"]
            words = [*random.choice(PLAIN, 12), *(random.choice(WORDS[genre]) for genre in genres for _ in range(2))]
            table.writerow([f"Film {film:04} of {film}", " ".join(random.permutation(words)), "|".join(genres)])
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with open_home(tmp_path_factory.mktemp("home")) as home:
        yield home


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_table(tmp_path_factory.mktemp("table") / "films.csv")


@pytest.fixture(scope="module")
def trained(home: Home, table: Path) -> None:
    """A model trained by the command in its own process, as users do."""
    arguments = ["train", "--plot-column", "plot", "--labels", str(table), "--group-column", "title", "--use"]
    code = f"import sys; from worker.cli import main; sys.exit(main({arguments!r}))"
    surroundings = {**os.environ, "TRAILERS_HOME": str(home.folder)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=surroundings, check=False)
    assert done.returncode == 0, done.stderr
    assert "now predicts for plots" in done.stdout


def test_a_plot_gets_its_top_three_genres_and_the_words_that_said_so(run: Command) -> None:
    status, out, _ = run("plot", GHOST)
    assert status == 0
    lines = out.splitlines()
    assert lines[0] == GHOST
    assert sum(line.startswith(("1 ", "2 ", "3 ")) for line in lines) == 3
    assert lines[2].split()[1] == "Horror"
    (because,) = [line for line in lines if line.startswith("Horror because of: ")]
    assert {"ghost", "haunted", "demon"} <= set(because.removeprefix("Horror because of: ").split(", "))
    assert len(because.split(", ")) <= 5


def test_json_is_one_line_a_plot_with_the_words(run: Command) -> None:
    status, out, _ = run("plot", "--json", GHOST, "The platoon fights a long battle in the trench.")
    ghost, battle = map(json.loads, out.splitlines())
    assert status == 0
    names = ["source", "features_id", "model_id", "genres", "modalities", "warnings"]
    names += ["words", "alone", "contributions", "placement"]
    assert list(ghost) == names
    assert (ghost["source"], ghost["features_id"], ghost["modalities"]) == (GHOST, "words-r1", ["plot"])
    assert [genre["genre"] for genre in (ghost["genres"][0], battle["genres"][0])] == ["Horror", "War"]
    assert all(word["weight"] > 0 for word in ghost["words"])
    assert {"genre": "Horror", "word": "ghost"}.items() <= ghost["words"][0].items() or "Horror" in str(ghost["words"])


def test_top_says_how_many_genres(run: Command) -> None:
    out = run("plot", "--top", "1", GHOST)[1]
    assert "\n1  Horror" in out
    assert "\n2 " not in out
    assert out.count("because of") == 1


def test_an_argument_that_names_a_file_is_read_as_one_plot(run: Command, tmp_path: Path) -> None:
    (tmp_path / "plot.txt").write_text("\ufeffA ghost,\nhaunted\nby a demon in a cemetery.\n", encoding="utf-8")
    document = json.loads(run("plot", "--json", tmp_path / "plot.txt")[1])
    assert document["source"] == str(tmp_path / "plot.txt")
    assert document["genres"][0]["genre"] == "Horror"


def test_stdin_has_a_plot_a_line_which_is_never_a_file(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ghost").write_text("The platoon fights a long battle in the trench.")
    monkeypatch.setattr("sys.stdin", io.StringIO("ghost\n\nThe soldier in a battle of the invasion\n"))
    lines = [json.loads(line) for line in run("plot", "--json", "-")[1].splitlines()]
    assert [line["genres"][0]["genre"] for line in lines] == ["Horror", "War"]
    assert "Only 1 word" in lines[0]["warnings"][0]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert run("plot", "-")[0] == 2


def test_a_plot_that_can_not_be_judged_stops_no_other_and_says_why(run: Command, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "large.txt").write_bytes(b"ghost " * 100_000)
    bad = ["", "...", "x " * 10_001, "zzyzx qwfpgj", tmp_path / "pipe", tmp_path, tmp_path / "bytes.txt"]
    status, out, _ = run("plot", "--json", *bad, tmp_path / "large.txt", GHOST)
    *errors, sound = map(json.loads, out.splitlines())
    assert status == 3
    assert [error["error"]["code"] for error in errors] == ["bad_plot"] * 8
    assert "knows none of the plot's words" in errors[3]["error"]["message"]
    assert sound["genres"][0]["genre"] == "Horror"
    assert run("plot", "")[0] == 1


@pytest.mark.parametrize("text", ["plots/ghost.txt", "./ghost", "../my ghost.txt", "/nowhere/ghost"])
def test_a_mistyped_path_is_not_taken_for_a_plot(run: Command, text: str) -> None:
    status, out, _ = run("plot", "--json", text)
    error = json.loads(out)["error"]
    assert (status, error["code"]) == (1, "bad_plot")
    assert error["message"].startswith("there is no file ")


def test_many_unknown_words_are_warned_of(run: Command) -> None:
    foreign = "ghost ein junger Polizist aus Berlin muss einen furchtbaren Verbrecher finden"
    assert any(
        "unknown to this model" in warning for warning in json.loads(run("plot", "--json", foreign)[1])["warnings"]
    )
    assert not any("unknown" in warning for warning in json.loads(run("plot", "--json", GHOST)[1])["warnings"])


def test_nothing_of_a_strangers_text_steers_the_terminal(run: Command) -> None:
    out = run("plot", "\x1b[31mghost\x07 [bold]haunted[/bold] \u202e demon\nof a cemetery")[1]
    assert not [character for character in out if not character.isprintable() and character != "\n"]
    assert "[bold]haunted[/bold]" in out.splitlines()[0]


def test_a_long_text_is_named_by_its_beginning() -> None:
    assert shorten("  A\n ghost. ") == "A ghost."
    long = shorten("ghost " * 100)
    assert len(long) <= SHOWN
    assert long.endswith("...")
    assert len(shorten("x" * 10**7)) == SHOWN


def test_without_a_model_it_says_how_to_get_one(
    tmp_path: Path, nowhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("worker.runtime.shipped_models", lambda features_id: {})
    with open_home(tmp_path / "home") as empty:
        empty.use(monkeypatch)
        status, _, err = Command(capsys)("plot", GHOST)
    assert status == 1
    assert "no_model" in err


def test_judging_a_plot_loads_no_network_and_no_scikit_learn(home: Home, trained: None) -> None:
    code = (
        "import sys; from worker.cli import main; status = main(['plot', 'a ghost in the house']); "
        "print(sorted({'tensorflow', 'keras', 'sklearn', 'scipy', 'torch', 'celery', 'yt_dlp'} & set(sys.modules)))"
    )
    surroundings = {**os.environ, "TRAILERS_HOME": str(home.folder)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=surroundings, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.slow
def test_the_recurrent_head_is_trained_on_request_from_word_vectors(run: Command, table: Path, tmp_path: Path) -> None:
    lines = [f"{word} {place / 10:.1f} 1 0.5 -1" for place, word in enumerate((*PLAIN, *WORDS["War"]))]
    (tmp_path / "vectors.txt").write_text("\n".join(lines))
    options = ("--head", "lstm", "--epochs", 1, "--name", "words", "--out", tmp_path / "words.zip", "--json")
    source = ("--labels", table, "--plot-column", "plot", "--word-vectors", tmp_path / "vectors.txt")
    status, out, err = run("train", *source, *options)
    assert status == 0, err
    assert "vectors of 4 numbers for " in err
    assert json.loads(out)["metrics"]["macro_ap"] > 0
    store: Store
    with open_store(uri=None, home=Path(os.environ["TRAILERS_HOME"])) as store:
        assert store.models.get("words").head == "lstm"
        assert store.models.get("words").state == "candidate"


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (("--plot-column", "plot"), "needs --labels"),
        (("--plot-column", "plot", "--labels", "x.csv", "--features", "y.npz"), "does not go with --features"),
        (("--plot-encoder", "all-MiniLM-L6-v2"), "needs --plot-column"),
        (("--word-vectors", "x.txt"), "needs --plot-column"),
        (("--plot-column", "plot", "--labels", "x.csv", "--head", "attention"), "tfidf, lstm, or all"),
        (("--head", "tfidf"), "no head 'tfidf'"),
    ],
)
def test_half_of_a_source_or_two_are_refused(run: Command, arguments: tuple[str, ...], match: str) -> None:
    status, _, err = run("train", *arguments)
    assert status == 1
    assert match in err


def test_a_model_of_sentences_judges_what_its_encoder_reads(
    run: Command, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Encoder:
        features_id = "sentence-tiny-r1"

        def __init__(self, name: str) -> None:
            assert name == "tiny"

        def encode(self, texts: list[str], *, on_count: object) -> np.ndarray:
            return np.full((len(texts), 2048), 0.1, np.float32)

    monkeypatch.setattr(plots, "SentenceEncoder", Encoder)
    status, _, err = run("plot", GHOST, "--plot-encoder", "tiny")
    assert status == 1
    assert "no_model" in err
    put_to_use(home.store, make_model(Encoder.features_id, modality="plot"))
    status, answer = run.json("plot", GHOST, "--plot-encoder", "tiny")
    assert (status, answer["features_id"], answer["modalities"]) == (0, Encoder.features_id, ["plot"])
    assert answer["words"] == []
