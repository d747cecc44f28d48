import threading
from pathlib import Path

from tests.support.turns import turn


class Visit(threading.Thread):
    """Somebody who comes into the room, says so in `seen` and leaves when told."""

    def __init__(self, room: Path, seen: list[str], name: str, *, alone: bool = False) -> None:
        super().__init__(name=name)
        self._room, self._seen, self._alone = room, seen, alone
        self.inside, self.may_leave = threading.Event(), threading.Event()
        self.start()

    def run(self) -> None:
        with turn(self._room, alone=self._alone):
            self._seen.append(self.name)
            self.inside.set()
            assert self.may_leave.wait(60)

    def leave(self) -> None:
        self.may_leave.set()
        self.join(60)


def test_who_must_be_alone_waits_for_the_others_and_lets_nobody_in_before(tmp_path: Path) -> None:
    seen: list[str] = []
    first, second = Visit(tmp_path, seen, "first"), Visit(tmp_path, seen, "second")
    assert first.inside.wait(60)
    assert second.inside.wait(60)
    alone = Visit(tmp_path, seen, "alone", alone=True)
    assert not alone.inside.wait(0.2)
    late = Visit(tmp_path, seen, "late")
    first.leave()
    assert not late.inside.wait(0.2)
    second.leave()
    assert alone.inside.wait(60)
    assert not late.inside.wait(0.2)
    alone.leave()
    late.leave()
    assert seen[2:] == ["alone", "late"]
