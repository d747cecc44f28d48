"""Published data sets, each in its documented layout: what `trailers import` reads."""
