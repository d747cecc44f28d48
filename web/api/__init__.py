"""The API under /v1, a module for each kind of thing it tells of."""
