"""Sources: a file is told from a link, whatever is in its name."""

from pathlib import Path

import pytest

from worker.lists.reading import absolute_source
from worker.sources import resolve_source

ID = "dQw4w9WgXcQ"
WEBM = b"\x1aE\xdf\xa3" + bytes(60)


@pytest.mark.parametrize("name", ["Heat (youtube.com).webm", "vimeo.com - Heat.webm", f"youtu.be%2F{ID}", ID])
def test_a_file_is_one_though_its_name_holds_a_host_or_an_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert not Path(name).exists()
    Path(name).write_bytes(WEBM)
    assert resolve_source(name).trailer_id.startswith("file:")
    assert absolute_source(name, tmp_path) == str(tmp_path / name)
    assert resolve_source(f"https://youtu.be/{ID}").trailer_id == f"youtube:{ID}"


def test_a_link_without_a_scheme_stays_one_where_no_file_is(tmp_path: Path) -> None:
    assert absolute_source(f"youtu.be/{ID}", tmp_path) == f"youtu.be/{ID}"
