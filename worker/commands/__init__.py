"""Commands of `trailers`: one module each, with `add_arguments` and `run`; the docstring is the command's help."""
