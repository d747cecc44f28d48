"""Names of the backbones that ship with Trailers or are downloaded by default."""

INCEPTION = "inception_v3"
STARTER = "starter"
