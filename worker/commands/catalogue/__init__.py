"""Commands for identity and tags."""
