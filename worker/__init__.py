"""What runs: links, download, stages, settings and the `trailers` command."""
