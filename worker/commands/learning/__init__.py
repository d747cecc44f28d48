"""Commands for models and what they learn from."""
