"""Areas of the library's map, as addresses name them: the corners of a polygon."""

from typing import Annotated

from pydantic import AfterValidator, Field

from db.library_records import Area

CORNERS = (3, 100)  # of an area
AREA_EXAMPLE = "0.1,0.1;0.4,0.1;0.4,0.5"


def read_area(text: str) -> Area:
    """Return the corners that "x,y;x,y;x,y" says, each number from 0 to 1; raises ValueError."""
    try:
        corners = tuple((float(x), float(y)) for x, y in (corner.split(",") for corner in text.split(";")))
    except ValueError:
        raise ValueError(f"write an area as x,y;x,y;x,y with numbers from 0 to 1, such as {AREA_EXAMPLE}") from None
    if not CORNERS[0] <= len(corners) <= CORNERS[1]:
        raise ValueError(f"an area has {CORNERS[0]} to {CORNERS[1]} corners, not {len(corners)}")
    if outside := next((number for corner in corners for number in corner if not 0 <= number <= 1), None):
        raise ValueError(f"the map is from 0 to 1 in both directions; {outside:g} is outside of it")
    return corners


def _require_area(text: str) -> str:
    """Return the text of an area; raises ValueError."""
    read_area(text)
    return text


AreaText = Annotated[str, Field(max_length=2_000, examples=[AREA_EXAMPLE]), AfterValidator(_require_area)]
