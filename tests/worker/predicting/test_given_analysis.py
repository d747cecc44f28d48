"""`trailers analyze` with a poster and a plot: what is looked at, when it is judged again, and what is refused."""

import io
import json
import math
import re
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from db.records import KeptPoster, StoredInputs
from db.trailers import Trailers
from extractor.networks.backbone import nothing
from tests.support.cheap_work import CheapBackbone
from tests.support.encoders import install_encoder
from tests.support.homes import Command, Home
from tests.support.models import PLOTS_AND_TITLES, make_joined_model, make_sentences_model, put_to_use
from tests.support.posters import make_poster
from worker.runtime import Runtime

GHOST = "A ghost, and another ghost."
LINK, LINK_URL = "youtube:AAAAAAAAAAA", "https://youtu.be/AAAAAAAAAAA"
pytestmark = pytest.mark.usefixtures("poster_models")


@pytest.fixture
def trailers(run: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, with a network that costs nothing."""
    monkeypatch.setattr(Runtime, "network", property(lambda runtime: CheapBackbone(runtime.weights, nothing)))
    return run


@pytest.fixture
def poster(tmp_path: Path) -> Path:
    return make_poster(tmp_path / "poster.jpg")


def made_at(home: Home, answer: dict[str, Any]) -> datetime:
    """When the prediction of this answer was written."""
    parts = (answer["trailer_id"], answer["model_id"], answer["features_id"], "+".join(answer["modalities"]))
    time: datetime = home.documents("predictions")["/".join(parts)]["created_at"]
    return time


def no_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.predicting.stages.extract_features", None)


def test_poster_and_plot_are_looked_at_and_the_words_that_drove_the_verdict_are_told(
    trailers: Command, clip: Path, poster: Path
) -> None:
    _, alone = trailers.json("analyze", clip)
    assert (alone["modalities"], alone["words"]) == (["trailer"], [])
    _, answer = trailers.json("analyze", clip, "--poster", poster, "--plot", GHOST)
    assert answer["modalities"] == ["trailer", "poster", "plot"]
    assert answer["genres"][0]["genre"] == "Horror"
    assert answer["genres"] != alone["genres"]
    assert [(word["genre"], word["word"]) for word in answer["words"]] == [("Horror", "ghost")]
    assert list(answer).index("words") == list(answer).index("evidence") + 1
    assert "Horror because of: ghost" in trailers("analyze", clip)[1]
    assert "Horror because of: ghost" in trailers("show", clip)[1]
    assert trailers.json("show", clip)[1]["words"] == answer["words"]


def test_a_plot_is_read_as_a_sentence_too_and_its_part_is_told_by_itself(
    trailers: Command, home: Home, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = install_encoder(tmp_path / "packages", monkeypatch)
    put_to_use(home.store, make_sentences_model(home.features_id, encoder.features_id))
    _, answer = trailers.json("analyze", clip, "--plot", GHOST)
    parts = answer["modalities"]
    assert (parts, list(answer["alone"])) == (["trailer", "plot", "sentence"],) * 2
    for genre in answer["genres"]:
        moved = sum(answer["contributions"][genre["genre"]].values())
        assert genre["score"] == pytest.approx(1 / (1 + 3 * math.exp(-moved)), abs=1e-6)  # from a share of .25
    assert trailers.json("show", clip)[1]["modalities"] == parts


def test_a_poster_or_plot_that_comes_later_is_looked_at_without_decoding(
    trailers: Command, home: Home, clip: Path, poster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trailers.json("analyze", clip)
    no_decoding(monkeypatch)
    _, posted = trailers.json("analyze", clip, "--poster", poster)
    poster.unlink()
    _, both = trailers.json("analyze", clip, "--plot", GHOST)
    assert (posted["modalities"], both["modalities"]) == (["trailer", "poster"], ["trailer", "poster", "plot"])
    assert (posted["cached"], both["cached"]) == (True, True)
    assert len(home.documents("poster_features")) == 1


def test_the_very_same_is_answered_from_the_database_and_anything_else_is_judged_again(
    trailers: Command, home: Home, clip: Path, poster: Path, tmp_path: Path
) -> None:
    _, first = trailers.json("analyze", clip, "--poster", poster, "--plot", GHOST)
    time = made_at(home, first)
    for again in (("--poster", poster, "--plot", f"  {GHOST}\n"), ("--plot", GHOST), ()):
        assert trailers.json("analyze", clip, *again)[1]["genres"] == first["genres"]
        assert made_at(home, first) == time
    _, other = trailers.json("analyze", clip, "--plot", "Nothing but one joke.")
    assert (other["modalities"], other["genres"][0]["genre"]) == (first["modalities"], "Comedy")
    assert made_at(home, first) > time
    _, third = trailers.json("analyze", clip, "--poster", make_poster(tmp_path / "other.png", seed=1))
    assert third["genres"] != other["genres"]
    assert third["words"] == other["words"]


def test_the_uploaders_text_serves_only_when_asked_for_and_is_called_by_its_name(
    trailers: Command, home: Home, clip: Path
) -> None:
    _, answer = trailers.json("analyze", clip)
    change = {"$set": {"source.description": "See the ghost"}}
    home.store._access.database["trailers"].update_one({"_id": answer["trailer_id"]}, change)
    assert trailers.json("analyze", clip)[1]["modalities"] == ["trailer"]
    _, described = trailers.json("analyze", clip, "--plot-from-description")
    assert (described["modalities"], described["cached"]) == (["trailer", "description"], True)
    assert [word["word"] for word in described["words"]] == ["ghost"]
    _, real = trailers.json("analyze", clip, "--plot-from-description", "--plot", "One joke")
    assert real["modalities"] == ["trailer", "plot"]


def test_a_links_title_and_description_are_evidence_and_what_each_part_says_alone_is_told(
    trailers: Command, home: Home
) -> None:
    home.store._access.database["models"].delete_many({"name": "posters"})
    put_to_use(home.store, make_joined_model(home.features_id, name="titled", texts=PLOTS_AND_TITLES))
    home.add(LINK, title="A Ghost Official Horror Trailer (2012) HD")
    change = {"$set": {"source.description": "Subscribe: https://x.example\nTwo men make a joke."}}
    home.store._access.database["trailers"].update_one({"_id": LINK}, change)
    _, answer = trailers.json("analyze", LINK_URL)
    assert answer["modalities"] == ["trailer", "title", "description"]
    assert set(answer["alone"]) == set(answer["contributions"]["Horror"]) == set(answer["modalities"])
    assert [max(scores, key=scores.get) for name, scores in answer["alone"].items() if name != "trailer"] == [
        "Horror",
        "Comedy",
    ]
    assert answer["contributions"]["Horror"]["title"] > 1 > abs(answer["contributions"]["Horror"]["description"])
    _, frames = trailers.json("analyze", LINK_URL, "--frames-only")
    assert frames["modalities"] == ["trailer"]
    assert frames["alone"]["trailer"] == answer["alone"]["trailer"], "genres in words are no evidence of the frames"
    own = {each["genre"]: each for each in frames["evidence"]}
    assert all(own.get(each["genre"], each) == each for each in answer["evidence"])
    _, shown, _ = trailers("show", LINK, "--top", "1")
    assert "frames alone: " not in shown, "the frames were all there was"
    _, said, _ = trailers("analyze", LINK_URL, "--top", "1")
    assert re.search(
        r"frames alone: \w+ \d\.\d\d, .*; title alone: Horror 0\.\d\d, .*; description alone: Comedy", said
    )
    assert re.search(r"\w+ from: frames [+-]\d\.\d, title [+-]\d\.\d, description [+-]\d\.\d", said)


def test_a_new_title_or_description_leads_to_a_new_prediction(trailers: Command, home: Home) -> None:
    put_to_use(home.store, make_joined_model(home.features_id, name="titled", texts=PLOTS_AND_TITLES))
    home.add(LINK, title="A Ghost - Official Trailer")
    _, first = trailers.json("analyze", LINK_URL)
    assert made_at(home, first) == made_at(home, trailers.json("analyze", LINK_URL)[1])
    home.add(LINK, title="A GHOST | New Trailer 4K")
    assert made_at(home, first) < made_at(home, trailers.json("analyze", LINK_URL)[1]), "it is spelled otherwise"
    trailers("edit", LINK, "--title", "A Joke")
    _, second = trailers.json("analyze", LINK_URL)
    assert (second["modalities"], second["genres"][0]["genre"]) == (first["modalities"], "Comedy")
    assert first["genres"][0]["genre"] == "Horror"
    _, third = trailers.json("analyze", LINK_URL, "--title", "The Fight")
    assert third["genres"][0]["genre"] == "Action"


def test_the_answer_that_was_asked_for_last_is_the_one_that_is_shown(trailers: Command, home: Home) -> None:
    put_to_use(home.store, make_joined_model(home.features_id, name="titled", texts=PLOTS_AND_TITLES))
    home.add(LINK, title="A Ghost - Official Trailer")
    wanted = (["analyze", LINK_URL], ["analyze", LINK_URL, "--frames-only"], ["analyze", LINK_URL])
    for arguments in wanted:
        _, asked = trailers.json(*arguments)
        _, shown = trailers.json("show", LINK)
        assert (shown["modalities"], shown["genres"]) == (asked["modalities"], asked["genres"])
        verdict = home.documents("trailers")[LINK]["verdict"]
        assert verdict["modalities"] == asked["modalities"], "the library's, too"


def test_frames_only_and_a_description_are_not_asked_for_together(
    trailers: Command, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        trailers("analyze", clip, "--frames-only", "--plot-from-description")
    assert ended.value.code == 2
    assert "not allowed with argument" in capsys.readouterr().err


def test_a_plot_that_no_model_looks_at_is_said_and_costs_nothing_the_second_time(
    trailers: Command, home: Home, clip: Path
) -> None:
    home.store._access.database["models"].delete_many({"name": "joined"})
    _, first = trailers.json("analyze", clip)
    _, second = trailers.json("analyze", clip, "--plot", GHOST)
    assert second["modalities"] == ["trailer"]
    assert any(warning.startswith("The plot was not looked at: model 'posters'") for warning in second["warnings"])
    assert second["genres"] == first["genres"]
    (prediction,) = home.documents("predictions").values()
    assert prediction["created_at"] == made_at(home, first)
    put_to_use(home.store, make_joined_model(home.features_id))
    assert trailers.json("analyze", clip)[1]["modalities"] == ["trailer", "plot"], "it was kept for such a model"


def test_a_kept_picture_that_turns_out_bad_costs_the_poster_not_the_verdict(
    trailers: Command, home: Home, clip: Path, poster: Path
) -> None:
    digest = sha256(poster.read_bytes()).hexdigest()
    home.store.posters.save(KeptPoster(digest, b"bits", 200, 300))
    status, answer = trailers.json("analyze", clip, "--poster", poster)
    assert (status, answer["modalities"]) == (0, ["trailer"])
    assert any("its picture isn't kept, or is damaged" in warning for warning in answer["warnings"])
    assert trailers.json("analyze", clip, "--poster", poster)[1]["modalities"] == ["trailer", "poster"]


def test_a_plot_may_come_from_a_file_or_stdin(
    trailers: Command, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plot.txt").write_text(f"\ufeff{GHOST}\n", encoding="utf-8")
    assert trailers.json("analyze", clip, "--plot", tmp_path / "plot.txt")[1]["words"][0]["word"] == "ghost"
    monkeypatch.setattr("sys.stdin", io.StringIO("One joke\n"))
    assert trailers.json("analyze", clip, "--plot", "-")[1]["words"][0]["word"] == "joke"


def test_a_plot_with_markup_and_the_plain_one_are_the_same_plot(trailers: Command, home: Home, clip: Path) -> None:
    marked = "&lt;p&gt;A ghost, and<!-- no vampire -->&lt;b&gt;another&lt;/b&gt; ghost.&lt;/p&gt;<script>alien()"
    _, plain = trailers.json("analyze", clip, "--plot", GHOST)
    predicted = made_at(home, plain)
    _, answer = trailers.json("analyze", clip, "--plot", marked)
    assert answer["genres"] == plain["genres"]
    assert made_at(home, answer) == predicted  # its digest is the plain one's, so nothing is predicted anew
    assert home.documents("trailers")[answer["trailer_id"]]["plot"] == GHOST


@pytest.mark.parametrize(
    ("option", "value", "code", "said"),
    [
        ("--plot", "?!", "bad_plot", "has no words"),
        ("--plot", "", "bad_plot", "has no words"),
        ("--plot", "x" * 20_001, "bad_plot", "over the limit of 20,000"),
        ("--plot", "/dev/zero", "bad_plot", "'/dev/zero' is not a regular file"),
        ("--plot", "missing.txt", "bad_plot", "there is no file 'missing.txt'"),
        ("--plot", "big.txt", "bad_plot", "more than 80,003 bytes"),
        ("--plot", "binary.txt", "bad_plot", "is not valid UTF-8"),
        ("--poster", "missing.png", "bad_poster", "there is no file 'missing.png'"),
        ("--poster", "binary.txt", "bad_poster", "not a JPEG, PNG, WebP or AVIF"),
        ("--poster", "/dev/zero", "bad_poster", "there is no file"),
        ("--poster", "https://images.example/a.jpg", "bad_poster", "is a link"),
    ],
)
@pytest.mark.parametrize("command", ["analyze", "submit"])
def test_a_bad_plot_or_poster_is_refused_before_any_work(
    trailers: Command,
    home: Home,
    clip: Path,
    tmp_path: Path,
    command: str,
    option: str,
    value: str,
    code: str,
    said: str,
) -> None:
    (tmp_path / "big.txt").write_text("x" * 80_004)
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    status, answer = trailers.json(command, clip, option, value)
    assert status == 1
    assert (answer["source"], answer["error"]["code"]) == (str(clip), code)
    assert said in answer["error"]["message"]
    assert home.documents("features") == home.documents("jobs") == {}


@pytest.mark.parametrize("command", ["analyze", "submit"])
@pytest.mark.parametrize("sources", [("a.mp4", "b.mp4"), ("-",)])
def test_a_plot_for_several_sources_is_wrong_usage(trailers: Command, command: str, sources: tuple[str, ...]) -> None:
    status, out, err = trailers(command, *sources, "--plot", GHOST)
    assert (status, out) == (2, "")
    assert "name one source, or give a list to trailers batch" in err


def test_a_strangers_words_cant_steer_the_terminal(trailers: Command, home: Home, clip: Path) -> None:
    trailers.json("analyze", clip, "--plot", GHOST)
    home.store._access.database["predictions"].update_many({}, {"$set": {"words.0.word": "\x1b[31mred"}})
    assert "\x1b" not in trailers("show", clip)[1]
    assert json.loads(trailers("show", clip, "--json")[1])["words"][0]["word"] == "\x1b[31mred"


def test_predictions_of_an_older_program_are_still_read(trailers: Command, home: Home, clip: Path) -> None:
    _, first = trailers.json("analyze", clip)
    home.store._access.database["predictions"].update_many({}, {"$unset": {"words": "", "inputs": ""}})
    time = made_at(home, first)
    assert trailers.json("analyze", clip)[1]["genres"] == first["genres"]
    assert made_at(home, first) == time
    assert trailers.json("show", clip)[1]["words"] == []


@pytest.mark.parametrize("stored", [False, True], ids=["new video", "stored features"])
def test_an_analysis_plans_its_prediction_once(
    trailers: Command, clip: Path, poster: Path, monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    if stored:
        trailers.json("analyze", clip)
    plans: list[Iterable[str]] = []
    read = Trailers.read_inputs

    def counted(self: Trailers, trailer_ids: Iterable[str]) -> dict[str, StoredInputs]:
        plans.append(trailer_ids)
        return read(self, trailer_ids)

    monkeypatch.setattr(Trailers, "read_inputs", counted)
    assert trailers.json("analyze", clip, "--poster", poster)[1]["modalities"] == ["trailer", "poster"]
    assert len(plans) == 1
