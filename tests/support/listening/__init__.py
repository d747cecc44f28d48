"""Models of sound made for tests, of random weights."""
