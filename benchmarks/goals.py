"""Goals, and whether they were met."""


def verdict(value: float, *, at_least: float | None = None, at_most: float | None = None, form: str = ".2f") -> str:
    """Return a value beside its goal, with the word met or MISSED."""
    met = (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
    goals = [(">=", at_least), ("<=", at_most)]
    said = " and ".join(f"{sign} {goal:{form}}" for sign, goal in goals if goal is not None)
    return f"{value:{form}} (goal {said}: {'met' if met else 'MISSED'})"
