"""Fields: a JSON object whose values are handed out only as the type asked for."""

import math
from collections.abc import Iterator

from classifier.errors import UnsafeModel

MAX_TEXT = 2000
MAX_NAME = 200
MAX_ITEMS = 1000


class Fields:
    """One JSON object of a model's manifest; every method raises UnsafeModel for a value of another type."""

    def __init__(self, value: object, *, what: str) -> None:
        if not isinstance(value, dict) or len(value) > MAX_ITEMS:
            raise UnsafeModel(f"{what} must be an object of at most {MAX_ITEMS} fields")
        self._values = value
        self._what = what

    def text(self, key: str) -> str:
        """Return a text of at most 2,000 characters."""
        return self._as_text(self._get(key), key)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(self._as_text(item, key) for item in self._list(key))

    def integer(self, key: str) -> int:
        """Return a whole number from 0 on."""
        value = self._get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
            raise self._wrong(key, "a whole number")
        return value

    def numbers(self, key: str) -> tuple[float, ...]:
        """Return a list of finite numbers."""
        return tuple(self._as_number(item, key) for item in self._list(key))

    def mapping(self, key: str) -> "Fields":
        """Return the object inside this one."""
        return Fields(self._get(key), what=f"{self._what}.{key}")

    def mappings(self, key: str) -> tuple["Fields", ...]:
        """Return a list of objects."""
        return tuple(Fields(item, what=f"{self._what}.{key}") for item in self._list(key))

    def all_mappings(self) -> Iterator[tuple[str, "Fields"]]:
        """Yield all fields with their names, each of which must be an object."""
        for key in self._values:
            yield key, self.mapping(key)

    def all_settings(self) -> dict[str, int | float]:
        """Return all fields, each of which must be a finite number, whole or not."""
        return {key: self._as_setting(value, key) for key, value in self._values.items()}

    def all_texts(self) -> dict[str, str]:
        """Return all fields, each of which must be a text."""
        return {key: self._as_text(value, key) for key, value in self._values.items()}

    def all_numbers(self) -> dict[str, float]:
        """Return all fields, each of which must be a finite number."""
        return {key: self._as_number(value, key) for key, value in self._values.items()}

    def _get(self, key: str) -> object:
        if key not in self._values:
            raise UnsafeModel(f"{self._what} lacks {key!r}")
        found: object = self._values[key]
        return found

    def _list(self, key: str) -> list[object]:
        value = self._get(key)
        if not isinstance(value, list) or len(value) > MAX_ITEMS:
            raise self._wrong(key, f"a list of at most {MAX_ITEMS} items")
        return value

    def _as_text(self, value: object, key: str) -> str:
        if not isinstance(value, str):
            raise self._wrong(key, "text")
        check_text(value, what=f"{self._what}.{key[:80]!r}")
        return value

    def _as_number(self, value: object, key: str) -> float:
        if not isinstance(value, float) or not math.isfinite(value):
            raise self._wrong(key, "a finite number written with its point")
        return value

    def _as_setting(self, value: object, key: str) -> int | float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 2**53:
            raise self._wrong(key, "a finite number")
        return value

    def _wrong(self, key: str, wanted: str) -> UnsafeModel:
        return UnsafeModel(f"{self._what}.{key[:80]!r} must be {wanted}")


def check_name(value: str, *, what: str) -> None:
    """Raise UnsafeModel unless `value` is 1 to 200 printable characters."""
    if not 1 <= len(value) <= MAX_NAME or not value.isprintable():
        raise UnsafeModel(f"{what} must be 1 to {MAX_NAME} printable characters, not {value[:80]!r}")


def check_text(value: str, *, what: str) -> None:
    """Raise UnsafeModel unless `value` is at most 2,000 printable characters."""
    if len(value) > MAX_TEXT or not value.isprintable():
        raise UnsafeModel(f"{what} must be at most {MAX_TEXT} printable characters, not {value[:80]!r}")
