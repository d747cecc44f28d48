"""Counts in words."""

from classifier.counts import count


def test_one_is_told_in_the_singular_and_all_else_in_the_plural() -> None:
    assert [count(n, "row") for n in (0, 1, 2345)] == ["0 rows", "1 row", "2,345 rows"]
    assert [count(n, "row is", "rows are") for n in (1, 2)] == ["1 row is", "2 rows are"]
