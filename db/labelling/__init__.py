"""Tags in layers by source, reviews, and the words of the house, as documents."""
