"""The names of the backbones that look at trailers."""

BACKBONE = "inception_v3"
STARTER = "starter"
