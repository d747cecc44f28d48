"""Reviews: saved for a person, read from files and written to them, and compared between people."""
