"""The worker: links, downloads, jobs, settings and the `trailers` command."""
