"""The trained models that ship with Trailers."""

from pathlib import Path

FOLDER = Path(__file__).with_name("models")


def shipped_models() -> list[Path]:
    """Return the artefacts in the package, newest name first."""
    return sorted(FOLDER.glob("*.zip"), reverse=True)
