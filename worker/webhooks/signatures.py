"""Signatures of notifications, by which a receiver knows that we sent one, and when.

HMAC-SHA256 (RFC 2104) over the time and the body, joined by a dot: the scheme of Stripe's webhooks
(https://docs.stripe.com/webhooks#verify-manually), with its version as there, so that another may follow; GitHub's
X-Hub-Signature-256 (https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries) lacks the time.
"""

import hashlib
import hmac
import time

VERSION = "v1"
TOLERANCE_S = 300


def sign(body: bytes, *, timestamp: int, secret: str) -> str:
    """Return the value of X-Trailers-Signature for a body sent at `timestamp` (seconds since 1970, UTC)."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"{VERSION}={signed.hexdigest()}"


def verify(body: bytes, *, timestamp: str, signature: str, secret: str, tolerance_s: float = TOLERANCE_S) -> bool:
    """Tell whether a body with these headers was signed with the secret, at most `tolerance_s` seconds ago.

    `timestamp` and `signature` are X-Trailers-Timestamp and X-Trailers-Signature, as received.
    """
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 20):
        return False
    expected = sign(body, timestamp=int(timestamp), secret=secret)
    is_ours = hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
    return is_ours and abs(time.time() - int(timestamp)) <= tolerance_s
