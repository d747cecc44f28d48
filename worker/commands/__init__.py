"""One module a command of `trailers`, each with `add_parser` and `run`."""
