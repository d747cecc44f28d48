"""Values of a job's `site` other than the sites of links."""

FILE = "file"
POSTER = "poster"  # a picture alone
NO_OP = "no-op"  # nothing to do: such a job only shows that a lane works
