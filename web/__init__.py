"""The page and the HTTP API over jobs and database; no network that judges pictures is loaded here."""
