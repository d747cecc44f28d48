import re
from pathlib import Path

import pytest

from classifier.errors import FeaturesMismatch
from db.errors import DiskFull, StoreError
from extractor.errors import BadVideo
from worker.errors import CLASSES, WorkerError, describe

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("error", "code", "error_class"),
    [
        (BadVideo("corrupt", "x"), "corrupt", "permanent"),
        (FeaturesMismatch("x"), "features_mismatch", "permanent"),
        (DiskFull("x"), "disk_full", "retry"),
        (WorkerError("rate_limited", "x"), "rate_limited", "operator"),
        (ZeroDivisionError("x"), "internal", "retry"),
        (FileNotFoundError(2, "gone"), "internal", "retry"),
    ],
)
def test_every_error_has_a_code_of_the_table_and_its_class(error: Exception, code: str, error_class: str) -> None:
    described = describe(error)
    assert (described.code, described.error_class) == (code, error_class)


def test_a_message_is_one_line() -> None:
    assert describe(WorkerError("corrupt", "two\n  lines")).message == "two lines"


def test_what_nobody_foresaw_is_told_by_its_kind_and_the_rest_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(PermissionError) as caught:
        raise PermissionError(13, "no permission\n\t [[node conv2d]]\n  at frame 2", "/srv/trailers/x.mp4")
    message = describe(caught.value).message
    found = re.fullmatch(
        r"an unexpected error \(PermissionError\): the log .* reference ([0-9a-f]{8}); try .*", message
    )
    assert found is not None
    assert not [word for word in ("/srv", "node", "frame 2", "Traceback") if word in message]
    (record,) = caplog.records
    assert found[1] in record.getMessage()
    assert all(word in caplog.text for word in ("Traceback", "[[node conv2d]]", "/srv/trailers/x.mp4"))


def test_what_a_server_says_is_for_the_log_alone(caplog: pytest.LogCaptureFixture) -> None:
    error = describe(StoreError("the database at mongodb:///srv/mongod.sock refused (OperationFailure: no)"))
    assert (error.code, "mongo" in error.message, "reference" in error.message) == ("internal", False, True)
    assert "mongod.sock refused (OperationFailure: no)" in caplog.text


def test_every_code_that_is_raised_is_in_the_table() -> None:
    code = re.compile(r'(?:NotMedia|BadVideo|WorkerError|WeightsError)\(\s*"([a-z_]+)"|^\s+code = "([a-z_]+)"', re.M)
    files = [path for package in ("extractor", "classifier", "db", "worker") for path in (ROOT / package).rglob("*.py")]
    raised = {found[1] or found[2] for path in files for found in code.finditer(path.read_text())}
    assert len(raised) > 20
    assert raised <= set(CLASSES)
