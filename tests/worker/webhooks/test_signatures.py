"""Signatures, as receivers verify them with the function of docs/webhooks.md."""

import time

import pytest

from tests.support.receiver import SECRET, documented_verify
from worker.webhooks.notifications import sign

BODY = b'{"event": "job.done"}'
verify = documented_verify()


@pytest.fixture
def now() -> str:
    """Whole seconds since 1970, not from when the tests were collected, which may be minutes ago."""
    return str(int(time.time()))


def signed(timestamp: str) -> dict[str, str]:
    signature = sign(BODY, timestamp=int(timestamp), secret=SECRET)
    return {"X-Trailers-Timestamp": timestamp, "X-Trailers-Signature": signature}


def test_a_signature_is_known_by_its_secret_its_body_and_its_time(now: str) -> None:
    assert verify(BODY, signed(now), SECRET)
    assert not verify(BODY, signed(now), SECRET + "x")
    assert not verify(BODY + b" ", signed(now), SECRET)
    assert not verify(BODY, {**signed(now), "X-Trailers-Timestamp": str(int(now) + 1)}, SECRET)


@pytest.mark.parametrize("seconds", [-301, 400])
def test_what_was_signed_long_ago_or_is_of_another_time_is_refused(seconds: int, now: str) -> None:
    assert not verify(BODY, signed(str(int(now) + seconds)), SECRET)


@pytest.mark.parametrize("timestamp", ["", "x", "-1", "1.5", "²", "9" * 5000])
def test_a_time_that_is_not_valid_is_refused(timestamp: str) -> None:
    assert not verify(BODY, {"X-Trailers-Timestamp": timestamp, "X-Trailers-Signature": "v1=00"}, SECRET)


@pytest.mark.parametrize("signature", ["", "v1=", "é", "v1=é"])
def test_a_signature_that_is_not_valid_is_refused(signature: str, now: str) -> None:
    assert not verify(BODY, {"X-Trailers-Timestamp": now, "X-Trailers-Signature": signature}, SECRET)


def test_the_signature_is_what_openssl_says() -> None:  # printf '1700000000.{}' | openssl dgst -sha256 -hmac ...
    signature = sign(b"{}", timestamp=1_700_000_000, secret="0123456789abcdef")
    assert signature == "v1=e4f8e2ecae2295b2ddb2f0b5584c8275e226c0ebe9b3b819e70156bb67122e3e"
