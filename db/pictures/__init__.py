"""Pictures: filmstrips, stills and posters, as documents."""
