"""Attacks on the web process by strangers, each bounded in number and time: `python -m tests.attacks [NAME...]`."""
