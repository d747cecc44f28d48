"""What a job's `site` may say beside a site that links name."""

FILE = "file"
POSTER = "poster"  # a picture alone
NO_OP = "no-op"  # nothing: such jobs only show that a lane works
