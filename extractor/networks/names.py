"""The names of the backbones that look at trailers."""

INCEPTION = "inception_v3"
STARTER = "starter"
