"""The HTTP API and the pages for people, over jobs and database."""
