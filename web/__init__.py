"""The page and the HTTP API over jobs and database; no neural network is loaded here."""
