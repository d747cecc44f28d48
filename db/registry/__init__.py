"""The model registry: stored models, what is in use, how it was placed, and what was measured of it."""
