"""The feature database: the only place that knows how things are kept (MongoDB)."""
