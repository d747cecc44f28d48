"""The feature database: the only package that knows how things are stored (MongoDB)."""
